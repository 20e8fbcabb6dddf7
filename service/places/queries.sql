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
