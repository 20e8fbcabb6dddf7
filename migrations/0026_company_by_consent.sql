-- Who would like company on a first visit is in their consents (0022); this column was never written.

ALTER TABLE profile DROP COLUMN company;
