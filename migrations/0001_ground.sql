-- Identifiers, the audit trail, and what workers note of themselves: the grounds every other table stands on.

-- Postgres 18 has uuidv7(); older servers get the same layout (RFC 9562): 48 bits of milliseconds, then random bits.
DO $$
BEGIN
  IF to_regprocedure('uuidv7()') IS NULL THEN
    CREATE FUNCTION uuidv7() RETURNS uuid LANGUAGE sql VOLATILE AS $f$
      SELECT encode(set_bit(set_bit(overlay(uuid_send(gen_random_uuid())
        PLACING substring(int8send(floor(extract(epoch FROM clock_timestamp()) * 1000)::bigint) FROM 3) FROM 1 FOR 6), 52, 1), 53, 1), 'hex')::uuid
    $f$;
  END IF;
END $$;

CREATE FUNCTION distance_km(lat double precision, lon double precision, other_lat double precision, other_lon double precision)
RETURNS double precision LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT 12742.0176 * asin(least(1, sqrt(sin(radians(other_lat - lat) / 2) ^ 2
    + cos(radians(lat)) * cos(radians(other_lat)) * sin(radians(other_lon - lon) / 2) ^ 2)))
$$;
COMMENT ON FUNCTION distance_km IS 'Great-circle distance of two points in degrees (haversine, mean radius of the earth).';

CREATE TABLE audit (
  seq bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  at timestamptz NOT NULL,
  actor text NOT NULL,
  action text NOT NULL,
  subject text NOT NULL,
  previous bytea NOT NULL,
  hash bytea NOT NULL UNIQUE CHECK (length(hash) = 32)
);
COMMENT ON TABLE audit IS 'Append only: nobody is granted UPDATE or DELETE. Each line carries the hash of the one before.';
GRANT SELECT, INSERT ON audit TO doorstep_app, doorstep_worker;

CREATE TABLE heartbeat (
  worker text PRIMARY KEY,
  beat_at timestamptz NOT NULL
);
GRANT SELECT ON heartbeat TO doorstep_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON heartbeat TO doorstep_worker;

-- What is done once a day, by whichever worker comes first.
CREATE TABLE daily (
  duty text PRIMARY KEY,
  done_on date NOT NULL
);
GRANT SELECT, INSERT, UPDATE, DELETE ON daily TO doorstep_worker;
