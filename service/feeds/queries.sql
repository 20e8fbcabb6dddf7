-- A file that is imported again is the same feed.
-- name: write_feed
INSERT INTO feed AS f (organization_id, id, source, format, home_name, home_lat, home_lon, created_at)
VALUES (:organization_id, :id, :source, :format, :home_name, :home_lat, :home_lon, :now)
ON CONFLICT (organization_id, source) DO UPDATE SET format = excluded.format, home_name = excluded.home_name,
  home_lat = excluded.home_lat, home_lon = excluded.home_lon
RETURNING f.id;

-- name: keep_report
UPDATE feed SET report = :report WHERE organization_id = :organization_id AND id = :id;
