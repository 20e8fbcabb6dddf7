-- Who came to a date: a name of each seat for its roster alone, what teaches the next week, and people who came without a seat.

-- A random number that stands for one seat on one roster. It says nothing about the person anywhere else.
ALTER TABLE registration ADD COLUMN handle uuid NOT NULL UNIQUE DEFAULT gen_random_uuid();
COMMENT ON COLUMN registration.handle IS 'Names this seat to its center, instead of the resident''s id.';

-- Whoever says yes reads on the page that the center will see a first name and an initial. A yes from before the page said so has none.
ALTER TABLE registration ADD COLUMN shows_name boolean NOT NULL DEFAULT false;
ALTER TABLE registration ALTER COLUMN shows_name SET DEFAULT true;
COMMENT ON COLUMN registration.shows_name IS 'The page of the yes said what the center will see of the name.';

-- The functions below run as the owner of the tables, for these rows alone. What they read of a resident and a profile is listed there.
CREATE POLICY visits ON session FOR SELECT TO doorstep_owner USING (true);
CREATE POLICY visits ON answer TO doorstep_owner USING (true) WITH CHECK (true);

-- A center notes who came, and may not see under which pseudonym the matcher learns from it. So it hands in the seat, and what is written
-- follows from that seat's own state: there is no value to choose.
CREATE FUNCTION note_visit(noted_handle uuid, noted_at timestamptz) RETURNS void
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
AS $$
  INSERT INTO answer (matcher_id, session_id, activity_id, answer, at)
  SELECT n.matcher_id, r.session_id, s.activity_id, CASE r.state WHEN 'confirmed' THEN 'yes' ELSE r.state END, noted_at
  FROM registration AS r JOIN session AS s ON s.id = r.session_id JOIN pseudonym AS n ON n.resident_id = r.resident_id
  WHERE r.handle = noted_handle AND r.state IN ('confirmed', 'attended', 'missed')
    AND r.organization_id = nullif(current_setting('app.organization_id', true), '')::uuid
  ON CONFLICT (matcher_id, session_id) DO UPDATE SET answer = excluded.answer, at = excluded.at
$$;
COMMENT ON FUNCTION note_visit(uuid, timestamptz) IS 'Makes the answer of a seat what its state says; does nothing for another center''s seat.';
REVOKE EXECUTE ON FUNCTION note_visit(uuid, timestamptz) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION note_visit(uuid, timestamptz) TO doorstep_app;

-- The sealed names of those who have a seat at one date of the center that asks: no other person, no other column. They open only with
-- the program's key, and the program shows a first name and an initial of them.
CREATE FUNCTION roster_names(asked_session uuid) RETURNS TABLE (handle uuid, resident_id uuid, name bytea)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
AS $$
  SELECT r.handle, r.resident_id, p.name
  FROM registration AS r JOIN resident AS p ON p.id = r.resident_id
  WHERE r.session_id = asked_session AND r.state IN ('confirmed', 'attended', 'missed') AND r.shows_name AND p.name IS NOT NULL
    AND r.organization_id = nullif(current_setting('app.organization_id', true), '')::uuid
$$;
COMMENT ON FUNCTION roster_names(uuid) IS 'For the center of the date alone; nobody else gets a row.';

-- What guests of a date need, as numbers. Those who did not come count too: a number that fell with a mark would say whose need it was.
CREATE FUNCTION roster_needs(asked_session uuid) RETURNS TABLE (need integer, people integer)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
AS $$
  SELECT b.need, count(*)::integer
  FROM registration AS r JOIN pseudonym AS n ON n.resident_id = r.resident_id JOIN profile AS f ON f.matcher_id = n.matcher_id
  JOIN (SELECT 1 << bit FROM generate_series(0, 30) AS g (bit)) AS b (need) ON f.needs & b.need <> 0
  WHERE r.session_id = asked_session AND r.state IN ('confirmed', 'attended', 'missed')
    AND r.organization_id = nullif(current_setting('app.organization_id', true), '')::uuid
  GROUP BY b.need
$$;
COMMENT ON FUNCTION roster_needs(uuid) IS 'Bit of a need (service/access.py) and how many guests have it, for the center of the date alone.';
REVOKE EXECUTE ON FUNCTION roster_names(uuid), roster_needs(uuid) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION roster_names(uuid), roster_needs(uuid) TO doorstep_app;

CREATE TABLE walk_in (
  id uuid PRIMARY KEY DEFAULT uuidv7(),
  organization_id uuid NOT NULL,
  session_id uuid NOT NULL,
  first_name text CHECK (length(first_name) BETWEEN 1 AND 40),
  people smallint NOT NULL CHECK (people BETWEEN 1 AND 20),
  noted_at timestamptz NOT NULL,
  key uuid NOT NULL UNIQUE,
  FOREIGN KEY (organization_id, session_id) REFERENCES session ON DELETE CASCADE
);
COMMENT ON TABLE walk_in IS 'People who came without a seat, as the center noted them: a first name, or only how many.';
COMMENT ON COLUMN walk_in.key IS 'Made by whoever notes it: the same note sent twice is one row.';
CREATE INDEX ON walk_in (session_id);
GRANT SELECT, INSERT, DELETE ON walk_in TO doorstep_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON walk_in TO doorstep_worker;

ALTER TABLE walk_in ENABLE ROW LEVEL SECURITY;
ALTER TABLE walk_in FORCE ROW LEVEL SECURITY;
CREATE POLICY own ON walk_in TO doorstep_app
  USING (organization_id = nullif(current_setting('app.organization_id', true), '')::uuid);
CREATE POLICY worker ON walk_in TO doorstep_worker USING (true) WITH CHECK (true);
