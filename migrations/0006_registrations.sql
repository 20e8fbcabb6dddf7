-- A resident's seats and answers.

CREATE TABLE registration (
  session_id uuid NOT NULL,
  resident_id uuid NOT NULL REFERENCES resident ON DELETE CASCADE,
  organization_id uuid NOT NULL,
  state text NOT NULL CHECK (state IN ('waiting', 'offered', 'confirmed', 'attended', 'missed', 'declined', 'expired', 'cancelled')),
  party smallint NOT NULL CHECK (party BETWEEN 1 AND 8),
  called_off_from text CHECK (called_off_from IS NULL OR state = 'cancelled' AND called_off_from IN ('waiting', 'offered', 'confirmed')),
  sequence integer NOT NULL DEFAULT 0,
  waiting_since timestamptz,
  offer_until timestamptz,
  created_at timestamptz NOT NULL,
  changed_at timestamptz NOT NULL,
  PRIMARY KEY (session_id, resident_id),
  FOREIGN KEY (organization_id, session_id) REFERENCES session ON DELETE CASCADE,
  CHECK (state <> 'waiting' OR waiting_since IS NOT NULL),
  CHECK (state <> 'offered' OR offer_until IS NOT NULL)
);
COMMENT ON COLUMN registration.party IS 'Everybody who comes with this yes: all get in together, or none.';
COMMENT ON COLUMN registration.called_off_from IS 'The state that a call-off of the date ended, and to which it returns when the call-off is taken back.';
COMMENT ON COLUMN registration.waiting_since IS 'The place in the waiting order; kept when a seat is offered, new with each new wish.';
COMMENT ON COLUMN registration.offer_until IS 'When the last offered seat passes on to the next, unless it is answered.';
CREATE INDEX ON registration (resident_id);
CREATE INDEX ON registration (session_id, waiting_since) WHERE state IN ('waiting', 'offered');
GRANT SELECT, INSERT, UPDATE ON registration TO doorstep_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON registration TO doorstep_worker;

ALTER TABLE registration ENABLE ROW LEVEL SECURITY;
ALTER TABLE registration FORCE ROW LEVEL SECURITY;
CREATE POLICY own ON registration TO doorstep_app
  USING (resident_id = nullif(current_setting('app.resident_id', true), '')::uuid
         OR organization_id = nullif(current_setting('app.organization_id', true), '')::uuid);
CREATE POLICY worker ON registration TO doorstep_worker USING (true) WITH CHECK (true);
CREATE POLICY counted ON registration FOR SELECT TO doorstep_owner USING (true);

-- The states of a seat and the ways between them; everything else is refused, whoever asks.
CREATE FUNCTION seat_may_become(before text, after text) RETURNS boolean LANGUAGE sql IMMUTABLE
RETURN CASE before
  WHEN 'waiting' THEN after IN ('offered', 'confirmed', 'declined', 'expired', 'cancelled')
  WHEN 'offered' THEN after IN ('confirmed', 'declined', 'expired', 'cancelled')
  WHEN 'confirmed' THEN after IN ('attended', 'missed', 'declined', 'cancelled')
  WHEN 'attended' THEN after = 'confirmed'
  WHEN 'missed' THEN after = 'confirmed'
  ELSE after IN ('waiting', 'confirmed')
END;

CREATE FUNCTION guard_registration() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF current_user IN ('doorstep_app', 'doorstep_worker') AND NEW.state IS DISTINCT FROM OLD.state
     AND NOT seat_may_become(CASE WHEN TG_OP = 'UPDATE' THEN OLD.state ELSE 'none' END, NEW.state)
     AND OLD.called_off_from IS DISTINCT FROM NEW.state THEN -- a call-off that is taken back
    RAISE EXCEPTION 'a seat that is % cannot become %', coalesce(OLD.state, 'none'), NEW.state USING ERRCODE = 'check_violation';
  END IF;
  IF NEW.called_off_from IS DISTINCT FROM (CASE WHEN OLD.state = 'cancelled' THEN OLD.called_off_from ELSE OLD.state END)
     AND NEW.called_off_from IS NOT NULL THEN
    RAISE EXCEPTION 'a seat that was % cannot return to %', coalesce(OLD.state, 'none'), NEW.called_off_from USING ERRCODE = 'check_violation';
  END IF;
  RETURN NULL;
END
$$;
-- AFTER: before an insert that turns out to be an update nobody knows yet which of the two it is.
CREATE TRIGGER guard_registration AFTER INSERT OR UPDATE OF state, called_off_from ON registration
  FOR EACH ROW EXECUTE FUNCTION guard_registration();

-- Row-level security shows a resident nobody else's registration. How many wait, and how few seats would help one of them, anybody
-- may know: a free seat belongs to them first.
CREATE FUNCTION waiting_before(session uuid, since timestamptz, resident uuid, OUT parties integer, OUT smallest integer)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
AS $$
  SELECT count(*)::integer, min(r.party)::integer FROM registration AS r
  WHERE r.session_id = session AND r.state = 'waiting' AND (r.waiting_since, r.resident_id) < (since, resident)
$$;
COMMENT ON FUNCTION waiting_before(uuid, timestamptz, uuid) IS 'Parties that wait longer than this one for the same date, and the size of the smallest.';
REVOKE EXECUTE ON FUNCTION waiting_before(uuid, timestamptz, uuid) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION waiting_before(uuid, timestamptz, uuid) TO doorstep_app, doorstep_worker;

-- The seats taken are counted by the database, from registrations alone. Whoever may write a registration moves `taken` by it and by
-- nothing else.
CREATE FUNCTION seats_of(state text, party smallint) RETURNS integer LANGUAGE sql IMMUTABLE
RETURN CASE WHEN state IN ('offered', 'confirmed', 'attended', 'missed') THEN party ELSE 0 END;

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
  answer text NOT NULL CHECK (answer IN ('yes', 'no', 'wanted', 'attended', 'missed')),
  rating smallint CHECK (rating BETWEEN -1 AND 1),
  at timestamptz NOT NULL,
  PRIMARY KEY (matcher_id, session_id)
);
COMMENT ON COLUMN answer.answer IS 'wanted: a yes that got no seat, or has none yet.';
CREATE INDEX ON answer (session_id);
CREATE INDEX ON answer (activity_id);
GRANT SELECT, INSERT, UPDATE, DELETE ON answer TO doorstep_app, doorstep_worker;

ALTER TABLE answer ENABLE ROW LEVEL SECURITY;
ALTER TABLE answer FORCE ROW LEVEL SECURITY;
CREATE POLICY own ON answer TO doorstep_app USING (matcher_id IN (SELECT p.matcher_id FROM pseudonym AS p));
CREATE POLICY worker ON answer TO doorstep_worker USING (true) WITH CHECK (true);
