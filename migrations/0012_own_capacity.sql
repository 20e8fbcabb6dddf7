-- A date whose seats were set by hand keeps its number; the others follow their activity's.

ALTER TABLE seats ADD COLUMN own_capacity boolean NOT NULL DEFAULT false;
COMMENT ON COLUMN seats.own_capacity IS 'The center set the capacity of this one date; making dates ready leaves it alone.';
