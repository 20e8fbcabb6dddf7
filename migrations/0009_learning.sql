-- What a region has learned from answers and attendance, what each night's lesson came to, and the past of each activity.

CREATE TABLE learned_score (
  region_id uuid NOT NULL REFERENCES region,
  version text NOT NULL CHECK (length(version) BETWEEN 1 AND 100),
  fingerprint text NOT NULL,
  arrays bytea NOT NULL,
  card jsonb NOT NULL,
  state text NOT NULL CHECK (state IN ('champion', 'challenger', 'retired')),
  champion_loss double precision,
  challenger_loss double precision,
  verdict text NOT NULL,
  trained_at timestamptz NOT NULL,
  changed_at timestamptz NOT NULL,
  PRIMARY KEY (region_id, version)
);
COMMENT ON TABLE learned_score IS 'Any past week is replayed by the very score it ran on, the hand-set one too; what no week ran on is forgotten at the next lesson.';
COMMENT ON COLUMN learned_score.arrays IS 'A numpy archive of plain arrays (matching/score/archive.py), never a pickle.';
COMMENT ON COLUMN learned_score.champion_loss IS 'Nats per invitation on held-out weeks, of the score in use on that day; challenger_loss likewise.';
CREATE UNIQUE INDEX one_champion ON learned_score (region_id) WHERE state = 'champion';
-- Examples before a sign-up are chosen by the score that the week runs on; it holds sums about activities, nothing of any person.
GRANT SELECT ON learned_score TO doorstep_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON learned_score TO doorstep_worker;

CREATE TABLE lesson (
  id uuid PRIMARY KEY DEFAULT uuidv7(),
  region_id uuid NOT NULL REFERENCES region,
  learned_at timestamptz NOT NULL,
  weeks integer NOT NULL CHECK (weeks >= 0),
  offers integer NOT NULL CHECK (offers >= 0),
  visits integer NOT NULL CHECK (visits >= 0),
  champion text NOT NULL,
  challenger text,
  promoted boolean NOT NULL,
  champion_loss double precision,
  challenger_loss double precision,
  reason text NOT NULL,
  CHECK (NOT promoted OR challenger IS NOT NULL)
);
COMMENT ON TABLE lesson IS 'Champion against challenger, a row for each night, also when nothing could be learned.';
CREATE INDEX ON lesson (region_id, learned_at);
GRANT SELECT ON lesson TO doorstep_app;
GRANT SELECT, INSERT ON lesson TO doorstep_worker;

-- What the matcher knows of an activity's past without knowing whose it is: a preview for somebody whom nobody knows yet gets by it
-- the very scores that a week gives.
CREATE TABLE activity_past (
  activity_id uuid PRIMARY KEY REFERENCES activity (id) ON DELETE CASCADE,
  said_yes real[] NOT NULL,
  helped real CHECK (helped BETWEEN 0 AND 1),
  noted_at timestamptz NOT NULL
);
COMMENT ON TABLE activity_past IS 'As of the last match run of its region; written anew by each one.';
COMMENT ON COLUMN activity_past.said_yes IS 'The faded yes answers of each person who gave one, by size: a list of numbers, not of people.';
GRANT SELECT ON activity_past TO doorstep_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON activity_past TO doorstep_worker;
