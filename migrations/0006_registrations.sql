-- A resident's seats and answers.

CREATE TABLE registration (
  session_id uuid NOT NULL,
  resident_id uuid NOT NULL REFERENCES resident ON DELETE CASCADE,
  organization_id uuid NOT NULL,
  state text NOT NULL CHECK (state IN ('waiting', 'offered', 'held', 'confirmed', 'attended', 'missed', 'declined', 'expired', 'cancelled')),
  party smallint NOT NULL CHECK (party BETWEEN 1 AND 8),
  sequence integer NOT NULL DEFAULT 0,
  created_at timestamptz NOT NULL,
  changed_at timestamptz NOT NULL,
  PRIMARY KEY (session_id, resident_id),
  FOREIGN KEY (organization_id, session_id) REFERENCES session ON DELETE CASCADE
);
CREATE INDEX ON registration (resident_id);
GRANT SELECT, INSERT, UPDATE ON registration TO doorstep_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON registration TO doorstep_worker;

ALTER TABLE registration ENABLE ROW LEVEL SECURITY;
ALTER TABLE registration FORCE ROW LEVEL SECURITY;
CREATE POLICY own ON registration TO doorstep_app
  USING (resident_id = nullif(current_setting('app.resident_id', true), '')::uuid
         OR organization_id = nullif(current_setting('app.organization_id', true), '')::uuid);
CREATE POLICY worker ON registration TO doorstep_worker USING (true) WITH CHECK (true);

-- The seats taken are counted by the database, from registrations alone. Whoever may write a registration moves `taken` by it and by
-- nothing else.
CREATE FUNCTION seats_of(state text, party smallint) RETURNS integer LANGUAGE sql IMMUTABLE
RETURN CASE WHEN state IN ('offered', 'held', 'confirmed', 'attended', 'missed') THEN party ELSE 0 END;

CREATE FUNCTION count_seats() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  UPDATE seats AS q SET taken = q.taken + change.seats
  FROM (SELECT x.session_id, sum(x.seats)::integer AS seats
        FROM (VALUES (OLD.session_id, -seats_of(OLD.state, OLD.party)), (NEW.session_id, seats_of(NEW.state, NEW.party)))
          AS x (session_id, seats)
        GROUP BY x.session_id) AS change
  WHERE q.session_id = change.session_id AND change.seats <> 0;
  RETURN NULL;
END
$$;
CREATE TRIGGER count_seats AFTER INSERT OR UPDATE OR DELETE ON registration FOR EACH ROW EXECUTE FUNCTION count_seats();

CREATE TABLE registration_change (
  id uuid PRIMARY KEY DEFAULT uuidv7(),
  session_id uuid NOT NULL,
  resident_id uuid NOT NULL,
  state text NOT NULL,
  actor text NOT NULL CHECK (actor IN ('resident', 'staff', 'system')),
  reason text NOT NULL,
  at timestamptz NOT NULL,
  FOREIGN KEY (session_id, resident_id) REFERENCES registration ON DELETE CASCADE
);
CREATE INDEX ON registration_change (session_id, resident_id);
GRANT SELECT, INSERT ON registration_change TO doorstep_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON registration_change TO doorstep_worker;

ALTER TABLE registration_change ENABLE ROW LEVEL SECURITY;
ALTER TABLE registration_change FORCE ROW LEVEL SECURITY;
CREATE POLICY own ON registration_change TO doorstep_app
  USING (EXISTS (SELECT FROM registration AS r WHERE (r.session_id, r.resident_id) = (registration_change.session_id, registration_change.resident_id)));
CREATE POLICY worker ON registration_change TO doorstep_worker USING (true) WITH CHECK (true);

-- What the next week knows. Keyed by the pseudonym: the matcher learns from it, nobody can read a name in it.
CREATE TABLE answer (
  matcher_id uuid NOT NULL REFERENCES pseudonym (matcher_id) ON DELETE CASCADE,
  session_id uuid NOT NULL REFERENCES session (id) ON DELETE CASCADE,
  activity_id uuid NOT NULL REFERENCES activity (id) ON DELETE CASCADE,
  answer text NOT NULL CHECK (answer IN ('yes', 'no', 'attended', 'missed')),
  rating smallint CHECK (rating BETWEEN -1 AND 1),
  at timestamptz NOT NULL,
  PRIMARY KEY (matcher_id, session_id)
);
CREATE INDEX ON answer (session_id);
CREATE INDEX ON answer (activity_id);
GRANT SELECT, INSERT, UPDATE, DELETE ON answer TO doorstep_app, doorstep_worker;

ALTER TABLE answer ENABLE ROW LEVEL SECURITY;
ALTER TABLE answer FORCE ROW LEVEL SECURITY;
CREATE POLICY own ON answer TO doorstep_app USING (matcher_id IN (SELECT p.matcher_id FROM pseudonym AS p));
CREATE POLICY worker ON answer TO doorstep_worker USING (true) WITH CHECK (true);
