-- What a neighborhood lacks, told so that no telling points at anybody: one grid, one look in each quarter, at least eleven people,
-- counts in whole tens, and a cell again only when ten people are new to it.

CREATE TABLE after_match (
  run_id uuid PRIMARY KEY REFERENCES match_run ON DELETE CASCADE,
  done_at timestamptz NOT NULL
);
COMMENT ON TABLE after_match IS 'Runs whose traces (the past of activities, unmet demand) are written.';
GRANT SELECT, INSERT, UPDATE, DELETE ON after_match TO doorstep_worker;

CREATE TABLE demand_look (
  region_id uuid NOT NULL REFERENCES region,
  quarter date NOT NULL CHECK (quarter = date_trunc('quarter', quarter)::date),
  PRIMARY KEY (region_id, quarter)
);
GRANT SELECT, INSERT, UPDATE, DELETE ON demand_look TO doorstep_worker;

CREATE TABLE unmet_demand (
  id uuid PRIMARY KEY DEFAULT uuidv7(),
  region_id uuid NOT NULL REFERENCES region,
  cell integer NOT NULL CHECK (cell >= 0),
  lat double precision NOT NULL CHECK (lat BETWEEN -90 AND 90),
  lon double precision NOT NULL CHECK (lon BETWEEN -180 AND 180),
  topic text NOT NULL,
  band smallint NOT NULL CHECK (band BETWEEN 0 AND 5),
  day smallint NOT NULL CHECK (day BETWEEN -1 AND 6),
  people integer NOT NULL CHECK (people >= 10 AND people % 10 = 0),
  quarter date NOT NULL CHECK (quarter = date_trunc('quarter', quarter)::date),
  UNIQUE (region_id, cell, topic, band)
);
COMMENT ON COLUMN unmet_demand.lat IS 'The middle of the cell of the grid, not a home; likewise lon.';
COMMENT ON COLUMN unmet_demand.day IS 'Of the week, Monday 0, on which most of these people are free; -1: no one day suits enough of them.';
COMMENT ON COLUMN unmet_demand.people IS 'Floored to tens.';
GRANT SELECT ON unmet_demand TO doorstep_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON unmet_demand TO doorstep_worker;

-- Whoever was ever counted in a cell: only to see who is new. Forgetting a person takes them out.
CREATE TABLE demand_contributor (
  demand_id uuid NOT NULL REFERENCES unmet_demand ON DELETE CASCADE,
  matcher_id uuid NOT NULL REFERENCES pseudonym (matcher_id) ON DELETE CASCADE,
  PRIMARY KEY (demand_id, matcher_id)
);
CREATE INDEX ON demand_contributor (matcher_id);
GRANT SELECT, INSERT, UPDATE, DELETE ON demand_contributor TO doorstep_worker;
