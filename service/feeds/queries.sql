-- One row for each source of a center; a file is a source that is not fetched again.
-- name: put_feed
INSERT INTO feed (organization_id, id, source, format, home_name, home_lat, home_lon, created_at)
VALUES (:organization_id, :id, :source, :format, :home_name, :home_lat, :home_lon, :now)
ON CONFLICT (organization_id, source) DO UPDATE
SET format = excluded.format, home_name = excluded.home_name, home_lat = excluded.home_lat, home_lon = excluded.home_lon
RETURNING id;

-- name: note_report
UPDATE feed SET report = :report, status = :status, failures = 0 WHERE organization_id = :organization_id AND id = :id;

-- One due feed for one worker; whoever dies in the middle leaves it due again in six hours.
-- name: claim_due
UPDATE feed SET next_fetch_at = :again_at
WHERE id = (SELECT f.id FROM feed AS f WHERE f.status = 'active' AND f.next_fetch_at <= :now
              AND EXISTS (SELECT FROM organization AS o WHERE o.id = f.organization_id AND o.closed_at IS NULL)
            ORDER BY f.next_fetch_at, f.id LIMIT 1 FOR UPDATE SKIP LOCKED)
RETURNING organization_id, id, source, format, home_name, home_lat, home_lon, etag, last_modified, failures, status, next_fetch_at;

-- name: feeds_of
SELECT organization_id, id, source, format, home_name, home_lat, home_lon, etag, last_modified, failures, status, next_fetch_at
FROM feed WHERE organization_id = :organization_id ORDER BY id;

-- name: note_fetched
UPDATE feed SET etag = :etag, last_modified = :last_modified, failures = 0, next_fetch_at = :next_fetch_at
WHERE organization_id = :organization_id AND id = :id;

-- After five failures in a row a person must look.
-- name: note_failure
UPDATE feed SET failures = failures + 1, next_fetch_at = :next_fetch_at, report = :report,
  status = CASE WHEN failures + 1 >= 5 THEN 'paused' ELSE status END
WHERE organization_id = :organization_id AND id = :id
RETURNING status;
