-- How often a person wants to be written to; they say so on the page behind their own link.

ALTER TABLE resident ADD COLUMN every_weeks smallint NOT NULL DEFAULT 1 CHECK (every_weeks IN (1, 2, 4));
COMMENT ON COLUMN resident.every_weeks IS 'The weekly letter comes every week, every other week, or every four weeks.';
