-- Regions, the partners and centers in them, their staff, and how staff and machines prove who they are.

-- The two functions run as the owner of the tables, which sees the rows that they ask for and nobody signs in as. They answer with a yes
-- or a no, never with a row. The program checks in the same transaction that the session or the link has not expired, by its own clock.
-- Policies below need them before the tables that they read are there (staff further down, set_up in a later file).
SET LOCAL check_function_bodies = off;

CREATE FUNCTION operator_is_here() RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
AS $$
  SELECT EXISTS (
    SELECT FROM staff_session AS s JOIN staff AS p ON p.organization_id = s.organization_id AND p.id = s.staff_id
    WHERE encode(s.secret_hash, 'hex') = ANY (string_to_array(current_setting('app.presented', true), ','))
      AND p.role = 'operator' AND p.removed_at IS NULL)
$$;
COMMENT ON FUNCTION operator_is_here() IS 'Whether this transaction presented the session of an operator.';

CREATE FUNCTION set_up_is_here() RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
AS $$
  SELECT EXISTS (
    SELECT FROM set_up AS s
    WHERE s.finished_at IS NULL AND encode(s.secret_hash, 'hex') = ANY (string_to_array(current_setting('app.presented', true), ',')))
$$;
COMMENT ON FUNCTION set_up_is_here() IS 'Whether this transaction presented the link of a set-up that is not finished.';

SET LOCAL check_function_bodies = on;
REVOKE EXECUTE ON FUNCTION operator_is_here(), set_up_is_here() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION operator_is_here(), set_up_is_here() TO doorstep_app;

CREATE TABLE region (
  id uuid PRIMARY KEY DEFAULT uuidv7(),
  slug text NOT NULL UNIQUE CHECK (slug ~ '^[a-z0-9]+(-[a-z0-9]+)*$'),
  name text NOT NULL,
  zone text NOT NULL,
  lat double precision NOT NULL CHECK (lat BETWEEN -90 AND 90),
  lon double precision NOT NULL CHECK (lon BETWEEN -180 AND 180)
);
COMMENT ON TABLE region IS 'Places that people travel between; matched as one, in one process.';
GRANT SELECT, INSERT, UPDATE (slug, name, lat, lon, zone) ON region TO doorstep_app;
GRANT SELECT, INSERT ON region TO doorstep_worker;

-- Everybody may read the regions. Sign-ups and calendars from a new place add one; its name is an operator's or the set-up's to mend.
ALTER TABLE region ENABLE ROW LEVEL SECURITY;
ALTER TABLE region FORCE ROW LEVEL SECURITY;
CREATE POLICY shown ON region FOR SELECT TO doorstep_app USING (true);
CREATE POLICY added ON region FOR INSERT TO doorstep_app WITH CHECK (true);
CREATE POLICY operated_update ON region FOR UPDATE TO doorstep_app
  USING (operator_is_here() OR set_up_is_here()) WITH CHECK (operator_is_here() OR set_up_is_here());
CREATE POLICY worker ON region TO doorstep_worker USING (true) WITH CHECK (true);

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
  closed_at timestamptz,
  UNIQUE (id, kind)
);
COMMENT ON COLUMN organization.attend_factor IS 'How many expected guests a center wants for each seat; 1 never expects more than fit.';
COMMENT ON COLUMN organization.closed_at IS 'From here on nobody signs in, posts or signs up there. Its rows stay: letters and visits point at them.';
GRANT SELECT, INSERT, UPDATE ON organization TO doorstep_app, doorstep_worker;

-- Everybody may read who the organizations are. Pages make and change one only for an operator's session or the set-up link.
ALTER TABLE organization ENABLE ROW LEVEL SECURITY;
ALTER TABLE organization FORCE ROW LEVEL SECURITY;
CREATE POLICY shown ON organization FOR SELECT TO doorstep_app USING (true);
CREATE POLICY operated_insert ON organization FOR INSERT TO doorstep_app WITH CHECK (operator_is_here() OR set_up_is_here());
CREATE POLICY operated_update ON organization FOR UPDATE TO doorstep_app
  USING (operator_is_here() OR set_up_is_here()) WITH CHECK (operator_is_here() OR set_up_is_here());
CREATE POLICY worker ON organization TO doorstep_worker USING (true) WITH CHECK (true);

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
GRANT SELECT, INSERT, UPDATE ON staff TO doorstep_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON staff TO doorstep_worker;

ALTER TABLE staff ENABLE ROW LEVEL SECURITY;
ALTER TABLE staff FORCE ROW LEVEL SECURITY;
CREATE POLICY own ON staff TO doorstep_app
  USING (organization_id = nullif(current_setting('app.organization_id', true), '')::uuid
         OR encode(email_index, 'hex') = ANY (string_to_array(current_setting('app.presented', true), ',')))
  WITH CHECK (organization_id = nullif(current_setting('app.organization_id', true), '')::uuid);
CREATE POLICY worker ON staff TO doorstep_worker USING (true) WITH CHECK (true);
CREATE POLICY looked_up ON staff FOR SELECT TO doorstep_owner USING (true);

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
CREATE INDEX ON sign_in (organization_id, staff_id);
GRANT SELECT, INSERT, UPDATE ON sign_in TO doorstep_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON sign_in TO doorstep_worker;

ALTER TABLE sign_in ENABLE ROW LEVEL SECURITY;
ALTER TABLE sign_in FORCE ROW LEVEL SECURITY;
CREATE POLICY presented ON sign_in TO doorstep_app
  USING (encode(secret_hash, 'hex') = ANY (string_to_array(current_setting('app.presented', true), ','))
         OR organization_id = nullif(current_setting('app.organization_id', true), '')::uuid)
  WITH CHECK (organization_id = nullif(current_setting('app.organization_id', true), '')::uuid);
CREATE POLICY worker ON sign_in TO doorstep_worker USING (true) WITH CHECK (true);

CREATE TABLE staff_session (
  secret_hash bytea PRIMARY KEY CHECK (length(secret_hash) = 32),
  organization_id uuid NOT NULL,
  staff_id uuid NOT NULL,
  created_at timestamptz NOT NULL,
  expires_at timestamptz NOT NULL CHECK (expires_at > created_at),
  FOREIGN KEY (organization_id, staff_id) REFERENCES staff ON DELETE CASCADE
);
CREATE INDEX ON staff_session (organization_id, staff_id);
GRANT SELECT, INSERT, DELETE ON staff_session TO doorstep_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON staff_session TO doorstep_worker;

ALTER TABLE staff_session ENABLE ROW LEVEL SECURITY;
ALTER TABLE staff_session FORCE ROW LEVEL SECURITY;
CREATE POLICY presented ON staff_session TO doorstep_app
  USING (encode(secret_hash, 'hex') = ANY (string_to_array(current_setting('app.presented', true), ','))
         OR organization_id = nullif(current_setting('app.organization_id', true), '')::uuid)
  WITH CHECK (organization_id = nullif(current_setting('app.organization_id', true), '')::uuid);
CREATE POLICY worker ON staff_session TO doorstep_worker USING (true) WITH CHECK (true);
CREATE POLICY looked_up ON staff_session FOR SELECT TO doorstep_owner USING (true);

CREATE TABLE api_key (
  id text PRIMARY KEY CHECK (id ~ '^[a-z0-9]{8}$'),
  organization_id uuid NOT NULL REFERENCES organization,
  secret_hash bytea NOT NULL UNIQUE CHECK (length(secret_hash) = 32),
  scopes text[] NOT NULL,
  created_at timestamptz NOT NULL,
  expires_at timestamptz NOT NULL CHECK (expires_at > created_at AND expires_at <= created_at + interval '366 days'),
  last_used_at timestamptz,
  revoked_at timestamptz,
  replaced_by text REFERENCES api_key
);
COMMENT ON COLUMN api_key.replaced_by IS 'The key that was made in its place; this one works until expires_at.';
CREATE INDEX ON api_key (organization_id);
CREATE INDEX api_key_replaced_by ON api_key (replaced_by) WHERE replaced_by IS NOT NULL;
GRANT SELECT, INSERT, UPDATE ON api_key TO doorstep_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON api_key TO doorstep_worker;

ALTER TABLE api_key ENABLE ROW LEVEL SECURITY;
ALTER TABLE api_key FORCE ROW LEVEL SECURITY;
CREATE POLICY presented ON api_key TO doorstep_app
  USING (encode(secret_hash, 'hex') = ANY (string_to_array(current_setting('app.presented', true), ','))
         OR organization_id = nullif(current_setting('app.organization_id', true), '')::uuid)
  WITH CHECK (organization_id = nullif(current_setting('app.organization_id', true), '')::uuid);
CREATE POLICY worker ON api_key TO doorstep_worker USING (true) WITH CHECK (true);

CREATE TABLE key_use (
  key_id text PRIMARY KEY REFERENCES api_key ON DELETE CASCADE,
  window_start timestamptz NOT NULL,
  requests integer NOT NULL CHECK (requests > 0)
) WITH (fillfactor = 50);
COMMENT ON TABLE key_use IS 'Requests of a key in its current minute, for its allowance; one row for each key, written over.';
GRANT SELECT, INSERT, UPDATE ON key_use TO doorstep_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON key_use TO doorstep_worker;

ALTER TABLE key_use ENABLE ROW LEVEL SECURITY;
ALTER TABLE key_use FORCE ROW LEVEL SECURITY;
CREATE POLICY own ON key_use TO doorstep_app
  USING (EXISTS (SELECT FROM api_key AS k WHERE k.id = key_id AND k.organization_id = nullif(current_setting('app.organization_id', true), '')::uuid));
CREATE POLICY worker ON key_use TO doorstep_worker USING (true) WITH CHECK (true);

-- What machines were answered, so that a retry gets the first answer and makes nothing twice.
CREATE TABLE first_answer (
  organization_id uuid NOT NULL REFERENCES organization,
  key text NOT NULL CHECK (length(key) BETWEEN 1 AND 255),
  request_hash bytea NOT NULL CHECK (length(request_hash) = 32),
  status smallint CHECK (status BETWEEN 200 AND 299),
  headers jsonb,
  body bytea,
  created_at timestamptz NOT NULL,
  expires_at timestamptz NOT NULL CHECK (expires_at > created_at),
  PRIMARY KEY (organization_id, key),
  CHECK ((status IS NULL) = (body IS NULL) AND (status IS NULL) = (headers IS NULL))
);
COMMENT ON TABLE first_answer IS 'Idempotency-Key. Claimed and answered in the transaction of the work itself: what failed leaves no row.';
COMMENT ON COLUMN first_answer.request_hash IS 'Keyed (HMAC-SHA256) over method, path and body: a sign-up cannot be guessed from it.';
CREATE INDEX ON first_answer (expires_at);
GRANT SELECT, INSERT, UPDATE ON first_answer TO doorstep_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON first_answer TO doorstep_worker;

ALTER TABLE first_answer ENABLE ROW LEVEL SECURITY;
ALTER TABLE first_answer FORCE ROW LEVEL SECURITY;
CREATE POLICY own ON first_answer TO doorstep_app
  USING (organization_id = nullif(current_setting('app.organization_id', true), '')::uuid);
CREATE POLICY worker ON first_answer TO doorstep_worker USING (true) WITH CHECK (true);
