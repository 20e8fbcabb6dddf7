-- name: by_slug
SELECT f.id, f.organization_id, f.slug, f.title, f.intro, f.languages, f.consent_version, f.origins, o.name AS partner
FROM form AS f JOIN organization AS o ON o.id = f.organization_id
WHERE f.slug = :slug;

-- name: insert
INSERT INTO form (organization_id, slug, title, intro, origins, created_at)
VALUES (:organization_id, :slug, :title, :intro, :origins, :now)
ON CONFLICT (slug) DO NOTHING;
