-- Match runs: what went in, what came out, and why.

CREATE TABLE match_run (
  id uuid PRIMARY KEY DEFAULT uuidv7(),
  region_id uuid NOT NULL REFERENCES region,
  week date NOT NULL CHECK (extract(isodow FROM week) = 1),
  state text NOT NULL DEFAULT 'open' CHECK (state IN ('open', 'closed')),
  seed bigint NOT NULL,
  rules_version text,
  model_version text,
  snapshot_hash text,
  result_hash text,
  snapshot bytea,
  report jsonb,
  opened_at timestamptz NOT NULL,
  closed_at timestamptz,
  UNIQUE (region_id, week),
  CHECK ((state = 'closed') = (closed_at IS NOT NULL AND result_hash IS NOT NULL AND snapshot IS NOT NULL))
);
COMMENT ON COLUMN match_run.snapshot IS 'The arrays the matcher was given (numpy archive, no pickle): enough to replay the week byte by byte.';

CREATE TABLE match (
  id uuid PRIMARY KEY DEFAULT uuidv7(),
  run_id uuid NOT NULL REFERENCES match_run ON DELETE CASCADE,
  matcher_id uuid NOT NULL REFERENCES pseudonym (matcher_id) ON DELETE CASCADE,
  session_id uuid NOT NULL REFERENCES session (id) ON DELETE CASCADE,
  rank smallint NOT NULL CHECK (rank BETWEEN 1 AND 5),
  probability real NOT NULL CHECK (probability BETWEEN 0 AND 1),
  propensity real NOT NULL CHECK (propensity > 0 AND propensity <= 1),
  km real NOT NULL CHECK (km >= 0),
  reasons jsonb NOT NULL,
  UNIQUE (run_id, matcher_id, session_id),
  UNIQUE (run_id, matcher_id, rank)
);
CREATE INDEX ON match (matcher_id);

CREATE TABLE empty_hand (
  run_id uuid NOT NULL REFERENCES match_run ON DELETE CASCADE,
  matcher_id uuid NOT NULL REFERENCES pseudonym (matcher_id) ON DELETE CASCADE,
  filters jsonb NOT NULL,
  feasible boolean NOT NULL,
  PRIMARY KEY (run_id, matcher_id)
);
COMMENT ON TABLE empty_hand IS 'Who got nothing, and how many sessions each filter took away; feasible ones earn credit for next week.';

GRANT SELECT ON match, empty_hand TO doorstep_app;
-- Never the snapshot: it holds everybody's wishes.
GRANT SELECT (id, region_id, week, state, seed, rules_version, model_version, snapshot_hash, result_hash, report, opened_at, closed_at)
  ON match_run TO doorstep_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON match_run, match, empty_hand TO doorstep_worker;

ALTER TABLE match ENABLE ROW LEVEL SECURITY;
ALTER TABLE match FORCE ROW LEVEL SECURITY;
CREATE POLICY own ON match FOR SELECT TO doorstep_app USING (matcher_id IN (SELECT p.matcher_id FROM pseudonym AS p));
CREATE POLICY worker ON match TO doorstep_worker USING (true) WITH CHECK (true);

ALTER TABLE empty_hand ENABLE ROW LEVEL SECURITY;
ALTER TABLE empty_hand FORCE ROW LEVEL SECURITY;
CREATE POLICY own ON empty_hand FOR SELECT TO doorstep_app USING (matcher_id IN (SELECT p.matcher_id FROM pseudonym AS p));
CREATE POLICY worker ON empty_hand TO doorstep_worker USING (true) WITH CHECK (true);
