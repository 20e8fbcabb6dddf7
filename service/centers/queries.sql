-- Each query names its center: a signed-in center sees the published rows of every other one too.

-- name: coming
SELECT s.id, s.activity_id, s.state, s.cancel_reason, s.undo_until, s.original_local, s.starts_at, s.ends_at, s.zone, a.title, a.status, e.capacity,
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

-- name: fullness
SELECT count(*)::integer AS dates, coalesce(sum(e.capacity), 0)::integer AS seats, coalesce(sum(e.taken), 0)::integer AS taken
FROM session AS s JOIN seats AS e ON e.session_id = s.id JOIN activity AS a ON a.id = s.activity_id
WHERE s.organization_id = :organization_id AND s.state = 'scheduled' AND a.merged_into IS NULL AND e.capacity IS NOT NULL
  AND s.starts_at >= :begins AND s.starts_at < :ends;

-- name: own_date
SELECT s.id, s.activity_id, s.state, s.cancel_reason, s.undo_until, s.original_local, s.starts_at, s.ends_at, s.zone, a.title, a.status, e.capacity,
  coalesce(e.taken, 0) AS taken,
  (SELECT count(*) FROM registration AS w WHERE w.session_id = s.id AND w.state = 'waiting') AS waiting
FROM session AS s
JOIN activity AS a ON a.id = s.activity_id
LEFT JOIN seats AS e ON e.session_id = s.id
WHERE s.organization_id = :organization_id AND s.id = :session_id;

-- name: called_off
SELECT s.id, s.activity_id, s.state, s.cancel_reason, s.undo_until, s.original_local, s.starts_at, s.ends_at, s.zone, a.title, a.status, e.capacity,
  coalesce(e.taken, 0) AS taken,
  (SELECT count(*) FROM registration AS w WHERE w.session_id = s.id AND w.state = 'waiting') AS waiting
FROM session AS s
JOIN activity AS a ON a.id = s.activity_id
LEFT JOIN seats AS e ON e.session_id = s.id
WHERE s.organization_id = :organization_id AND s.activity_id = :activity_id AND s.state = 'cancelled' AND s.starts_at > :now
ORDER BY s.starts_at, s.id;

-- Everybody whom a call-off is told to.
-- name: people
SELECT count(DISTINCT r.resident_id) FROM registration AS r
WHERE r.organization_id = :organization_id AND r.session_id = ANY (:session_ids::uuid[]) AND r.state IN ('waiting', 'offered', 'confirmed');

-- name: guests
-- Everybody with a seat that was said yes to. New: no earlier date of this activity was said yes to or come to.
SELECT r.session_id, r.handle, r.state, r.party, NOT EXISTS (
    SELECT FROM registration AS b JOIN session AS t ON t.id = b.session_id
    WHERE b.resident_id = r.resident_id AND t.activity_id = s.activity_id AND t.starts_at < s.starts_at
      AND b.state IN ('confirmed', 'attended')) AS is_new
FROM registration AS r JOIN session AS s ON s.id = r.session_id
WHERE r.organization_id = :organization_id AND r.session_id = ANY (:session_ids::uuid[])
  AND r.state IN ('confirmed', 'attended', 'missed')
ORDER BY r.created_at, r.handle;

-- name: waiting
-- In the order in which free seats are offered: `waiting` in service/registrations/queries.sql.
SELECT handle, party, put_first_reason FROM registration
WHERE organization_id = :organization_id AND session_id = :session_id AND state = 'waiting'
ORDER BY put_first_at, waiting_since, resident_id;

-- name: names
SELECT handle, resident_id, name FROM roster_names(:session_id);

-- name: waiting_names
SELECT handle, resident_id, name FROM waiting_names(:session_id);

-- name: needs
SELECT need, people FROM roster_needs(:session_id) ORDER BY need;

-- name: host_link
-- By an id that was presented: whoever opens the link belongs to no center.
SELECT h.id, h.session_id, h.organization_id FROM host_link AS h JOIN organization AS o ON o.id = h.organization_id
WHERE h.id = :id AND o.closed_at IS NULL;

-- name: host_link_id
SELECT id FROM host_link WHERE organization_id = :organization_id AND session_id = :session_id;

-- name: ensure_host_link
-- The one that is there stays: two who make it at once get the same.
INSERT INTO host_link (session_id, organization_id, made_at) VALUES (:session_id, :organization_id, :now)
ON CONFLICT (session_id) DO UPDATE SET session_id = excluded.session_id
RETURNING id;

-- name: withdraw_host_link
DELETE FROM host_link WHERE organization_id = :organization_id AND session_id = :session_id;

-- name: date_by_code
-- The last eight hex digits of an id are drawn by chance; among a center's dates of some weeks they name one.
SELECT id FROM session WHERE organization_id = :organization_id AND right(id::text, 8) = :code AND starts_at > :since
ORDER BY starts_at DESC LIMIT 1;
