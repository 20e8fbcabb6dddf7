-- Whoever signs up and does not confirm: one reminder, and how many confirm, by form and language, without a small cell.

ALTER TABLE sign_up ADD COLUMN reminded_at timestamptz;
COMMENT ON COLUMN sign_up.reminded_at IS 'When its one reminder was queued. An address gets one, however many sign-ups wait for it.';
GRANT UPDATE (reminded_at) ON sign_up TO doorstep_worker;

CREATE TABLE forgotten_sign_up (
  form_id uuid NOT NULL REFERENCES form,
  language text NOT NULL CHECK (language IN ('en', 'es', 'ar')),
  month date NOT NULL CHECK (month = date_trunc('month', month)::date),
  people integer NOT NULL CHECK (people > 0),
  PRIMARY KEY (form_id, language, month)
);
COMMENT ON TABLE forgotten_sign_up IS 'How many addresses that first signed up in a month never confirmed. Counted as their rows are erased; only the worker reads it.';
GRANT SELECT, INSERT, UPDATE ON forgotten_sign_up TO doorstep_worker;

-- What a partner and the operators see. A row is written once, when everybody of its month has confirmed or was forgotten, and never
-- changes. It holds a share in tenths and no number of people: the two together would tell how many did not confirm where they are few.
CREATE TABLE confirmation_count (
  form_id uuid NOT NULL,
  organization_id uuid NOT NULL,
  language text NOT NULL CHECK (language IN ('en', 'es', 'ar')),
  month date NOT NULL CHECK (month = date_trunc('month', month)::date),
  confirmed_tenths smallint CHECK (confirmed_tenths BETWEEN 0 AND 10),
  counted_at timestamptz NOT NULL,
  PRIMARY KEY (form_id, language, month),
  FOREIGN KEY (organization_id, form_id) REFERENCES form (organization_id, id)
);
COMMENT ON COLUMN confirmation_count.confirmed_tenths IS 'NULL: fewer than 11 addresses signed up.';
CREATE INDEX ON confirmation_count (organization_id, form_id);
GRANT SELECT ON confirmation_count TO doorstep_app;
GRANT SELECT, INSERT ON confirmation_count TO doorstep_worker;

ALTER TABLE confirmation_count ENABLE ROW LEVEL SECURITY;
ALTER TABLE confirmation_count FORCE ROW LEVEL SECURITY;
CREATE POLICY own ON confirmation_count FOR SELECT TO doorstep_app
  USING (organization_id = nullif(current_setting('app.organization_id', true), '')::uuid OR operator_is_here());
CREATE POLICY worker ON confirmation_count TO doorstep_worker USING (true) WITH CHECK (true);
