-- One row for each series. A retry with the same reference, or the same event of the same feed, meets the first row;
-- xmax is 0 only on a row that this statement made. Nothing comes back when nothing differs.
-- name: write
INSERT INTO activity AS a (organization_id, id, slug, reference, feed_id, uid, status, title, description, text_language, topics, place_name,
  address, zip, place_key, lat, lon, region_id, zone, starts_at_local, duration_min, rrule, excluded, extra, moved, capacity, minimum,
  age_min, age_max, cost_cents, languages, access_yes, access_no, bring, meeting_point, getting_there, url, created_at, changed_at)
VALUES (:organization_id, :id, :slug, :reference, :feed_id, :uid, 'published', :title, :description, :text_language, :topics, :place_name,
  :address, :zip, :place_key, :lat, :lon, :region_id, :zone, :starts_at_local, :duration_min, :rrule, :excluded, :extra, :moved, :capacity,
  :minimum, :age_min, :age_max, :cost_cents, :languages, :access_yes, :access_no, :bring, :meeting_point, :getting_there, :url, :now, :now)
ON CONFLICT (organization_id, feed_id, uid) DO UPDATE SET
  status = 'published', title = excluded.title, description = excluded.description, topics = excluded.topics,
  place_name = excluded.place_name, address = excluded.address, zip = excluded.zip, place_key = excluded.place_key, lat = excluded.lat,
  lon = excluded.lon, region_id = excluded.region_id, zone = excluded.zone, starts_at_local = excluded.starts_at_local,
  duration_min = excluded.duration_min, rrule = excluded.rrule, excluded = excluded.excluded, extra = excluded.extra,
  moved = excluded.moved, capacity = excluded.capacity, age_min = excluded.age_min, age_max = excluded.age_max,
  cost_cents = excluded.cost_cents, url = excluded.url, sequence = a.sequence + 1, changed_at = excluded.changed_at
WHERE (a.status, a.title, a.description, a.place_key, a.lat, a.lon, a.zone, a.starts_at_local, a.duration_min, a.rrule, a.excluded, a.extra,
       a.moved, a.capacity, a.age_min, a.age_max, a.cost_cents, a.url)
  IS DISTINCT FROM ('published', excluded.title, excluded.description, excluded.place_key, excluded.lat, excluded.lon, excluded.zone,
       excluded.starts_at_local, excluded.duration_min, excluded.rrule, excluded.excluded, excluded.extra, excluded.moved,
       excluded.capacity, excluded.age_min, excluded.age_max, excluded.cost_cents, excluded.url)
RETURNING a.id, (a.xmax = 0) AS added;

-- name: by_reference
SELECT a.organization_id, a.id, a.slug, a.reference, a.status, a.title, a.description, a.topics, a.place_name, a.address, a.zip, a.lat, a.lon,
       a.zone, a.starts_at_local, a.duration_min, a.rrule, a.excluded, a.extra, a.moved, a.capacity, a.minimum, a.age_min, a.age_max,
       a.cost_cents, a.languages, a.access_yes, a.access_no, a.bring, a.meeting_point, a.getting_there, a.url, a.sequence
FROM activity AS a WHERE a.organization_id = :organization_id AND a.reference = :reference;

-- name: by_id
SELECT a.organization_id, a.id, a.slug, a.reference, a.status, a.title, a.description, a.topics, a.place_name, a.address, a.zip, a.lat, a.lon,
       a.zone, a.starts_at_local, a.duration_min, a.rrule, a.excluded, a.extra, a.moved, a.capacity, a.minimum, a.age_min, a.age_max,
       a.cost_cents, a.languages, a.access_yes, a.access_no, a.bring, a.meeting_point, a.getting_there, a.url, a.sequence
FROM activity AS a WHERE a.id = :id;

-- The same event told by another source: same title, place and first date.
-- name: told_elsewhere
SELECT a.id FROM activity AS a
JOIN session AS s ON s.activity_id = a.id
WHERE lower(a.title) = lower(:title) AND a.place_key = :place_key AND s.starts_at = :starts_at AND s.state = 'scheduled'
  AND a.status = 'published' AND (a.feed_id, a.uid) IS DISTINCT FROM (:feed_id, :uid)
LIMIT 1;

-- Dates keep their identity by the wall time the rule gave them.
-- name: write_sessions
INSERT INTO session AS s (organization_id, activity_id, original_local, starts_at_local, zone, starts_at, ends_at, changed_at)
SELECT :organization_id, :activity_id, t.original_local, t.starts_at_local, :zone, t.starts_at, t.ends_at, :now
FROM unnest(:originals::timestamp[], :locals::timestamp[], :starts::timestamptz[], :ends::timestamptz[])
  AS t (original_local, starts_at_local, starts_at, ends_at)
ON CONFLICT (activity_id, original_local) DO UPDATE SET starts_at_local = excluded.starts_at_local, starts_at = excluded.starts_at,
  ends_at = excluded.ends_at, state = 'scheduled', sequence = s.sequence + 1, changed_at = excluded.changed_at
WHERE (s.starts_at, s.ends_at, s.state) IS DISTINCT FROM (excluded.starts_at, excluded.ends_at, 'scheduled');

-- name: write_seats
INSERT INTO seats (session_id, capacity)
SELECT s.id, a.capacity FROM session AS s JOIN activity AS a ON a.id = s.activity_id
WHERE s.activity_id = :activity_id
ON CONFLICT (session_id) DO NOTHING;

-- A date that the series no longer gives is cancelled, never deleted: somebody may hold a seat.
-- name: cancel_other_sessions
UPDATE session SET state = 'cancelled', sequence = sequence + 1, changed_at = :now
WHERE activity_id = :activity_id AND state = 'scheduled' AND starts_at > :now AND NOT (original_local = ANY (:originals::timestamp[]));

-- name: cancel
UPDATE activity SET status = 'cancelled', sequence = sequence + 1, changed_at = :now
WHERE organization_id = :organization_id AND feed_id = :feed_id AND uid = :uid AND status <> 'cancelled'
RETURNING id;
