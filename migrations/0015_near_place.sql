-- Calendars of strangers often name no place that a map knows; then the town they belong to stands in, and nobody may be told a distance.

ALTER TABLE activity ADD COLUMN near_place text NOT NULL DEFAULT '';
COMMENT ON COLUMN activity.near_place IS 'The town whose point stands in for a place that no map knows; empty: the point is the place''s own.';
