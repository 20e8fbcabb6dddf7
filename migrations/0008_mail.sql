-- The mail ledger: one row for each letter, committed before its first byte leaves; the one digest a week; and where letters leave from.

CREATE TABLE letter (
  id uuid PRIMARY KEY DEFAULT uuidv7(),
  kind text NOT NULL CHECK (kind IN ('confirm', 'digest', 'link', 'sign_in', 'notice')),
  resident_id uuid REFERENCES resident ON DELETE CASCADE,
  staff_id uuid REFERENCES staff (id) ON DELETE CASCADE,
  to_email bytea,
  to_email_index bytea,
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
  CHECK (num_nonnulls(resident_id, staff_id, to_email) = 1),
  CHECK ((state IN ('leased', 'sending')) = (lease_token IS NOT NULL)),
  CHECK ((state = 'sent') = (sent_at IS NOT NULL)),
  CHECK (give_up_at > not_before),
  CONSTRAINT letter_to_email_check CHECK ((to_email IS NULL) = (to_email_index IS NULL))
) WITH (fillfactor = 70);
COMMENT ON COLUMN letter.to_email IS 'Sealed, bound to this row; only where the reader is neither a resident nor staff.';
COMMENT ON COLUMN letter.content IS 'The letter as composed, sealed; frozen, so that every retry sends the same words.';
COMMENT ON COLUMN letter.lease_until IS 'By the clock of the database alone.';
CREATE INDEX ON letter (not_before) WHERE state = 'pending';
-- A confirmation or a sign-in link must not wait behind a city's digests: what a person is waiting for is claimed first,
-- and without sorting the whole ledger for it.
CREATE INDEX ON letter (not_before) WHERE state = 'pending' AND kind <> 'digest';
CREATE INDEX ON letter (lease_until) WHERE state IN ('leased', 'sending', 'ambiguous');
CREATE INDEX ON letter (resident_id, kind);
CREATE INDEX ON letter (staff_id) WHERE staff_id IS NOT NULL;
GRANT SELECT, INSERT ON letter TO doorstep_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON letter TO doorstep_worker;

ALTER TABLE letter ENABLE ROW LEVEL SECURITY;
ALTER TABLE letter FORCE ROW LEVEL SECURITY;
CREATE POLICY own ON letter TO doorstep_app
  USING (resident_id = nullif(current_setting('app.resident_id', true), '')::uuid
         OR organization_id = nullif(current_setting('app.organization_id', true), '')::uuid);
CREATE POLICY worker ON letter TO doorstep_worker USING (true) WITH CHECK (true);
CREATE POLICY counted ON letter FOR SELECT TO doorstep_owner USING (true);

CREATE TABLE digest (
  resident_id uuid NOT NULL REFERENCES resident ON DELETE CASCADE,
  week date NOT NULL CHECK (extract(isodow FROM week) = 1),
  run_id uuid NOT NULL REFERENCES match_run,
  letter_id uuid NOT NULL UNIQUE REFERENCES letter ON DELETE CASCADE,
  composed_at timestamptz NOT NULL,
  PRIMARY KEY (resident_id, week)
);
COMMENT ON TABLE digest IS 'The primary key is the promise: one digest for each resident and week.';
CREATE INDEX ON digest (run_id);
GRANT SELECT ON digest TO doorstep_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON digest TO doorstep_worker;

ALTER TABLE digest ENABLE ROW LEVEL SECURITY;
ALTER TABLE digest FORCE ROW LEVEL SECURITY;
CREATE POLICY own ON digest FOR SELECT TO doorstep_app USING (resident_id = nullif(current_setting('app.resident_id', true), '')::uuid);
CREATE POLICY worker ON digest TO doorstep_worker USING (true) WITH CHECK (true);
CREATE POLICY counted ON digest FOR SELECT TO doorstep_owner USING (true);

-- Which copy of the data may send letters: a copied folder, a restored dump or a cloned volume is another place and sends nothing.
CREATE TABLE sender_fence (
  singleton boolean PRIMARY KEY DEFAULT true CHECK (singleton),
  system_identifier text NOT NULL,
  timeline_id integer NOT NULL,
  place text NOT NULL,
  armed_at timestamptz NOT NULL
);
COMMENT ON TABLE sender_fence IS 'Where letters leave from: the database cluster, its timeline, and what the deployment calls this place.';
COMMENT ON COLUMN sender_fence.place IS 'DOORSTEP_SENDER_ARM, or a fingerprint of the data folder; never part of the data itself.';
-- /readyz says whether letters may leave.
GRANT SELECT ON sender_fence TO doorstep_app;
GRANT SELECT, INSERT, UPDATE ON sender_fence TO doorstep_worker;

CREATE FUNCTION letter_counts() RETURNS TABLE (state text, letters integer)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
AS $$
  SELECT l.state, count(*)::integer FROM letter AS l
  WHERE operator_is_here() AND l.state NOT IN ('sent', 'skipped')
  GROUP BY l.state
$$;
COMMENT ON FUNCTION letter_counts() IS 'Letters that are not done, by state, for operators; nobody else gets a row.';

CREATE FUNCTION digest_counts(since date) RETURNS TABLE (run_id uuid, letters integer)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
AS $$
  SELECT d.run_id, count(*)::integer FROM digest AS d
  WHERE operator_is_here() AND d.week >= since
  GROUP BY d.run_id
$$;
COMMENT ON FUNCTION digest_counts(date) IS 'Weekly letters of each match run since a week, for operators; nobody else gets a row.';

REVOKE EXECUTE ON FUNCTION letter_counts(), digest_counts(date) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION letter_counts(), digest_counts(date) TO doorstep_app;
