-- name: forget_ended
-- Nobody could be invited to it anyway; what is published anew begins anew.
DELETE FROM activity_silence AS q
WHERE NOT EXISTS (
  SELECT FROM activity AS a JOIN session AS s ON s.activity_id = a.id
  WHERE a.id = q.activity_id AND a.status = 'published' AND a.merged_into IS NULL AND s.state = 'scheduled' AND s.starts_at > :now);

-- name: bring_back
UPDATE activity_silence AS q SET warned_at = NULL, leaves_at = NULL, left_at = NULL
WHERE q.warned_at IS NOT NULL AND heard_of(q.activity_id, q.warned_at);

-- name: leave
-- A press of the center at the same moment clears leaves_at, and whoever comes second sees it: the row is locked by the first.
UPDATE activity_silence AS q SET left_at = :now WHERE q.left_at IS NULL AND q.leaves_at <= :now;

-- name: silent
-- Only what has dates to come, took place often enough since then, and was offered often enough by letters that were sent.
SELECT a.id, a.organization_id, a.title, o.name AS center_name, o.zone
FROM activity AS a JOIN organization AS o ON o.id = a.organization_id
WHERE a.status = 'published' AND a.merged_into IS NULL AND o.closed_at IS NULL
  AND NOT EXISTS (SELECT FROM activity_silence AS q WHERE q.activity_id = a.id AND q.warned_at IS NOT NULL)
  AND EXISTS (SELECT FROM session AS s WHERE s.activity_id = a.id AND s.state = 'scheduled' AND s.starts_at > :now)
  AND NOT heard_of(a.id, :since)
  AND :least_dates <= (
    SELECT count(*) FROM session AS s
    WHERE s.activity_id = a.id AND s.state = 'scheduled' AND s.starts_at >= :since AND s.ends_at <= :now)
  AND :least_invitations <= (
    SELECT count(*) FROM session AS s
    JOIN match AS m ON m.session_id = s.id
    JOIN pseudonym AS n ON n.matcher_id = m.matcher_id
    JOIN digest AS d ON d.resident_id = n.resident_id AND d.run_id = m.run_id
    JOIN letter AS l ON l.id = d.letter_id
    WHERE s.activity_id = a.id AND s.state = 'scheduled' AND s.ends_at <= :now AND l.state = 'sent' AND l.sent_at >= :since)
ORDER BY a.organization_id, a.title, a.id;

-- name: warn
-- Whoever comes second gets no row.
INSERT INTO activity_silence (activity_id, organization_id, warned_at, leaves_at)
SELECT a.id, a.organization_id, :now, :leaves_at FROM activity AS a
WHERE a.organization_id = :organization_id AND a.id = ANY (:activity_ids::uuid[])
ON CONFLICT (activity_id) DO UPDATE SET warned_at = excluded.warned_at, leaves_at = excluded.leaves_at
WHERE activity_silence.warned_at IS NULL
RETURNING activity_id;

-- name: keep
UPDATE activity_silence AS q SET kept_at = :now, warned_at = NULL, leaves_at = NULL, left_at = NULL
WHERE q.organization_id = :organization_id AND q.activity_id = ANY (:activity_ids::uuid[]) AND q.warned_at IS NOT NULL;

-- name: silences_of
-- On behalf of the center.
SELECT q.activity_id, a.title, q.leaves_at, q.left_at
FROM activity_silence AS q JOIN activity AS a ON a.id = q.activity_id
WHERE q.organization_id = :organization_id AND q.warned_at IS NOT NULL AND a.status = 'published'
ORDER BY a.title, a.id;

-- name: counts
SELECT c.warned, c.gone FROM silence_counts() AS c;
