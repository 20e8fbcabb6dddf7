-- A center may give the next free seat to somebody who waits further back, and says why.

ALTER TABLE registration ADD COLUMN put_first_at timestamptz;
ALTER TABLE registration ADD COLUMN put_first_reason text CHECK (length(put_first_reason) BETWEEN 3 AND 300);
ALTER TABLE registration ADD CHECK ((put_first_at IS NULL) = (put_first_reason IS NULL));
COMMENT ON COLUMN registration.put_first_at IS 'Since when the center wants this wait to be served before longer ones; ends with the wait.';
COMMENT ON COLUMN registration.put_first_reason IS 'In the words of the center. The history has it as the reason of the offer.';

-- The order of a wait is that of `waiting` in service/registrations/queries.sql.
CREATE OR REPLACE FUNCTION waiting_before(session uuid, since timestamptz, resident uuid, OUT parties integer, OUT smallest integer)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
AS $$
  SELECT count(*)::integer, min(r.party)::integer
  FROM registration AS r
  LEFT JOIN registration AS own ON own.session_id = session AND own.resident_id = resident AND own.state = 'waiting'
  WHERE r.session_id = session AND r.state = 'waiting' AND r.resident_id <> resident
    AND (coalesce(r.put_first_at, 'infinity'), r.waiting_since, r.resident_id) < (coalesce(own.put_first_at, 'infinity'), since, resident)
$$;
COMMENT ON FUNCTION waiting_before(uuid, timestamptz, uuid) IS
  'Parties that come before this one in the order of the same date, and the size of the smallest.';

-- Whoever waits pressed the same yes, on a page that says what the center sees of the name. As `roster_names`, for those who wait.
CREATE FUNCTION waiting_names(asked_session uuid) RETURNS TABLE (handle uuid, resident_id uuid, name bytea)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
AS $$
  SELECT r.handle, r.resident_id, p.name
  FROM registration AS r JOIN resident AS p ON p.id = r.resident_id
  WHERE r.session_id = asked_session AND r.state = 'waiting' AND r.shows_name AND p.name IS NOT NULL
    AND r.organization_id = nullif(current_setting('app.organization_id', true), '')::uuid
$$;
COMMENT ON FUNCTION waiting_names(uuid) IS 'For the center of the date alone; nobody else gets a row.';
REVOKE EXECUTE ON FUNCTION waiting_names(uuid) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION waiting_names(uuid) TO doorstep_app;
