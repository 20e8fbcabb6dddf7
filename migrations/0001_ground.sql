-- Regions, the audit trail and worker heartbeats; the grounds every other table stands on.

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

CREATE TABLE region (
  id uuid PRIMARY KEY DEFAULT uuidv7(),
  slug text NOT NULL UNIQUE CHECK (slug ~ '^[a-z0-9]+(-[a-z0-9]+)*$'),
  name text NOT NULL,
  zone text NOT NULL,
  lat double precision NOT NULL CHECK (lat BETWEEN -90 AND 90),
  lon double precision NOT NULL CHECK (lon BETWEEN -180 AND 180)
);
COMMENT ON TABLE region IS 'Places that people travel between; matched as one, in one process.';

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

CREATE TABLE heartbeat (
  worker text PRIMARY KEY,
  beat_at timestamptz NOT NULL
);

GRANT SELECT, INSERT ON region, audit TO doorstep_app, doorstep_worker;
GRANT SELECT ON heartbeat TO doorstep_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON heartbeat TO doorstep_worker;
