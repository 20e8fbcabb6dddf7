-- Sessions (the dates of an activity) and their seats.

CREATE TABLE session (
  organization_id uuid NOT NULL,
  id uuid NOT NULL DEFAULT uuidv7() UNIQUE,
  activity_id uuid NOT NULL,
  original_local timestamp NOT NULL,
  starts_at_local timestamp NOT NULL,
  zone text NOT NULL,
  starts_at timestamptz NOT NULL,
  ends_at timestamptz NOT NULL,
  state text NOT NULL DEFAULT 'scheduled' CHECK (state IN ('scheduled', 'cancelled')),
  undo_until timestamptz CHECK (undo_until IS NULL OR state = 'cancelled'),
  cancel_reason text NOT NULL DEFAULT '' CHECK (length(cancel_reason) <= 200),
  sequence integer NOT NULL DEFAULT 0 CHECK (sequence >= 0),
  changed_at timestamptz NOT NULL,
  PRIMARY KEY (organization_id, id),
  FOREIGN KEY (organization_id, activity_id) REFERENCES activity ON DELETE CASCADE,
  UNIQUE (activity_id, original_local),
  CHECK (ends_at > starts_at)
);
COMMENT ON COLUMN session.original_local IS 'The wall time the rule gave (RECURRENCE-ID): a moved date keeps its identity.';
COMMENT ON COLUMN session.undo_until IS 'Until when its call-off may be taken back; the letters of it wait as long.';
COMMENT ON COLUMN session.cancel_reason IS 'Why it was called off, in the words of the center; empty where it gave none.';
CREATE INDEX ON session (starts_at) WHERE state = 'scheduled';
GRANT SELECT, INSERT, UPDATE, DELETE ON session TO doorstep_app, doorstep_worker;

ALTER TABLE session ENABLE ROW LEVEL SECURITY;
ALTER TABLE session FORCE ROW LEVEL SECURITY;
CREATE POLICY shown ON session FOR SELECT TO doorstep_app
  USING (EXISTS (SELECT FROM activity AS a WHERE a.id = activity_id AND a.status <> 'draft'));
CREATE POLICY own ON session TO doorstep_app
  USING (organization_id = nullif(current_setting('app.organization_id', true), '')::uuid);
CREATE POLICY worker ON session TO doorstep_worker USING (true) WITH CHECK (true);

-- The hot row that seat changes lock; its CHECK is what makes overselling impossible.
CREATE TABLE seats (
  session_id uuid PRIMARY KEY REFERENCES session (id) ON DELETE CASCADE,
  capacity integer CHECK (capacity BETWEEN 0 AND 100000),
  own_capacity boolean NOT NULL DEFAULT false,
  taken integer NOT NULL DEFAULT 0 CHECK (taken >= 0),
  CHECK (taken <= capacity)
) WITH (fillfactor = 70);
COMMENT ON COLUMN seats.capacity IS 'NULL: the center did not say; then nobody is turned away here, and the matcher is careful.';
COMMENT ON COLUMN seats.own_capacity IS 'The center set the capacity of this one date; making dates ready leaves it alone.';
GRANT SELECT, INSERT, UPDATE ON seats TO doorstep_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON seats TO doorstep_worker;

-- Seats are changed by whoever takes one for themselves, or by the center whose date it is; everybody may see how many are left.
ALTER TABLE seats ENABLE ROW LEVEL SECURITY;
ALTER TABLE seats FORCE ROW LEVEL SECURITY;
CREATE POLICY shown ON seats FOR SELECT TO doorstep_app USING (true);
CREATE POLICY own ON seats FOR INSERT TO doorstep_app
  WITH CHECK (EXISTS (
    SELECT FROM session AS s
    WHERE s.id = seats.session_id AND s.organization_id = nullif(current_setting('app.organization_id', true), '')::uuid));
-- A row lock (SELECT FOR UPDATE) asks this one too, so another center's seats cannot even be held.
CREATE POLICY taken ON seats FOR UPDATE TO doorstep_app
  USING (
    nullif(current_setting('app.resident_id', true), '') IS NOT NULL
    OR EXISTS (
      SELECT FROM session AS s
      WHERE s.id = seats.session_id AND s.organization_id = nullif(current_setting('app.organization_id', true), '')::uuid));
CREATE POLICY worker ON seats TO doorstep_worker USING (true) WITH CHECK (true);
-- A registration that goes with its resident is deleted in the owner's name (ON DELETE CASCADE), and so its seats are counted.
CREATE POLICY counted ON seats TO doorstep_owner USING (true) WITH CHECK (true);

-- Row-level security knows no columns, and a resident who takes a seat has to lock its row; so a trigger looks at what changes.
-- `taken` is moved by the registrations' own trigger alone; the other columns are the center's.
CREATE FUNCTION guard_seats() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF current_user NOT IN ('doorstep_app', 'doorstep_worker') THEN
    RETURN NEW;
  END IF;
  IF NEW.taken <> OLD.taken AND pg_trigger_depth() = 1 THEN
    RAISE EXCEPTION 'seats.taken is counted from registrations' USING ERRCODE = 'insufficient_privilege';
  END IF;
  IF (NEW.session_id, NEW.capacity, NEW.own_capacity) IS DISTINCT FROM (OLD.session_id, OLD.capacity, OLD.own_capacity)
     AND current_user = 'doorstep_app'
     AND NOT EXISTS (SELECT FROM session AS s WHERE s.id = OLD.session_id
                       AND s.organization_id = nullif(current_setting('app.organization_id', true), '')::uuid) THEN
    RAISE EXCEPTION 'the seats of a date are its center''s to set' USING ERRCODE = 'insufficient_privilege';
  END IF;
  RETURN NEW;
END
$$;
CREATE TRIGGER guard_seats BEFORE UPDATE ON seats FOR EACH ROW EXECUTE FUNCTION guard_seats();
