-- What people were last written of their seats: the difference to their registrations is what the next letters say. And their reminders.

CREATE TABLE seat_letter (
  session_id uuid NOT NULL,
  resident_id uuid NOT NULL,
  organization_id uuid NOT NULL,
  state text NOT NULL CHECK (state IN ('confirmed', 'cancelled')),
  party smallint NOT NULL CHECK (party BETWEEN 1 AND 8),
  written_at timestamptz NOT NULL,
  PRIMARY KEY (session_id, resident_id),
  FOREIGN KEY (session_id, resident_id) REFERENCES registration ON DELETE CASCADE
);
COMMENT ON TABLE seat_letter IS 'The seat as the last letter about it described it. No row: nothing was written yet.';
COMMENT ON COLUMN seat_letter.written_at IS 'When that letter was written; a seat that was confirmed just before its date needs no reminder.';
-- The center's own transaction calls a date off, which its people are written of at once.
GRANT SELECT, UPDATE ON seat_letter TO doorstep_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON seat_letter TO doorstep_worker;

ALTER TABLE seat_letter ENABLE ROW LEVEL SECURITY;
ALTER TABLE seat_letter FORCE ROW LEVEL SECURITY;
CREATE POLICY own ON seat_letter FOR SELECT TO doorstep_app
  USING (resident_id = nullif(current_setting('app.resident_id', true), '')::uuid
         OR organization_id = nullif(current_setting('app.organization_id', true), '')::uuid);
CREATE POLICY written ON seat_letter FOR UPDATE TO doorstep_app
  USING (organization_id = nullif(current_setting('app.organization_id', true), '')::uuid)
  WITH CHECK (organization_id = nullif(current_setting('app.organization_id', true), '')::uuid);
CREATE POLICY worker ON seat_letter TO doorstep_worker USING (true) WITH CHECK (true);

-- What changed of late, which is all that a letter may still have to say.
CREATE INDEX ON registration (changed_at);

CREATE TABLE reminder (
  session_id uuid NOT NULL,
  resident_id uuid NOT NULL,
  starts_at timestamptz NOT NULL,
  written_at timestamptz NOT NULL,
  PRIMARY KEY (session_id, resident_id, starts_at),
  FOREIGN KEY (session_id, resident_id) REFERENCES registration ON DELETE CASCADE
);
COMMENT ON TABLE reminder IS 'The primary key is the promise: one reminder of each seat and hour; a date that moves is reminded of anew.';
GRANT SELECT ON reminder TO doorstep_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON reminder TO doorstep_worker;

ALTER TABLE reminder ENABLE ROW LEVEL SECURITY;
ALTER TABLE reminder FORCE ROW LEVEL SECURITY;
CREATE POLICY own ON reminder FOR SELECT TO doorstep_app USING (resident_id = nullif(current_setting('app.resident_id', true), '')::uuid);
CREATE POLICY worker ON reminder TO doorstep_worker USING (true) WITH CHECK (true);

-- What of a date changed and is being written to one person. As long as the letter has not left, the next change of the date replaces it.
CREATE TABLE change_letter (
  session_id uuid NOT NULL,
  resident_id uuid NOT NULL,
  organization_id uuid NOT NULL,
  letter_id uuid NOT NULL UNIQUE REFERENCES letter ON DELETE CASCADE,
  starts_at timestamptz NOT NULL,
  ends_at timestamptz NOT NULL,
  zone text NOT NULL,
  place text NOT NULL,
  receipt_at timestamptz,
  PRIMARY KEY (session_id, resident_id),
  FOREIGN KEY (session_id, resident_id) REFERENCES registration ON DELETE CASCADE
);
COMMENT ON COLUMN change_letter.starts_at IS 'Begin, end, zone and place are those of the date before the change: what the person last heard.';
COMMENT ON COLUMN change_letter.receipt_at IS 'Of a call-off: when the receipt of the seat was written, which holds again when the call-off is taken back.';
GRANT SELECT, INSERT, UPDATE, DELETE ON change_letter TO doorstep_app, doorstep_worker;

ALTER TABLE change_letter ENABLE ROW LEVEL SECURITY;
ALTER TABLE change_letter FORCE ROW LEVEL SECURITY;
CREATE POLICY own ON change_letter TO doorstep_app
  USING (resident_id = nullif(current_setting('app.resident_id', true), '')::uuid
         OR organization_id = nullif(current_setting('app.organization_id', true), '')::uuid);
CREATE POLICY worker ON change_letter TO doorstep_worker USING (true) WITH CHECK (true);

-- A letter that waits may be withdrawn where it is about a change of a date, and no other letter.
GRANT DELETE ON letter TO doorstep_app;
CREATE POLICY withdrawn ON letter AS RESTRICTIVE FOR DELETE TO doorstep_app
  USING (state = 'pending' AND EXISTS (SELECT FROM change_letter AS c WHERE c.letter_id = letter.id));
