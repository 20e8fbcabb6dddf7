-- name: all_regions
SELECT id, slug, name, zone, lat, lon FROM region ORDER BY slug;

-- name: region_by_slug
SELECT id, slug, name, zone, lat, lon FROM region WHERE slug = :slug;

-- name: insert_region
-- No row comes back when the slug is taken; the caller looks who has it.
INSERT INTO region (slug, name, zone, lat, lon)
VALUES (:slug, :name, :zone, :lat, :lon)
ON CONFLICT (slug) DO NOTHING
RETURNING id, slug, name, zone, lat, lon;

-- name: hold_towns
-- Two towns that open at once near each other would not see each other; this makes one of them wait.
SELECT pg_advisory_xact_lock(hashtext('towns'));

-- name: redraw_town
-- The name always; where it lies only while nobody but the operator is there.
UPDATE region AS r
SET name = :name, slug = :slug,
    lat = CASE WHEN settled.already THEN r.lat ELSE :lat END, lon = CASE WHEN settled.already THEN r.lon ELSE :lon END,
    zone = CASE WHEN settled.already THEN r.zone ELSE :zone END
FROM (SELECT EXISTS (SELECT FROM organization AS o WHERE o.region_id = :region_id AND o.id <> :operator_id) AS already) AS settled
WHERE r.id = :region_id AND NOT EXISTS (SELECT FROM region AS other WHERE other.slug = :slug AND other.id <> :region_id);
