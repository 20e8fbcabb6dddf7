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
