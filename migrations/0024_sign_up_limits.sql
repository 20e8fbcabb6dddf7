-- What a sign-up waits as until its address answers, and what keeps the form from being used against strangers.

CREATE TABLE sign_up (
  id uuid PRIMARY KEY DEFAULT uuidv7(),
  resident_id uuid NOT NULL REFERENCES resident ON DELETE CASCADE,
  organization_id uuid NOT NULL,
  form_id uuid NOT NULL,
  source text NOT NULL CHECK (source IN ('form', 'embedded', 'api', 'paper')),
  content bytea NOT NULL,
  created_at timestamptz NOT NULL,
  FOREIGN KEY (organization_id, form_id) REFERENCES form (organization_id, id)
);
COMMENT ON TABLE sign_up IS 'Each confirmation link confirms the one sign-up it was mailed for; nobody can overwrite what somebody else typed.';
COMMENT ON COLUMN sign_up.content IS 'Name, place, wishes and consent, sealed as one, with the row''s id.';
CREATE INDEX ON sign_up (resident_id);
CREATE INDEX ON sign_up (organization_id, form_id);

CREATE TABLE form_use (
  nonce text PRIMARY KEY CHECK (length(nonce) <= 40),
  email_index bytea NOT NULL CHECK (length(email_index) = 16),
  expires_at timestamptz NOT NULL
);
COMMENT ON TABLE form_use IS 'Openings of the form that were sent; each counts once, and is forgotten when its token is too old anyway.';
CREATE INDEX ON form_use (expires_at);

CREATE TABLE sign_up_use (
  subject bytea NOT NULL CHECK (length(subject) = 16),
  window_s integer NOT NULL CHECK (window_s > 0),
  window_start timestamptz NOT NULL,
  used integer NOT NULL CHECK (used > 0),
  PRIMARY KEY (subject, window_s)
) WITH (fillfactor = 50);
COMMENT ON TABLE sign_up_use IS 'Sign-ups or letters of the current window; one row for each subject and window, written over.';
COMMENT ON COLUMN sign_up_use.subject IS 'Keyed hash of an address block, a form or a mailbox: no address stands here.';

GRANT SELECT, INSERT, DELETE ON sign_up TO doorstep_app, doorstep_worker;
GRANT SELECT, INSERT ON form_use TO doorstep_app, doorstep_worker;
GRANT DELETE ON form_use TO doorstep_worker;
GRANT SELECT, INSERT, UPDATE ON sign_up_use TO doorstep_app, doorstep_worker;
GRANT DELETE ON sign_up_use TO doorstep_worker;

ALTER TABLE sign_up ENABLE ROW LEVEL SECURITY;
ALTER TABLE sign_up FORCE ROW LEVEL SECURITY;
CREATE POLICY own ON sign_up TO doorstep_app USING (resident_id = nullif(current_setting('app.resident_id', true), '')::uuid);
CREATE POLICY worker ON sign_up TO doorstep_worker USING (true) WITH CHECK (true);
