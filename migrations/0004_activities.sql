-- Activities (series), and the calendars we read them from.

CREATE TABLE feed (
  organization_id uuid NOT NULL REFERENCES organization,
  id uuid NOT NULL DEFAULT uuidv7() UNIQUE,
  source text NOT NULL CHECK (length(source) <= 2000),
  format text NOT NULL CHECK (format IN ('ics', 'csv', 'rpde', 'jsonld')),
  home_name text,
  home_lat double precision,
  home_lon double precision,
  etag text,
  last_modified text,
  next_fetch_at timestamptz,
  failures smallint NOT NULL DEFAULT 0 CHECK (failures >= 0),
  status text NOT NULL DEFAULT 'active' CHECK (status IN ('active', 'paused', 'quarantined')),
  report jsonb,
  created_at timestamptz NOT NULL,
  PRIMARY KEY (organization_id, id),
  UNIQUE (organization_id, source)
);
COMMENT ON COLUMN feed.source IS 'URL that is fetched again, or the name of a file that was imported once (next_fetch_at is then NULL).';
CREATE INDEX ON feed (next_fetch_at) WHERE status = 'active' AND next_fetch_at IS NOT NULL;
GRANT SELECT, INSERT, UPDATE, DELETE ON feed TO doorstep_app, doorstep_worker;

ALTER TABLE feed ENABLE ROW LEVEL SECURITY;
ALTER TABLE feed FORCE ROW LEVEL SECURITY;
CREATE POLICY own ON feed TO doorstep_app
  USING (organization_id = nullif(current_setting('app.organization_id', true), '')::uuid);
CREATE POLICY worker ON feed TO doorstep_worker USING (true) WITH CHECK (true);

CREATE TABLE activity (
  organization_id uuid NOT NULL REFERENCES organization,
  id uuid NOT NULL DEFAULT uuidv7() UNIQUE,
  slug text NOT NULL UNIQUE CHECK (slug ~ '^[a-z0-9]+(-[a-z0-9]+)*$' AND length(slug) <= 90),
  reference text CHECK (length(reference) BETWEEN 1 AND 200),
  feed_id uuid,
  uid text CHECK (length(uid) BETWEEN 1 AND 1000),
  merged_into uuid REFERENCES activity (id),
  status text NOT NULL CHECK (status IN ('draft', 'published', 'cancelled')),
  title text NOT NULL CHECK (length(title) BETWEEN 1 AND 200),
  description text NOT NULL DEFAULT '' CHECK (length(description) <= 10000),
  text_language text NOT NULL DEFAULT 'en',
  topics text[] NOT NULL DEFAULT '{}',
  place_name text NOT NULL DEFAULT '' CHECK (length(place_name) <= 300),
  address text NOT NULL DEFAULT '' CHECK (length(address) <= 500),
  zip text,
  place_key text NOT NULL,
  near_place text NOT NULL DEFAULT '',
  lat double precision NOT NULL CHECK (lat BETWEEN -90 AND 90),
  lon double precision NOT NULL CHECK (lon BETWEEN -180 AND 180),
  region_id uuid NOT NULL REFERENCES region,
  zone text NOT NULL,
  starts_at_local timestamp NOT NULL,
  duration_min integer NOT NULL CHECK (duration_min BETWEEN 5 AND 1440),
  rrule text CHECK (length(rrule) <= 300),
  excluded timestamp[] NOT NULL DEFAULT '{}',
  extra timestamp[] NOT NULL DEFAULT '{}',
  moved jsonb NOT NULL DEFAULT '[]',
  capacity integer CHECK (capacity BETWEEN 1 AND 100000),
  minimum integer CHECK (minimum BETWEEN 1 AND 100000),
  age_min smallint CHECK (age_min BETWEEN 0 AND 130),
  age_max smallint CHECK (age_max BETWEEN 0 AND 130),
  cost_cents integer CHECK (cost_cents BETWEEN 0 AND 1000000),
  currency text NOT NULL DEFAULT 'USD' CHECK (currency ~ '^[A-Z]{3}$'),
  languages text[] NOT NULL DEFAULT '{}',
  access_yes integer NOT NULL DEFAULT 0 CHECK (access_yes >= 0),
  access_no integer NOT NULL DEFAULT 0 CHECK (access_no >= 0),
  bring text NOT NULL DEFAULT '' CHECK (length(bring) <= 500),
  meeting_point text NOT NULL DEFAULT '' CHECK (length(meeting_point) <= 500),
  getting_there text NOT NULL DEFAULT '' CHECK (length(getting_there) <= 500),
  url text CHECK (length(url) <= 2000),
  sequence integer NOT NULL DEFAULT 0 CHECK (sequence >= 0),
  created_at timestamptz NOT NULL,
  changed_at timestamptz NOT NULL,
  PRIMARY KEY (organization_id, id),
  FOREIGN KEY (organization_id, feed_id) REFERENCES feed,
  UNIQUE (organization_id, reference),
  UNIQUE (organization_id, feed_id, uid),
  CHECK (age_min <= age_max),
  CHECK (minimum <= capacity),
  CHECK (access_yes & access_no = 0),
  CHECK ((feed_id IS NULL) = (uid IS NULL))
);
COMMENT ON COLUMN activity.place_key IS 'Place name or address, folded, so that one event told by two feeds is seen as one.';
COMMENT ON COLUMN activity.near_place IS 'The town whose point stands in for a place that no map knows; empty: the point is the place''s own.';
COMMENT ON COLUMN activity.cost_cents IS 'NULL: not said, which is never taken for free.';
COMMENT ON COLUMN activity.access_yes IS 'One bit for each need that was answered yes; access_no likewise; neither: not said, and the center is asked.';
CREATE INDEX ON activity (region_id) WHERE status = 'published';
CREATE INDEX ON activity (lower(title), place_key);
CREATE INDEX ON activity (merged_into) WHERE merged_into IS NOT NULL;
GRANT SELECT, INSERT, UPDATE, DELETE ON activity TO doorstep_app, doorstep_worker;

-- What is published is for everyone to read; only its center writes.
ALTER TABLE activity ENABLE ROW LEVEL SECURITY;
ALTER TABLE activity FORCE ROW LEVEL SECURITY;
CREATE POLICY shown ON activity FOR SELECT TO doorstep_app USING (status <> 'draft');
CREATE POLICY own ON activity TO doorstep_app
  USING (organization_id = nullif(current_setting('app.organization_id', true), '')::uuid);
CREATE POLICY worker ON activity TO doorstep_worker USING (true) WITH CHECK (true);

-- The last guard against a post that was under way while its center closed. It runs after the foreign key has waited for the row.
CREATE FUNCTION refuse_of_closed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (SELECT FROM organization AS o WHERE o.id = NEW.organization_id AND o.closed_at IS NOT NULL) THEN
    RAISE check_violation USING MESSAGE = 'the organization is closed', CONSTRAINT = 'activity_of_open_organization';
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER activity_of_open_organization AFTER INSERT OR UPDATE OF status, organization_id ON activity
  FOR EACH ROW WHEN (NEW.status = 'published') EXECUTE FUNCTION refuse_of_closed();
