-- name: insert_organization
INSERT INTO organization (id, kind, slug, name, region_id, postal_address, zip, lat, lon, zone, website, created_at)
VALUES (:id, :kind, :slug, :name, :region_id, :postal_address, :zip, :lat, :lon, :zone, :website, :now)
ON CONFLICT (slug) DO NOTHING;

-- name: by_slug
SELECT id, kind, slug, name, region_id, postal_address, zip, lat, lon, zone, website, attend_factor, created_at, closed_at
FROM organization WHERE slug = :slug;

-- name: by_id
SELECT id, kind, slug, name, region_id, postal_address, zip, lat, lon, zone, website, attend_factor, created_at, closed_at
FROM organization WHERE id = :id;

-- name: listed
SELECT o.slug, o.kind, o.name, r.slug AS town, o.zip, o.postal_address, o.website, o.zone, o.created_at, o.closed_at
FROM organization AS o JOIN region AS r ON r.id = o.region_id
WHERE :kind::text IS NULL OR o.kind = :kind::text
ORDER BY r.slug, o.kind, o.slug;

-- name: update_organization
UPDATE organization SET name = :name, postal_address = :postal_address, website = :website, region_id = :region_id, zip = :zip, lat = :lat,
  lon = :lon, zone = :zone
WHERE id = :id;

-- name: lock_organization
-- A post that is under way holds the row by its foreign key: closing waits for it, and sees what it wrote.
SELECT o.closed_at FROM organization AS o WHERE o.id = :id FOR UPDATE;

-- name: close_organization
UPDATE organization SET closed_at = :now WHERE id = :id AND closed_at IS NULL;

-- name: reopen_organization
UPDATE organization SET closed_at = NULL WHERE id = :id AND closed_at IS NOT NULL;

-- name: put_staff
-- Inviting somebody again changes the role and brings back who had left; the row, and so the sealed address, stays.
INSERT INTO staff (organization_id, id, email, email_index, role, created_at)
VALUES (:organization_id, :id, :email, :email_index, :role, :now)
ON CONFLICT (organization_id, email_index) DO UPDATE SET role = excluded.role, removed_at = NULL
RETURNING id;

-- name: staff_by_address
-- Nobody works at a place that is closed.
SELECT s.id, s.organization_id, o.kind AS organization_kind, o.slug AS organization_slug, o.name AS organization_name, s.role, s.email_index
FROM staff AS s JOIN organization AS o ON o.id = s.organization_id
WHERE s.email_index = ANY(:email_indexes) AND s.removed_at IS NULL AND o.closed_at IS NULL
ORDER BY s.created_at, s.id;

-- name: staff_by_id
SELECT s.id, s.organization_id, o.kind AS organization_kind, o.slug AS organization_slug, o.name AS organization_name, s.role, s.email_index
FROM staff AS s JOIN organization AS o ON o.id = s.organization_id
WHERE s.organization_id = :organization_id AND s.id = :staff_id AND s.removed_at IS NULL AND o.closed_at IS NULL;

-- name: colleagues
SELECT s.id, s.role, s.email, s.created_at
FROM staff AS s WHERE s.organization_id = :organization_id AND s.removed_at IS NULL
ORDER BY s.created_at, s.id;

-- name: remove_staff
-- The last owner stays, and the last operator: a place that nobody can open again helps no one.
UPDATE staff AS s SET removed_at = :now
WHERE s.organization_id = :organization_id AND s.id = :staff_id AND s.removed_at IS NULL
  AND (s.role NOT IN ('owner', 'operator')
       OR EXISTS (SELECT FROM staff AS o WHERE o.organization_id = s.organization_id AND o.id <> s.id
                   AND o.role = s.role AND o.removed_at IS NULL));

-- name: lock_owners
SELECT s.id FROM staff AS s WHERE s.organization_id = :organization_id AND s.role IN ('owner', 'operator') AND s.removed_at IS NULL FOR UPDATE;

-- name: insert_sign_in
INSERT INTO sign_in (secret_hash, organization_id, staff_id, created_at, expires_at)
VALUES (:secret_hash, :organization_id, :staff_id, :now, :expires_at);

-- name: sign_in_by_secret
SELECT organization_id, staff_id, expires_at, used_at FROM sign_in WHERE secret_hash = :secret_hash;

-- name: sign_ins_since
SELECT count(*) FROM sign_in WHERE organization_id = :organization_id AND staff_id = :staff_id AND created_at > :since;

-- name: use_sign_in
-- One statement: of two presses at once, one finds the link unused.
UPDATE sign_in SET used_at = :now
WHERE secret_hash = :secret_hash AND used_at IS NULL AND expires_at > :now;

-- name: insert_session
INSERT INTO staff_session (secret_hash, organization_id, staff_id, created_at, expires_at)
VALUES (:secret_hash, :organization_id, :staff_id, :now, :expires_at);

-- name: staff_by_session
SELECT s.organization_id, s.staff_id FROM staff_session AS s WHERE s.secret_hash = :secret_hash AND s.expires_at > :now;

-- name: delete_session
DELETE FROM staff_session WHERE secret_hash = :secret_hash;

-- name: delete_sessions_of
DELETE FROM staff_session WHERE organization_id = :organization_id AND staff_id = :staff_id;

-- name: insert_key
INSERT INTO api_key (id, organization_id, secret_hash, scopes, created_at, expires_at)
VALUES (:id, :organization_id, :secret_hash, :scopes, :now, :expires_at);

-- name: key_by_secret
SELECT k.id, k.organization_id, o.kind AS organization_kind, o.slug AS organization_slug, k.scopes,
       k.created_at, k.expires_at, k.last_used_at, k.revoked_at, k.replaced_by
FROM api_key AS k JOIN organization AS o ON o.id = k.organization_id
WHERE k.id = :id AND k.secret_hash = :secret_hash AND o.closed_at IS NULL;

-- name: keys_of
SELECT k.id, k.organization_id, o.kind AS organization_kind, o.slug AS organization_slug, k.scopes,
       k.created_at, k.expires_at, k.last_used_at, k.revoked_at, k.replaced_by
FROM api_key AS k JOIN organization AS o ON o.id = k.organization_id
WHERE k.organization_id = :organization_id
ORDER BY k.created_at DESC, k.id;

-- name: note_use
-- At most once a minute: a busy key must not write a row for each request.
UPDATE api_key SET last_used_at = :now
WHERE id = :id AND (last_used_at IS NULL OR last_used_at < CAST(:now AS timestamptz) - interval '1 minute');

-- name: key_by_id
SELECT k.id, k.organization_id, o.kind AS organization_kind, o.slug AS organization_slug, k.scopes,
       k.created_at, k.expires_at, k.last_used_at, k.revoked_at, k.replaced_by
FROM api_key AS k JOIN organization AS o ON o.id = k.organization_id
WHERE k.id = :id;

-- name: replace_key
-- Of two at once, one replaces it.
UPDATE api_key SET replaced_by = :replaced_by, expires_at = greatest(least(expires_at, :ends_at), created_at + interval '1 microsecond')
WHERE id = :id AND replaced_by IS NULL AND revoked_at IS NULL AND expires_at > :now;

-- name: revoke_keys_of
UPDATE api_key SET revoked_at = :now WHERE organization_id = :organization_id AND revoked_at IS NULL;

-- name: delete_sessions_of_organization
DELETE FROM staff_session WHERE organization_id = :organization_id;

-- name: revoke_key
UPDATE api_key SET revoked_at = :now WHERE organization_id = :organization_id AND id = :id AND revoked_at IS NULL;

-- name: claim_answer
-- Of two requests with one key at once, the second waits here until the first has committed or failed. An old key is free again.
INSERT INTO first_answer (organization_id, key, request_hash, created_at, expires_at)
VALUES (:organization_id, :key, :request_hash, :now, :expires_at)
ON CONFLICT (organization_id, key) DO UPDATE
SET request_hash = excluded.request_hash, status = NULL, headers = NULL, body = NULL, created_at = excluded.created_at,
    expires_at = excluded.expires_at
WHERE first_answer.expires_at <= excluded.created_at;

-- name: first_answer
SELECT request_hash, status, headers, body FROM first_answer WHERE organization_id = :organization_id AND key = :key;

-- name: keep_answer
UPDATE first_answer SET status = :status, headers = :headers, body = :body WHERE organization_id = :organization_id AND key = :key;

-- name: count_use
-- One statement, so that requests at once are all counted.
INSERT INTO key_use (key_id, window_start, requests) VALUES (:key_id, :window_start, 1)
ON CONFLICT (key_id) DO UPDATE
SET window_start = excluded.window_start,
    requests = CASE WHEN key_use.window_start = excluded.window_start THEN least(key_use.requests + 1, 1000000) ELSE 1 END
RETURNING requests;

-- name: forget_answers
DELETE FROM first_answer WHERE expires_at <= :now;
