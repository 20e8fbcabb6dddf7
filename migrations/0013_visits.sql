-- Who came to a date: a name of each seat for its roster alone, what teaches the next week, and people who came without a seat.

-- A random number that stands for one seat on one roster. It says nothing about the person anywhere else.
ALTER TABLE registration ADD COLUMN handle uuid NOT NULL UNIQUE DEFAULT gen_random_uuid();
COMMENT ON COLUMN registration.handle IS 'Names this seat to its center, instead of the resident''s id.';

-- The function below runs as the owner of the tables, for these rows alone.
CREATE POLICY visits ON registration FOR SELECT TO doorstep_owner USING (true);
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
