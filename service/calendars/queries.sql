-- name: feed_id
SELECT id FROM calendar_feed WHERE resident_id = :resident_id;

-- name: make
-- Once more: another id, so the address before it is worthless.
INSERT INTO calendar_feed (resident_id, made_at) VALUES (:resident_id, :now)
ON CONFLICT (resident_id) DO UPDATE SET id = gen_random_uuid(), made_at = excluded.made_at
RETURNING id;

-- name: switch_off
DELETE FROM calendar_feed WHERE resident_id = :resident_id;

-- name: seats
-- Of the last weeks and of all that come. A date that was called off, or given back, stays until it is over: programs that keep what
-- they once read then see that it is off.
SELECT s.id, s.organization_id, s.activity_id, s.state, s.cancel_reason, s.sequence, s.starts_at, s.ends_at, s.zone, {a.summary}, a.description, a.topics,
       o.name AS center_name, g.state AS seat, g.sequence AS seat_sequence
FROM registration AS g
JOIN session AS s ON s.id = g.session_id
JOIN activity AS a ON a.id = s.activity_id
JOIN organization AS o ON o.id = s.organization_id
WHERE g.resident_id = :resident_id AND s.ends_at > :since
  AND (g.state IN ('confirmed', 'attended', 'missed')
       OR (s.ends_at > :now AND EXISTS (SELECT FROM registration_change AS c
           WHERE c.session_id = g.session_id AND c.resident_id = g.resident_id AND c.state = 'confirmed')))
ORDER BY s.starts_at, s.id LIMIT :most;
