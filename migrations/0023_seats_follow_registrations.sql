-- The seats taken are counted by the database, from registrations alone. Whoever may write a registration moves `taken` by it and by
-- nothing else; the other columns are the center's.

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

-- Row-level security knows no columns, and a resident who takes a seat has to lock its row; so a trigger looks at what changes.
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

-- A registration that goes with its resident is deleted in the owner's name (ON DELETE CASCADE), and so its seats are counted.
CREATE POLICY counted ON seats TO doorstep_owner USING (true) WITH CHECK (true);
