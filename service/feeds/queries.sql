-- One row for each source of a center; a file is a source that is not fetched again.
-- name: put_feed
INSERT INTO feed (organization_id, id, source, format, home_name, home_lat, home_lon, created_at)
VALUES (:organization_id, :id, :source, :format, :home_name, :home_lat, :home_lon, :now)
ON CONFLICT (organization_id, source) DO UPDATE
SET format = excluded.format, home_name = excluded.home_name, home_lat = excluded.home_lat, home_lon = excluded.home_lon
RETURNING id;

-- name: note_report
UPDATE feed SET report = :report, status = :status, failures = 0 WHERE organization_id = :organization_id AND id = :id;
