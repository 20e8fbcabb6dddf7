-- Match runs: what went in, what came out, and why; and who must never meet again.

-- One run a week for everybody, and further ones for who has no match of it yet: at most one in each quarter hour.
CREATE TABLE match_run (
  id uuid PRIMARY KEY DEFAULT uuidv7(),
  region_id uuid NOT NULL REFERENCES region,
  week date NOT NULL CHECK (extract(isodow FROM week) = 1),
  round smallint NOT NULL DEFAULT 0 CHECK (round BETWEEN 0 AND 676),
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
  UNIQUE (region_id, week, round),
  CHECK ((state = 'closed') = (closed_at IS NOT NULL AND result_hash IS NOT NULL AND snapshot IS NOT NULL))
);
COMMENT ON COLUMN match_run.round IS '0: the week''s run for everybody. n: the run of the n-th quarter hour of the week by the region''s clock, of which 169 hours hold 676.';
COMMENT ON COLUMN match_run.snapshot IS 'The arrays the matcher was given (numpy archive, no pickle): enough to replay the week byte by byte.';
-- Never the snapshot: it holds everybody's wishes.
GRANT SELECT (id, region_id, week, round, state, seed, rules_version, model_version, snapshot_hash, result_hash, report, opened_at, closed_at)
  ON match_run TO doorstep_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON match_run TO doorstep_worker;

CREATE TABLE match (
  id uuid PRIMARY KEY DEFAULT uuidv7(),
  run_id uuid NOT NULL REFERENCES match_run ON DELETE CASCADE,
  matcher_id uuid NOT NULL REFERENCES pseudonym (matcher_id) ON DELETE CASCADE,
  session_id uuid NOT NULL REFERENCES session (id) ON DELETE CASCADE,
  rank smallint NOT NULL CHECK (rank BETWEEN 1 AND 5),
  probability real NOT NULL CHECK (probability BETWEEN 0 AND 1),
  propensity real NOT NULL CHECK (propensity > 0 AND propensity <= 1),
  drawn boolean NOT NULL DEFAULT false,
  km real NOT NULL CHECK (km >= 0),
  reasons jsonb NOT NULL,
  UNIQUE (run_id, matcher_id, session_id),
  UNIQUE (run_id, matcher_id, rank)
);
COMMENT ON COLUMN match.id IS 'Answer links and why pages of a letter carry it as their subject, so a match has an id beside its unique (run, person, rank).';
COMMENT ON COLUMN match.propensity IS 'Of a drawn row: share of explorers / length of the list. Of any other: 1 - share, a convention, of no use to an estimate.';
COMMENT ON COLUMN match.drawn IS 'Put into the mail by dice: only such rows say what another choice would have brought, and only theirs is a true propensity.';
CREATE INDEX ON match (matcher_id);
CREATE INDEX ON match (session_id);
GRANT SELECT ON match TO doorstep_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON match TO doorstep_worker;

ALTER TABLE match ENABLE ROW LEVEL SECURITY;
ALTER TABLE match FORCE ROW LEVEL SECURITY;
CREATE POLICY own ON match FOR SELECT TO doorstep_app USING (matcher_id IN (SELECT p.matcher_id FROM pseudonym AS p));
CREATE POLICY worker ON match TO doorstep_worker USING (true) WITH CHECK (true);

CREATE TABLE empty_hand (
  run_id uuid NOT NULL REFERENCES match_run ON DELETE CASCADE,
  matcher_id uuid NOT NULL REFERENCES pseudonym (matcher_id) ON DELETE CASCADE,
  filters jsonb NOT NULL,
  feasible boolean NOT NULL,
  PRIMARY KEY (run_id, matcher_id)
);
COMMENT ON TABLE empty_hand IS 'Who got nothing, and how many sessions each filter took away; feasible ones earn credit for next week.';
CREATE INDEX ON empty_hand (matcher_id);
GRANT SELECT ON empty_hand TO doorstep_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON empty_hand TO doorstep_worker;

ALTER TABLE empty_hand ENABLE ROW LEVEL SECURITY;
ALTER TABLE empty_hand FORCE ROW LEVEL SECURITY;
CREATE POLICY own ON empty_hand FOR SELECT TO doorstep_app USING (matcher_id IN (SELECT p.matcher_id FROM pseudonym AS p));
CREATE POLICY worker ON empty_hand TO doorstep_worker USING (true) WITH CHECK (true);

CREATE TABLE block (
  id uuid PRIMARY KEY DEFAULT uuidv7(),
  matcher_id uuid NOT NULL REFERENCES pseudonym (matcher_id) ON DELETE CASCADE,
  other_matcher_id uuid REFERENCES pseudonym (matcher_id) ON DELETE CASCADE,
  organization_id uuid REFERENCES organization,
  activity_id uuid REFERENCES activity (id) ON DELETE CASCADE,
  at timestamptz NOT NULL,
  CHECK (num_nonnulls(other_matcher_id, organization_id, activity_id) = 1),
  CHECK (other_matcher_id <> matcher_id),
  UNIQUE NULLS NOT DISTINCT (matcher_id, other_matcher_id, organization_id, activity_id)
);
COMMENT ON TABLE block IS 'One person does not want to meet another (it binds both), or to be sent to a center or an activity.';
CREATE INDEX ON block (other_matcher_id) WHERE other_matcher_id IS NOT NULL;
CREATE INDEX ON block (activity_id) WHERE activity_id IS NOT NULL;
GRANT SELECT, INSERT, DELETE ON block TO doorstep_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON block TO doorstep_worker;

-- Whom it is against never learns of it: a row opens only to who wrote it.
ALTER TABLE block ENABLE ROW LEVEL SECURITY;
ALTER TABLE block FORCE ROW LEVEL SECURITY;
CREATE POLICY own ON block TO doorstep_app USING (matcher_id IN (SELECT p.matcher_id FROM pseudonym AS p));
CREATE POLICY worker ON block TO doorstep_worker USING (true) WITH CHECK (true);
