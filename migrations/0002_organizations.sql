-- Partners and centers, their staff, and how staff and machines prove who they are.

CREATE TABLE organization (
  id uuid PRIMARY KEY DEFAULT uuidv7(),
  kind text NOT NULL CHECK (kind IN ('partner', 'center', 'operator')),
  slug text NOT NULL UNIQUE CHECK (slug ~ '^[a-z0-9]+(-[a-z0-9]+)*$' AND length(slug) <= 60),
  name text NOT NULL CHECK (length(name) BETWEEN 1 AND 120),
  region_id uuid NOT NULL REFERENCES region,
  postal_address text NOT NULL CHECK (length(postal_address) BETWEEN 1 AND 300),
  zip text,
  lat double precision NOT NULL CHECK (lat BETWEEN -90 AND 90),
  lon double precision NOT NULL CHECK (lon BETWEEN -180 AND 180),
  zone text NOT NULL,
  website text,
  attend_factor real NOT NULL DEFAULT 1 CHECK (attend_factor BETWEEN 0.5 AND 2),
  created_at timestamptz NOT NULL,
  UNIQUE (id, kind)
);
COMMENT ON COLUMN organization.attend_factor IS 'How many expected guests a center wants for each seat; 1 never expects more than fit.';

CREATE TABLE staff (
  organization_id uuid NOT NULL REFERENCES organization,
  id uuid NOT NULL DEFAULT uuidv7() UNIQUE,
  email bytea NOT NULL,
  email_index bytea NOT NULL,
  name bytea,
  role text NOT NULL CHECK (role IN ('owner', 'staff', 'host', 'operator')),
  created_at timestamptz NOT NULL,
  removed_at timestamptz,
  PRIMARY KEY (organization_id, id),
  UNIQUE (organization_id, email_index)
);

-- A secret is kept only as its SHA-256; a row is visible only to whoever presents the secret (app.presented) or owns it.
CREATE TABLE sign_in (
  secret_hash bytea PRIMARY KEY CHECK (length(secret_hash) = 32),
  organization_id uuid NOT NULL,
  staff_id uuid NOT NULL,
  created_at timestamptz NOT NULL,
  expires_at timestamptz NOT NULL CHECK (expires_at > created_at),
  used_at timestamptz,
  FOREIGN KEY (organization_id, staff_id) REFERENCES staff ON DELETE CASCADE
);

CREATE TABLE staff_session (
  secret_hash bytea PRIMARY KEY CHECK (length(secret_hash) = 32),
  organization_id uuid NOT NULL,
  staff_id uuid NOT NULL,
  created_at timestamptz NOT NULL,
  expires_at timestamptz NOT NULL CHECK (expires_at > created_at),
  FOREIGN KEY (organization_id, staff_id) REFERENCES staff ON DELETE CASCADE
);

CREATE TABLE api_key (
  id text PRIMARY KEY CHECK (id ~ '^[a-z0-9]{8}$'),
  organization_id uuid NOT NULL REFERENCES organization,
  secret_hash bytea NOT NULL UNIQUE CHECK (length(secret_hash) = 32),
  scopes text[] NOT NULL,
  created_at timestamptz NOT NULL,
  expires_at timestamptz NOT NULL CHECK (expires_at > created_at AND expires_at <= created_at + interval '366 days'),
  last_used_at timestamptz,
  revoked_at timestamptz
);

GRANT SELECT ON organization TO doorstep_app;
GRANT SELECT, INSERT, UPDATE ON organization TO doorstep_worker;
GRANT SELECT, INSERT, UPDATE ON staff, sign_in, api_key TO doorstep_app;
GRANT SELECT, INSERT, DELETE ON staff_session TO doorstep_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON staff, sign_in, staff_session, api_key TO doorstep_worker;

ALTER TABLE staff ENABLE ROW LEVEL SECURITY;
ALTER TABLE staff FORCE ROW LEVEL SECURITY;
CREATE POLICY own ON staff TO doorstep_app
  USING (organization_id = nullif(current_setting('app.organization_id', true), '')::uuid
         OR encode(email_index, 'hex') = ANY (string_to_array(current_setting('app.presented', true), ',')))
  WITH CHECK (organization_id = nullif(current_setting('app.organization_id', true), '')::uuid);
CREATE POLICY worker ON staff TO doorstep_worker USING (true) WITH CHECK (true);

DO $$
DECLARE t text;
BEGIN
  FOREACH t IN ARRAY ARRAY['sign_in', 'staff_session', 'api_key'] LOOP
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', t);
    EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', t);
    EXECUTE format($p$CREATE POLICY presented ON %I TO doorstep_app
      USING (encode(secret_hash, 'hex') = ANY (string_to_array(current_setting('app.presented', true), ','))
             OR organization_id = nullif(current_setting('app.organization_id', true), '')::uuid)
      WITH CHECK (organization_id = nullif(current_setting('app.organization_id', true), '')::uuid)$p$, t);
    EXECUTE format('CREATE POLICY worker ON %I TO doorstep_worker USING (true) WITH CHECK (true)', t);
  END LOOP;
END $$;
