-- name: activities_of_feed
SELECT {activity} FROM activity WHERE organization_id = :organization_id AND feed_id = :feed_id;

-- name: activity_by_id
SELECT {activity} FROM activity WHERE id = :id;

-- name: activity_by_slug
SELECT {activity} FROM activity WHERE slug = :slug;

-- name: activity_by_reference
SELECT {activity} FROM activity WHERE organization_id = :organization_id AND reference = :reference;

-- name: activities_of_center
SELECT {activity} FROM activity WHERE organization_id = :organization_id AND merged_into IS NULL AND id > :after ORDER BY id LIMIT :limit;

-- Activities whose sessions may have to be made further ahead.
-- name: published_series
SELECT {activity} FROM activity WHERE status = 'published' AND merged_into IS NULL AND (rrule IS NOT NULL OR extra <> '{}' OR moved <> '[]' OR starts_at_local > :since)
  AND id > :after ORDER BY id LIMIT :limit;

-- A retry with the same reference writes nothing, and the first one is returned by its reference.
-- name: insert_activity
INSERT INTO activity ({activity}) VALUES ({:activity})
ON CONFLICT (organization_id, reference) DO NOTHING;

-- The sequence counts what calendars of residents must be told.
-- name: update_activity
UPDATE activity
SET ({facts}) = ROW({:facts}), merged_into = :merged_into, status = :status, sequence = sequence + 1, changed_at = :changed_at
WHERE organization_id = :organization_id AND id = :id AND sequence = :sequence;

-- The same event told elsewhere: same words, same place, a session at the same moment.
-- name: twins_elsewhere
SELECT a.id, lower(a.title) AS title, a.place_key, s.starts_at
FROM activity AS a
JOIN session AS s ON s.activity_id = a.id
WHERE a.status = 'published' AND a.merged_into IS NULL AND a.feed_id IS DISTINCT FROM :feed_id AND lower(a.title) = ANY (:titles::text[])
  AND s.state = 'scheduled' AND s.starts_at >= :now
ORDER BY a.id;

-- name: coming_of_organization
-- In the order in which every closing takes the locks of their seats.
SELECT s.id FROM session AS s JOIN activity AS a ON a.id = s.activity_id
WHERE s.organization_id = :organization_id AND a.status = 'published' AND s.state = 'scheduled' AND s.starts_at > :now
ORDER BY s.id;

-- name: call_off_all
UPDATE activity SET status = 'cancelled', sequence = sequence + 1, changed_at = :now
WHERE organization_id = :organization_id AND status = 'published';
