-- name: by_slug
SELECT f.id, f.organization_id, f.slug, f.title, f.intro, f.languages, f.consent_version, f.origins, o.name AS partner, o.closed_at
FROM form AS f JOIN organization AS o ON o.id = f.organization_id
WHERE f.slug = :slug;

-- name: insert
INSERT INTO form (organization_id, slug, title, intro, origins, created_at)
VALUES (:organization_id, :slug, :title, :intro, :origins, :now)
ON CONFLICT (slug) DO NOTHING;

-- name: update
UPDATE form SET title = :title, intro = :intro, origins = :origins WHERE organization_id = :organization_id AND slug = :slug;

-- name: listed
SELECT f.slug, o.slug AS organization, f.title, f.intro, f.languages, f.origins, f.created_at, o.closed_at
FROM form AS f JOIN organization AS o ON o.id = f.organization_id
WHERE :organization_id::uuid IS NULL OR f.organization_id = :organization_id::uuid
ORDER BY o.slug, f.slug;
