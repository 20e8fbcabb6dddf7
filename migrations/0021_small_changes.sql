-- What stood before a small change that was made straight from a letter, so that it can be taken back for some days.

CREATE TABLE small_change (
  resident_id uuid NOT NULL REFERENCES resident ON DELETE CASCADE,
  kind text NOT NULL CHECK (kind IN ('evenings', 'nearer', 'fewer')),
  run_id uuid NOT NULL,
  content bytea NOT NULL,
  taken_back boolean NOT NULL DEFAULT false,
  changed_at timestamptz NOT NULL,
  PRIMARY KEY (resident_id, kind)
);
COMMENT ON COLUMN small_change.run_id IS 'The run of the letter that had the button: pressing twice in one letter is the same as once.';
COMMENT ON COLUMN small_change.content IS 'The value before and after, sealed: wishes stand in clear only under a pseudonym.';
CREATE INDEX ON small_change (changed_at);
GRANT SELECT, INSERT, UPDATE, DELETE ON small_change TO doorstep_app, doorstep_worker;

ALTER TABLE small_change ENABLE ROW LEVEL SECURITY;
ALTER TABLE small_change FORCE ROW LEVEL SECURITY;
CREATE POLICY own ON small_change TO doorstep_app
  USING (resident_id = nullif(current_setting('app.resident_id', true), '')::uuid);
CREATE POLICY worker ON small_change TO doorstep_worker USING (true) WITH CHECK (true);
