-- Each query names its center: a signed-in center sees the published rows of every other one too.

-- name: coming
SELECT s.id, s.activity_id, s.state, s.original_local, s.starts_at, s.ends_at, s.zone, a.title, a.status, e.capacity,
  coalesce(e.taken, 0) AS taken,
  (SELECT count(*) FROM registration AS w WHERE w.session_id = s.id AND w.state = 'waiting') AS waiting
FROM session AS s
JOIN activity AS a ON a.id = s.activity_id
LEFT JOIN seats AS e ON e.session_id = s.id
WHERE s.organization_id = :organization_id AND s.state = 'scheduled' AND a.status <> 'cancelled' AND a.merged_into IS NULL
  AND s.starts_at >= :begins AND s.starts_at < :ends
  AND (:activity_id::uuid IS NULL OR s.activity_id = :activity_id::uuid)
ORDER BY s.starts_at, s.id
LIMIT :limit;

-- name: own_date
SELECT s.id, s.activity_id, s.state, s.original_local, s.starts_at, s.ends_at, s.zone, a.title, a.status, e.capacity,
  coalesce(e.taken, 0) AS taken,
  (SELECT count(*) FROM registration AS w WHERE w.session_id = s.id AND w.state = 'waiting') AS waiting
FROM session AS s
JOIN activity AS a ON a.id = s.activity_id
LEFT JOIN seats AS e ON e.session_id = s.id
WHERE s.organization_id = :organization_id AND s.id = :session_id;

-- Everybody whom a call-off is told to.
-- name: people
SELECT count(DISTINCT r.resident_id) FROM registration AS r
WHERE r.organization_id = :organization_id AND r.session_id = ANY (:session_ids::uuid[]) AND r.state IN ('waiting', 'offered', 'confirmed');
