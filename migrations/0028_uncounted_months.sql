-- Before 0027 nobody counted who was forgotten: of those months, the running one among them, no share can be told.

ALTER TABLE confirmation_count NO FORCE ROW LEVEL SECURITY;
ALTER TABLE form NO FORCE ROW LEVEL SECURITY;
INSERT INTO confirmation_count (form_id, organization_id, language, month, confirmed_tenths, counted_at)
SELECT f.id, f.organization_id, r.language, date_trunc('month', r.created_at AT TIME ZONE 'UTC')::date, NULL, now()
FROM resident AS r JOIN form AS f ON f.id = r.form_id
GROUP BY 1, 2, 3, 4
ON CONFLICT (form_id, language, month) DO NOTHING;
ALTER TABLE form FORCE ROW LEVEL SECURITY;
ALTER TABLE confirmation_count FORCE ROW LEVEL SECURITY;
