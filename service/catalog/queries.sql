-- Everything in here reads rows that the public may see: published, not merged, not called off. Distances stand behind a
-- box of degrees that the planner can use first.

-- name: listed_by_time
SELECT s.id AS session_id, s.starts_at, s.ends_at, s.zone, a.slug, {a.summary}, o.name AS center_name, a.access_yes, d.km
FROM activity AS a
JOIN session AS s ON s.activity_id = a.id
JOIN organization AS o ON o.id = a.organization_id
CROSS JOIN LATERAL (SELECT distance_km(:lat::float8, :lon::float8, a.lat, a.lon) AS km) AS d
WHERE a.status = 'published' AND a.merged_into IS NULL AND s.state = 'scheduled'
  AND s.starts_at >= :begins AND s.starts_at < :ends
  AND a.lat BETWEEN :lat::float8 - :high::float8 AND :lat::float8 + :high::float8
  AND d.km <= :radius_km::float8
  AND (:everything::boolean OR a.topics && :topics::text[] OR (:words::text <> '' AND strpos(lower(a.title), :words::text) > 0))
ORDER BY s.starts_at, d.km, s.id
OFFSET :skip LIMIT :limit;

-- Each activity once, with its next date: nearest first.
-- name: listed_by_distance
SELECT f.session_id, f.starts_at, f.ends_at, f.zone, f.slug, {f.summary}, f.center_name, f.access_yes, f.km
FROM (
  SELECT DISTINCT ON (a.id) s.id AS session_id, s.starts_at, s.ends_at, s.zone, a.slug, {a.summary},
    o.name AS center_name, a.access_yes, d.km
  FROM activity AS a
  JOIN session AS s ON s.activity_id = a.id
  JOIN organization AS o ON o.id = a.organization_id
  CROSS JOIN LATERAL (SELECT distance_km(:lat::float8, :lon::float8, a.lat, a.lon) AS km) AS d
  WHERE a.status = 'published' AND a.merged_into IS NULL AND s.state = 'scheduled'
    AND s.starts_at >= :begins AND s.starts_at < :ends
    AND a.lat BETWEEN :lat::float8 - :high::float8 AND :lat::float8 + :high::float8
    AND d.km <= :radius_km::float8
    AND (:everything::boolean OR a.topics && :topics::text[] OR (:words::text <> '' AND strpos(lower(a.title), :words::text) > 0))
  ORDER BY a.id, s.starts_at
) AS f
ORDER BY f.km, f.starts_at, f.session_id
OFFSET :skip LIMIT :limit;

-- name: shown_near
SELECT a.id, a.slug, a.status, NULL AS merged_into, {a.facts}, o.name AS center_name, o.website AS center_website, d.km
FROM activity AS a
JOIN organization AS o ON o.id = a.organization_id
CROSS JOIN LATERAL (SELECT distance_km(:lat::float8, :lon::float8, a.lat, a.lon) AS km) AS d
WHERE a.status = 'published' AND a.merged_into IS NULL
  AND a.lat BETWEEN :lat::float8 - :high::float8 AND :lat::float8 + :high::float8
  AND d.km <= :radius_km::float8
  AND (:everything::boolean OR a.topics && :topics::text[] OR (:words::text <> '' AND strpos(lower(a.title), :words::text) > 0))
  AND EXISTS (SELECT FROM session AS s WHERE s.activity_id = a.id AND s.state = 'scheduled' AND s.starts_at >= :begins AND s.starts_at < :ends)
ORDER BY d.km, a.id
OFFSET :skip LIMIT :limit;

-- name: shown_by_slug
SELECT a.id, a.slug, a.status, m.slug AS merged_into, {a.facts}, o.name AS center_name, o.website AS center_website
FROM activity AS a
JOIN organization AS o ON o.id = a.organization_id
LEFT JOIN activity AS m ON m.id = a.merged_into
WHERE a.slug = :slug AND a.status <> 'draft';

-- name: slug_of_session
SELECT a.slug FROM session AS s JOIN activity AS a ON a.id = s.activity_id WHERE s.id = :session_id AND a.status <> 'draft';

-- name: day
SELECT s.id, s.activity_id, s.state, s.cancel_reason, s.starts_at, s.ends_at, s.zone FROM session AS s WHERE s.id = :session_id;

-- name: days
SELECT s.id, s.activity_id, s.state, s.cancel_reason, s.starts_at, s.ends_at, s.zone
FROM session AS s
WHERE s.activity_id = ANY (:activity_ids::uuid[]) AND s.state = 'scheduled' AND s.starts_at >= :begins AND s.starts_at < :ends
ORDER BY s.starts_at, s.id;
