-- Residents: the forms they sign up on, who they are (sealed), and what the matcher may know (under a pseudonym).

CREATE TABLE form (
  id uuid PRIMARY KEY DEFAULT uuidv7(),
  organization_id uuid NOT NULL,
  organization_kind text NOT NULL DEFAULT 'partner' CHECK (organization_kind = 'partner'),
  slug text NOT NULL UNIQUE CHECK (slug ~ '^[a-z0-9]+(-[a-z0-9]+)*$' AND length(slug) <= 60),
  title text NOT NULL CHECK (length(title) BETWEEN 1 AND 120),
  intro text NOT NULL CHECK (length(intro) <= 600),
  languages text[] NOT NULL DEFAULT '{en,es}' CHECK (languages <@ '{en,es,ar}' AND cardinality(languages) > 0),
  consent_version integer NOT NULL DEFAULT 1 CHECK (consent_version > 0),
  -- https://host[:port], or http for this machine. The text goes into a header: a space or a semicolon would begin another directive.
  origins text[] NOT NULL DEFAULT '{}' CHECK (
    cardinality(origins) <= 20
    AND array_position(origins, NULL) IS NULL
    AND array_to_string(origins, ' ') ~
      '^((https://[a-z0-9]([a-z0-9.-]*[a-z0-9])?|http://(localhost|127\.0\.0\.1))(:[0-9]{1,5})?( (?=h)|$))*$'),
  created_at timestamptz NOT NULL,
  FOREIGN KEY (organization_id, organization_kind) REFERENCES organization (id, kind),
  UNIQUE (organization_id, id)
);
COMMENT ON COLUMN form.origins IS 'Sites that may frame or post to the form.';
GRANT SELECT, INSERT, UPDATE ON form TO doorstep_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON form TO doorstep_worker;

ALTER TABLE form ENABLE ROW LEVEL SECURITY;
ALTER TABLE form FORCE ROW LEVEL SECURITY;
CREATE POLICY shown ON form FOR SELECT TO doorstep_app USING (true);
CREATE POLICY own ON form TO doorstep_app
  USING (organization_id = nullif(current_setting('app.organization_id', true), '')::uuid)
  WITH CHECK (organization_id = nullif(current_setting('app.organization_id', true), '')::uuid);
CREATE POLICY worker ON form TO doorstep_worker USING (true) WITH CHECK (true);

CREATE TABLE resident (
  id uuid PRIMARY KEY DEFAULT uuidv7(),
  status text NOT NULL CHECK (status IN ('unconfirmed', 'active', 'stopped')),
  email bytea NOT NULL,
  email_index bytea NOT NULL UNIQUE CHECK (length(email_index) = 16),
  name bytea,
  phone bytea,
  language text NOT NULL DEFAULT 'en' CHECK (language IN ('en', 'es', 'ar')),
  zone text NOT NULL,
  form_id uuid REFERENCES form,
  link_epoch smallint NOT NULL DEFAULT 0 CHECK (link_epoch >= 0),
  letters_n smallint NOT NULL DEFAULT 0 CHECK (letters_n >= 0),
  letter_at timestamptz,
  created_at timestamptz NOT NULL,
  confirmed_at timestamptz,
  stopped_at timestamptz,
  paused_until timestamptz,
  every_weeks smallint NOT NULL DEFAULT 1 CHECK (every_weeks IN (1, 2, 4)),
  CHECK ((status = 'unconfirmed') = (confirmed_at IS NULL)),
  CHECK ((status = 'stopped') = (stopped_at IS NOT NULL))
);
COMMENT ON COLUMN resident.email IS 'AES-256-GCM bound to table, column and row; likewise name and phone.';
COMMENT ON COLUMN resident.link_epoch IS 'Raised to make every link mailed before useless.';
COMMENT ON COLUMN resident.letters_n IS 'Letters that strangers may have caused by typing this address: at most three until it is confirmed.';
COMMENT ON COLUMN resident.letter_at IS 'When the last of them was queued: at most one a day.';
COMMENT ON COLUMN resident.every_weeks IS 'The weekly letter comes every week, every other week, or every four weeks.';
CREATE INDEX ON resident (form_id);
GRANT SELECT, INSERT, UPDATE, DELETE ON resident TO doorstep_app, doorstep_worker;

-- A resident's row opens to the resident (a link was read) or to whoever already knows the address (sign-up).
ALTER TABLE resident ENABLE ROW LEVEL SECURITY;
ALTER TABLE resident FORCE ROW LEVEL SECURITY;
CREATE POLICY own ON resident TO doorstep_app
  USING (id = nullif(current_setting('app.resident_id', true), '')::uuid
         OR encode(email_index, 'hex') = ANY (string_to_array(current_setting('app.presented', true), ',')));
CREATE POLICY worker ON resident TO doorstep_worker USING (true) WITH CHECK (true);
CREATE POLICY counted ON resident FOR SELECT TO doorstep_owner USING (true);

-- The only bridge between a person and the matcher.
CREATE TABLE pseudonym (
  resident_id uuid PRIMARY KEY REFERENCES resident ON DELETE CASCADE,
  matcher_id uuid NOT NULL UNIQUE DEFAULT gen_random_uuid()
);
GRANT SELECT, INSERT, UPDATE, DELETE ON pseudonym TO doorstep_app, doorstep_worker;

ALTER TABLE pseudonym ENABLE ROW LEVEL SECURITY;
ALTER TABLE pseudonym FORCE ROW LEVEL SECURITY;
CREATE POLICY own ON pseudonym TO doorstep_app USING (resident_id = nullif(current_setting('app.resident_id', true), '')::uuid);
CREATE POLICY worker ON pseudonym TO doorstep_worker USING (true) WITH CHECK (true);
CREATE POLICY counted ON pseudonym FOR SELECT TO doorstep_owner USING (true);

CREATE TABLE profile (
  matcher_id uuid PRIMARY KEY REFERENCES pseudonym (matcher_id) ON DELETE CASCADE,
  household_id uuid,
  region_id uuid NOT NULL REFERENCES region,
  zip text,
  lat double precision NOT NULL CHECK (lat BETWEEN -90 AND 90 AND lat = round(lat::numeric, 3)::double precision),
  lon double precision NOT NULL CHECK (lon BETWEEN -180 AND 180 AND lon = round(lon::numeric, 3)::double precision),
  travel text NOT NULL CHECK (travel IN ('walk', 'bus', 'car')),
  reach_km real NOT NULL CHECK (reach_km > 0 AND reach_km <= 100),
  age_low smallint NOT NULL DEFAULT 18 CHECK (age_low >= 13),
  age_high smallint NOT NULL DEFAULT 130,
  needs integer NOT NULL DEFAULT 0 CHECK (needs >= 0),
  cost_cents integer NOT NULL DEFAULT 0 CHECK (cost_cents BETWEEN 0 AND 100000),
  languages text[] NOT NULL CHECK (cardinality(languages) > 0),
  available bytea NOT NULL CHECK (length(available) = 42),
  party smallint NOT NULL DEFAULT 1 CHECK (party BETWEEN 1 AND 8),
  topics text[] NOT NULL DEFAULT '{}',
  disliked text[] NOT NULL DEFAULT '{}',
  words text NOT NULL DEFAULT '' CHECK (length(words) <= 500),
  company boolean NOT NULL DEFAULT false,
  cohorts boolean NOT NULL DEFAULT false,
  changed_at timestamptz NOT NULL,
  CHECK (age_low <= age_high)
);
COMMENT ON COLUMN profile.household_id IS 'People of one household share a number: they get the same sessions or none.';
COMMENT ON COLUMN profile.lat IS 'Rounded to three decimals (about 100 m): precise addresses are never stored.';
COMMENT ON COLUMN profile.available IS 'A bit for each of the 336 half hours of the local week, Monday 00:00 first, least bit first in each byte.';
CREATE INDEX ON profile (region_id);
CREATE INDEX ON profile (household_id) WHERE household_id IS NOT NULL;
GRANT SELECT, INSERT, UPDATE, DELETE ON profile TO doorstep_app, doorstep_worker;

ALTER TABLE profile ENABLE ROW LEVEL SECURITY;
ALTER TABLE profile FORCE ROW LEVEL SECURITY;
CREATE POLICY own ON profile TO doorstep_app USING (matcher_id IN (SELECT p.matcher_id FROM pseudonym AS p));
CREATE POLICY worker ON profile TO doorstep_worker USING (true) WITH CHECK (true);
CREATE POLICY counted ON profile FOR SELECT TO doorstep_owner USING (true);

CREATE TABLE consent (
  id uuid PRIMARY KEY DEFAULT uuidv7(),
  resident_id uuid NOT NULL REFERENCES resident ON DELETE CASCADE,
  purpose text NOT NULL CHECK (purpose IN ('digest', 'partner_statistics', 'research')),
  form_id uuid REFERENCES form,
  version integer NOT NULL,
  language text NOT NULL,
  wording text NOT NULL,
  source text NOT NULL CHECK (source IN ('form', 'embedded', 'api', 'paper', 'preferences')),
  given_at timestamptz NOT NULL,
  withdrawn_at timestamptz CHECK (withdrawn_at >= given_at)
);
CREATE UNIQUE INDEX one_living_consent ON consent (resident_id, purpose) WHERE withdrawn_at IS NULL;
CREATE INDEX ON consent (resident_id);
CREATE INDEX ON consent (form_id);
GRANT SELECT, INSERT, UPDATE, DELETE ON consent TO doorstep_app, doorstep_worker;

ALTER TABLE consent ENABLE ROW LEVEL SECURITY;
ALTER TABLE consent FORCE ROW LEVEL SECURITY;
CREATE POLICY own ON consent TO doorstep_app USING (resident_id = nullif(current_setting('app.resident_id', true), '')::uuid);
CREATE POLICY worker ON consent TO doorstep_worker USING (true) WITH CHECK (true);

-- Who may get a weekly letter at all: confirmed, not stopped, and with a living consent.
CREATE VIEW letter_reader WITH (security_invoker = true) AS
SELECT r.id AS resident_id, n.matcher_id, r.every_weeks, r.paused_until
FROM resident AS r
JOIN pseudonym AS n ON n.resident_id = r.id
WHERE r.status = 'active'
  AND EXISTS (SELECT FROM consent AS c WHERE c.resident_id = r.id AND c.purpose = 'digest' AND c.withdrawn_at IS NULL);
GRANT SELECT ON letter_reader TO doorstep_worker;

-- What a partner knows of a resident: that a form of theirs was used. Never the resident row itself.
CREATE TABLE enrollment (
  organization_id uuid NOT NULL,
  form_id uuid NOT NULL,
  resident_id uuid NOT NULL REFERENCES resident ON DELETE CASCADE,
  enrolled_at timestamptz NOT NULL,
  PRIMARY KEY (organization_id, resident_id),
  FOREIGN KEY (organization_id, form_id) REFERENCES form (organization_id, id)
);
CREATE INDEX ON enrollment (resident_id);
CREATE INDEX ON enrollment (organization_id, form_id);
GRANT SELECT, INSERT ON enrollment TO doorstep_app;
GRANT SELECT, INSERT, DELETE ON enrollment TO doorstep_worker;

ALTER TABLE enrollment ENABLE ROW LEVEL SECURITY;
ALTER TABLE enrollment FORCE ROW LEVEL SECURITY;
CREATE POLICY own ON enrollment TO doorstep_app
  USING (organization_id = nullif(current_setting('app.organization_id', true), '')::uuid
         OR resident_id = nullif(current_setting('app.resident_id', true), '')::uuid);
CREATE POLICY worker ON enrollment TO doorstep_worker USING (true) WITH CHECK (true);

-- Addresses that must not be written to; outlives erasure, so it holds a keyed hash and nothing else.
CREATE TABLE suppression (
  email_index bytea PRIMARY KEY CHECK (length(email_index) = 16),
  reason text NOT NULL CHECK (reason IN ('stopped', 'bounced', 'complained', 'erased')),
  at timestamptz NOT NULL
);
GRANT SELECT, INSERT, DELETE ON suppression TO doorstep_app, doorstep_worker;

ALTER TABLE suppression ENABLE ROW LEVEL SECURITY;
ALTER TABLE suppression FORCE ROW LEVEL SECURITY;
CREATE POLICY own ON suppression TO doorstep_app
  USING (encode(email_index, 'hex') = ANY (string_to_array(current_setting('app.presented', true), ',')));
CREATE POLICY worker ON suppression TO doorstep_worker USING (true) WITH CHECK (true);

-- What a sign-up waits as until its address answers.
CREATE TABLE sign_up (
  id uuid PRIMARY KEY DEFAULT uuidv7(),
  resident_id uuid NOT NULL REFERENCES resident ON DELETE CASCADE,
  organization_id uuid NOT NULL,
  form_id uuid NOT NULL,
  source text NOT NULL CHECK (source IN ('form', 'embedded', 'api', 'paper')),
  content bytea NOT NULL,
  created_at timestamptz NOT NULL,
  FOREIGN KEY (organization_id, form_id) REFERENCES form (organization_id, id)
);
COMMENT ON TABLE sign_up IS 'Each confirmation link confirms the one sign-up it was mailed for; nobody can overwrite what somebody else typed.';
COMMENT ON COLUMN sign_up.content IS 'Name, place, wishes and consent, sealed as one, with the row''s id.';
CREATE INDEX ON sign_up (resident_id);
CREATE INDEX ON sign_up (organization_id, form_id);
GRANT SELECT, INSERT, DELETE ON sign_up TO doorstep_app, doorstep_worker;

ALTER TABLE sign_up ENABLE ROW LEVEL SECURITY;
ALTER TABLE sign_up FORCE ROW LEVEL SECURITY;
CREATE POLICY own ON sign_up TO doorstep_app USING (resident_id = nullif(current_setting('app.resident_id', true), '')::uuid);
CREATE POLICY worker ON sign_up TO doorstep_worker USING (true) WITH CHECK (true);

-- The two tables below keep the form from being used against strangers. They hold chance numbers and keyed hashes, of nobody by name.
CREATE TABLE form_use (
  nonce text PRIMARY KEY CHECK (length(nonce) <= 40),
  email_index bytea NOT NULL CHECK (length(email_index) = 16),
  expires_at timestamptz NOT NULL
);
COMMENT ON TABLE form_use IS 'Openings of the form that were sent; each counts once, and is forgotten when its token is too old anyway.';
CREATE INDEX ON form_use (expires_at);
GRANT SELECT, INSERT ON form_use TO doorstep_app;
GRANT SELECT, INSERT, DELETE ON form_use TO doorstep_worker;

CREATE TABLE sign_up_use (
  subject bytea NOT NULL CHECK (length(subject) = 16),
  window_s integer NOT NULL CHECK (window_s > 0),
  window_start timestamptz NOT NULL,
  used integer NOT NULL CHECK (used > 0),
  PRIMARY KEY (subject, window_s)
) WITH (fillfactor = 50);
COMMENT ON TABLE sign_up_use IS 'Sign-ups or letters of the current window; one row for each subject and window, written over.';
COMMENT ON COLUMN sign_up_use.subject IS 'Keyed hash of an address block, a form or a mailbox: no address stands here.';
GRANT SELECT, INSERT, UPDATE ON sign_up_use TO doorstep_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON sign_up_use TO doorstep_worker;

CREATE FUNCTION resident_counts() RETURNS TABLE (region_id uuid, active integer, unconfirmed integer)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
AS $$
  SELECT f.region_id, count(*) FILTER (WHERE r.status = 'active')::integer, count(*) FILTER (WHERE r.status = 'unconfirmed')::integer
  FROM resident AS r JOIN pseudonym AS p ON p.resident_id = r.id JOIN profile AS f ON f.matcher_id = p.matcher_id
  WHERE operator_is_here()
  GROUP BY f.region_id
$$;
COMMENT ON FUNCTION resident_counts() IS 'Residents of each region, for operators; nobody else gets a row.';
REVOKE EXECUTE ON FUNCTION resident_counts() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION resident_counts() TO doorstep_app;
