-- The mail ledger: one row for each letter, committed before its first byte leaves; and the one digest a week.

CREATE TABLE letter (
  id uuid PRIMARY KEY DEFAULT uuidv7(),
  kind text NOT NULL CHECK (kind IN ('confirm', 'digest', 'link', 'sign_in', 'notice')),
  resident_id uuid REFERENCES resident ON DELETE CASCADE,
  staff_id uuid REFERENCES staff (id) ON DELETE CASCADE,
  organization_id uuid REFERENCES organization,
  message_id text NOT NULL UNIQUE,
  content bytea NOT NULL,
  state text NOT NULL DEFAULT 'pending'
    CHECK (state IN ('pending', 'leased', 'sending', 'sent', 'failed', 'ambiguous', 'held', 'skipped')),
  attempt smallint NOT NULL DEFAULT 0,
  ambiguous_n smallint NOT NULL DEFAULT 0,
  lease_token uuid,
  lease_until timestamptz,
  not_before timestamptz NOT NULL,
  give_up_at timestamptz NOT NULL,
  queued_at timestamptz NOT NULL,
  sent_at timestamptz,
  last_error text CHECK (length(last_error) <= 300),
  CHECK (num_nonnulls(resident_id, staff_id) = 1),
  CHECK ((state IN ('leased', 'sending')) = (lease_token IS NOT NULL)),
  CHECK ((state = 'sent') = (sent_at IS NOT NULL)),
  CHECK (give_up_at > not_before)
) WITH (fillfactor = 70);
COMMENT ON COLUMN letter.content IS 'The letter as composed, sealed; frozen, so that every retry sends the same words.';
COMMENT ON COLUMN letter.lease_until IS 'By the clock of the database alone.';
CREATE INDEX ON letter (not_before) WHERE state = 'pending';
CREATE INDEX ON letter (lease_until) WHERE state IN ('leased', 'sending', 'ambiguous');
CREATE INDEX ON letter (resident_id, kind);

CREATE TABLE digest (
  resident_id uuid NOT NULL REFERENCES resident ON DELETE CASCADE,
  week date NOT NULL CHECK (extract(isodow FROM week) = 1),
  run_id uuid NOT NULL REFERENCES match_run,
  letter_id uuid NOT NULL UNIQUE REFERENCES letter ON DELETE CASCADE,
  composed_at timestamptz NOT NULL,
  PRIMARY KEY (resident_id, week)
);
COMMENT ON TABLE digest IS 'The primary key is the promise: one digest for each resident and week.';

GRANT SELECT, INSERT ON letter TO doorstep_app;
GRANT SELECT ON digest TO doorstep_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON letter, digest TO doorstep_worker;

ALTER TABLE letter ENABLE ROW LEVEL SECURITY;
ALTER TABLE letter FORCE ROW LEVEL SECURITY;
CREATE POLICY own ON letter TO doorstep_app
  USING (resident_id = nullif(current_setting('app.resident_id', true), '')::uuid
         OR organization_id = nullif(current_setting('app.organization_id', true), '')::uuid);
CREATE POLICY worker ON letter TO doorstep_worker USING (true) WITH CHECK (true);

ALTER TABLE digest ENABLE ROW LEVEL SECURITY;
ALTER TABLE digest FORCE ROW LEVEL SECURITY;
CREATE POLICY own ON digest FOR SELECT TO doorstep_app USING (resident_id = nullif(current_setting('app.resident_id', true), '')::uuid);
CREATE POLICY worker ON digest TO doorstep_worker USING (true) WITH CHECK (true);
