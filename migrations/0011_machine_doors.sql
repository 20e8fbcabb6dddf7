-- What machines were answered, so that a retry gets the first answer and makes nothing twice; and how much they asked for.

CREATE TABLE first_answer (
  organization_id uuid NOT NULL REFERENCES organization,
  key text NOT NULL CHECK (length(key) BETWEEN 1 AND 255),
  request_hash bytea NOT NULL CHECK (length(request_hash) = 32),
  status smallint CHECK (status BETWEEN 200 AND 299),
  headers jsonb,
  body bytea,
  created_at timestamptz NOT NULL,
  expires_at timestamptz NOT NULL CHECK (expires_at > created_at),
  PRIMARY KEY (organization_id, key),
  CHECK ((status IS NULL) = (body IS NULL) AND (status IS NULL) = (headers IS NULL))
);
COMMENT ON TABLE first_answer IS 'Idempotency-Key. Claimed and answered in the transaction of the work itself: what failed leaves no row.';
COMMENT ON COLUMN first_answer.request_hash IS 'Keyed (HMAC-SHA256) over method, path and body: a sign-up cannot be guessed from it.';
CREATE INDEX ON first_answer (expires_at);

CREATE TABLE key_use (
  key_id text PRIMARY KEY REFERENCES api_key ON DELETE CASCADE,
  window_start timestamptz NOT NULL,
  requests integer NOT NULL CHECK (requests > 0)
) WITH (fillfactor = 50);
COMMENT ON TABLE key_use IS 'Requests of a key in its current minute, for its allowance; one row for each key, written over.';

GRANT SELECT, INSERT, UPDATE ON first_answer TO doorstep_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON first_answer, key_use TO doorstep_worker;
GRANT SELECT, INSERT, UPDATE ON key_use TO doorstep_app;

ALTER TABLE first_answer ENABLE ROW LEVEL SECURITY;
ALTER TABLE first_answer FORCE ROW LEVEL SECURITY;
CREATE POLICY own ON first_answer TO doorstep_app
  USING (organization_id = nullif(current_setting('app.organization_id', true), '')::uuid);
CREATE POLICY worker ON first_answer TO doorstep_worker USING (true) WITH CHECK (true);

ALTER TABLE key_use ENABLE ROW LEVEL SECURITY;
ALTER TABLE key_use FORCE ROW LEVEL SECURITY;
CREATE POLICY own ON key_use TO doorstep_app
  USING (EXISTS (SELECT FROM api_key AS k WHERE k.id = key_id AND k.organization_id = nullif(current_setting('app.organization_id', true), '')::uuid));
CREATE POLICY worker ON key_use TO doorstep_worker USING (true) WITH CHECK (true);
