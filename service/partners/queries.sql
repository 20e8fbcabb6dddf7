-- name: own_forms
SELECT f.slug, f.title, f.intro FROM form AS f WHERE f.organization_id = :organization_id ORDER BY f.created_at, f.slug;
