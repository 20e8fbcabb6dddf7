-- name: by_slug
SELECT f.id, f.organization_id, f.slug, f.title, f.intro, f.languages, f.consent_version, f.origins, o.name AS partner, o.closed_at
FROM form AS f JOIN organization AS o ON o.id = f.organization_id
WHERE f.slug = :slug;

-- name: insert
INSERT INTO form (organization_id, slug, title, intro, languages, origins, created_at)
VALUES (:organization_id, :slug, :title, :intro, :languages, :origins, :now)
ON CONFLICT (slug) DO NOTHING;

-- name: update
UPDATE form SET title = :title, intro = :intro, languages = :languages, origins = :origins
WHERE organization_id = :organization_id AND slug = :slug;

-- name: listed
SELECT f.slug, o.slug AS organization, f.title, f.intro, f.languages, f.origins, f.created_at, o.closed_at
FROM form AS f JOIN organization AS o ON o.id = f.organization_id
WHERE :organization_id::uuid IS NULL OR f.organization_id = :organization_id::uuid
ORDER BY o.slug, f.slug;

-- Of two posts of one opening at once, the second waits here for the first.
-- name: use_form
INSERT INTO form_use (nonce, email_index, expires_at) VALUES (:nonce, :email_index, :expires_at) ON CONFLICT (nonce) DO NOTHING;

-- name: address_of_use
SELECT email_index FROM form_use WHERE nonce = :nonce;

-- name: forget_form_uses
DELETE FROM form_use WHERE expires_at <= :now;
