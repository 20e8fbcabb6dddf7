-- One run a week, and one more on each later evening on which somebody still waits for a first match of that week.

ALTER TABLE match_run ADD COLUMN evening smallint NOT NULL DEFAULT 0 CHECK (evening BETWEEN 0 AND 6);
COMMENT ON COLUMN match_run.evening IS 'Days after Monday: 0 is the week''s run for everybody; later ones are for who has no match of it yet.';
ALTER TABLE match_run DROP CONSTRAINT match_run_region_id_week_key;
ALTER TABLE match_run ADD CONSTRAINT match_run_region_id_week_evening_key UNIQUE (region_id, week, evening);
GRANT SELECT (evening) ON match_run TO doorstep_app;

-- Who may get a weekly letter at all: confirmed, not stopped, and with a living consent.
CREATE VIEW letter_reader WITH (security_invoker = true) AS
SELECT r.id AS resident_id, n.matcher_id, r.every_weeks, r.paused_until
FROM resident AS r
JOIN pseudonym AS n ON n.resident_id = r.id
WHERE r.status = 'active'
  AND EXISTS (SELECT FROM consent AS c WHERE c.resident_id = r.id AND c.purpose = 'digest' AND c.withdrawn_at IS NULL);
GRANT SELECT ON letter_reader TO doorstep_worker;
