-- What sign-up has to remember: how often an address was written to before anybody answered.

ALTER TABLE resident
  ADD COLUMN letters_n smallint NOT NULL DEFAULT 0 CHECK (letters_n >= 0),
  ADD COLUMN letter_at timestamptz;
COMMENT ON COLUMN resident.letters_n IS 'Letters that strangers may have caused by typing this address: at most three until it is confirmed.';
COMMENT ON COLUMN resident.letter_at IS 'When the last of them was queued: at most one a day.';
