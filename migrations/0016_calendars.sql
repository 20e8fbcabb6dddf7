-- The address at which a resident's calendar program reads their seats.

CREATE TABLE calendar_feed (
  resident_id uuid PRIMARY KEY REFERENCES resident ON DELETE CASCADE,
  id uuid NOT NULL DEFAULT gen_random_uuid(),
  made_at timestamptz NOT NULL
);
COMMENT ON COLUMN calendar_feed.id IS 'Part of the address. A new one makes every address before it worthless.';
GRANT SELECT, INSERT, UPDATE, DELETE ON calendar_feed TO doorstep_app, doorstep_worker;

ALTER TABLE calendar_feed ENABLE ROW LEVEL SECURITY;
ALTER TABLE calendar_feed FORCE ROW LEVEL SECURITY;
CREATE POLICY own ON calendar_feed TO doorstep_app
  USING (resident_id = nullif(current_setting('app.resident_id', true), '')::uuid);
CREATE POLICY worker ON calendar_feed TO doorstep_worker USING (true) WITH CHECK (true);
