-- Who goes together, and who must never meet again.

ALTER TABLE profile ADD COLUMN household_id uuid;
COMMENT ON COLUMN profile.household_id IS 'People of one household share a number: they get the same sessions or none.';
CREATE INDEX ON profile (household_id) WHERE household_id IS NOT NULL;

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

GRANT SELECT, INSERT, DELETE ON block TO doorstep_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON block TO doorstep_worker;

-- Whom it is against never learns of it: a row opens only to who wrote it.
ALTER TABLE block ENABLE ROW LEVEL SECURITY;
ALTER TABLE block FORCE ROW LEVEL SECURITY;
CREATE POLICY own ON block TO doorstep_app USING (matcher_id IN (SELECT p.matcher_id FROM pseudonym AS p));
CREATE POLICY worker ON block TO doorstep_worker USING (true) WITH CHECK (true);
