-- name: dates_to_pair
-- Dates between the two hours where two newcomers, or one and a host of welcome, were told of nobody yet.
SELECT v.session_id
FROM company_seat AS v
WHERE v.starts_at > :earliest AND v.starts_at <= :latest AND (v.paused_until IS NULL OR v.paused_until <= :now)
  AND NOT EXISTS (
    SELECT FROM companion AS c WHERE c.session_id = v.session_id AND c.resident_id = v.resident_id AND c.starts_at = v.starts_at)
GROUP BY v.session_id
HAVING count(*) FILTER (WHERE v.is_newcomer) >= 2 OR bool_or(v.may_meet_host) AND bool_or(v.is_welcome_host)
ORDER BY v.session_id;

-- name: seats
SELECT v.session_id, v.resident_id, v.starts_at, v.sequence, r.language, r.zone, r.link_epoch, v.may_meet_host, v.is_welcome_host,
       CASE WHEN v.gives_name THEN r.name END AS name
FROM company_seat AS v
JOIN resident AS r ON r.id = v.resident_id
WHERE v.session_id = :session_id AND (v.paused_until IS NULL OR v.paused_until <= :now)
  AND NOT EXISTS (
    SELECT FROM companion AS c WHERE c.session_id = v.session_id AND c.resident_id = v.resident_id AND c.starts_at = v.starts_at)
ORDER BY v.resident_id;

-- name: apart
SELECT a.resident_id AS first, b.resident_id AS second
FROM company_seat AS a
JOIN company_seat AS b ON b.session_id = a.session_id AND b.resident_id > a.resident_id
WHERE a.session_id = :session_id AND keep_apart(a.matcher_id, a.household_id, b.matcher_id, b.household_id);

-- name: put_companion
INSERT INTO companion (session_id, resident_id, starts_at, other_id, sequence, names, letter_id, written_at, welcome_host_id)
VALUES (:session_id, :resident_id, :starts_at, :other_id, :sequence, :names, :letter_id, :now, :welcome_host_id);
