-- name: closed_run
SELECT m.id, m.region_id, m.week FROM match_run AS m
WHERE m.id = :run_id AND m.state = 'closed' AND NOT EXISTS (SELECT FROM after_match AS a WHERE a.run_id = m.id);

-- The newest week's run of each region alone: what an older one left behind is out of date, and a later round knows only few people.
-- name: pending_runs
SELECT DISTINCT ON (m.region_id) m.id, g.slug AS region, m.week FROM match_run AS m
JOIN region AS g ON g.id = m.region_id
WHERE m.state = 'closed' AND m.round = 0 AND m.week > :not_before
  AND NOT EXISTS (SELECT FROM after_match AS a JOIN match_run AS r ON r.id = a.run_id WHERE r.region_id = m.region_id AND r.week >= m.week)
ORDER BY m.region_id, m.week DESC;

-- The row is the claim: of two workers the second waits here, and gets nothing.
-- name: claim
INSERT INTO after_match (run_id, done_at) VALUES (:run_id, :now) ON CONFLICT (run_id) DO NOTHING RETURNING true;

-- name: claim_look
INSERT INTO demand_look (region_id, quarter) VALUES (:region_id, :quarter) ON CONFLICT (region_id, quarter) DO NOTHING RETURNING true;

-- name: people
SELECT p.matcher_id FROM profile AS p WHERE p.region_id = :region_id;

-- name: released
SELECT u.cell, u.topic, u.band, array_agg(c.matcher_id) FILTER (WHERE c.matcher_id IS NOT NULL) AS matcher_ids FROM unmet_demand AS u
LEFT JOIN demand_contributor AS c ON c.demand_id = u.id
WHERE u.region_id = :region_id GROUP BY u.cell, u.topic, u.band;

-- name: tell
INSERT INTO unmet_demand (region_id, cell, lat, lon, topic, band, day, people, quarter)
VALUES (:region_id, :cell, :lat, :lon, :topic, :band, :day, :people, :quarter)
ON CONFLICT (region_id, cell, topic, band) DO UPDATE SET day = excluded.day, people = excluded.people, quarter = excluded.quarter
RETURNING id;

-- name: count_in
INSERT INTO demand_contributor (demand_id, matcher_id)
SELECT :demand_id, t.matcher_id FROM unnest(:matcher_ids::uuid[]) AS t (matcher_id)
WHERE EXISTS (SELECT FROM pseudonym AS p WHERE p.matcher_id = t.matcher_id)
ON CONFLICT DO NOTHING;

-- Old tellings end by the calendar alone, so that an end tells nothing of anybody.
-- name: demand_since
SELECT u.lat, u.lon, u.topic, u.band, u.day, u.people, u.quarter FROM unmet_demand AS u
WHERE u.quarter >= :quarter AND u.lat BETWEEN :south AND :north
ORDER BY u.people DESC, u.topic, u.band, u.cell;

-- name: week_returns
-- Counted now, the newest week first.
SELECT g.slug AS region, g.name AS town, d.week, w.matched, w.came_back, w.reachable, w.tenth, w.tenth_came_back, w.tenth_chance,
       :now::timestamptz AS counted_at
FROM (SELECT DISTINCT r.region_id, r.week FROM match_run AS r
      WHERE r.state = 'closed' AND r.week >= :since AND (:region_id::uuid IS NULL OR r.region_id = :region_id::uuid)) AS d
JOIN region AS g ON g.id = d.region_id CROSS JOIN LATERAL week_returns(d.region_id, d.week) AS w
WHERE w.reachable > 0
ORDER BY d.week DESC, g.name, g.slug;

-- Not counted since the week was final, and not within the last day.
-- name: uncounted_weeks
SELECT DISTINCT r.region_id, r.week FROM match_run AS r LEFT JOIN week_return AS c ON (c.region_id, c.week) = (r.region_id, r.week)
WHERE r.state = 'closed' AND (c.counted_at IS NULL OR c.counted_at < least(r.week + CAST(:settled_after AS interval), :day_ago::timestamptz))
ORDER BY r.week, r.region_id;

-- name: count_week
INSERT INTO week_return (region_id, week, matched, came_back, reachable, tenth, tenth_came_back, tenth_chance, counted_at)
SELECT :region_id, :week, w.matched, w.came_back, w.reachable, w.tenth, w.tenth_came_back, w.tenth_chance, :now
FROM week_returns(:region_id, :week) AS w
ON CONFLICT (region_id, week) DO UPDATE
SET (matched, came_back, reachable, tenth, tenth_came_back, tenth_chance, counted_at) = (excluded.matched, excluded.came_back,
     excluded.reachable, excluded.tenth, excluded.tenth_came_back, excluded.tenth_chance, excluded.counted_at);

-- For a transaction of an operator's session or key; nobody else sees a row.
-- name: counted_weeks
SELECT g.slug AS region, g.name AS town, w.week, w.matched, w.came_back, w.reachable, w.tenth, w.tenth_came_back, w.tenth_chance, w.counted_at
FROM week_return AS w JOIN region AS g ON g.id = w.region_id
WHERE w.week >= :since AND w.reachable > 0
ORDER BY w.week DESC, g.name, g.slug;

-- Every quarter since the organization is there; the oldest first.
-- name: uncounted_quarters
SELECT o.id AS organization_id, o.kind, q.quarter::date AS quarter
FROM organization AS o
CROSS JOIN LATERAL generate_series(date_trunc('quarter', o.created_at), :last_settled::date, interval '3 months') AS q (quarter)
WHERE o.kind IN ('partner', 'center')
  AND NOT EXISTS (SELECT FROM return_count AS c WHERE c.organization_id = o.id AND c.quarter = q.quarter::date)
ORDER BY q.quarter, o.id;

-- People of a partner whose first match since they used its form fell into the quarter.
-- name: partner_returns
WITH first AS (
  SELECT m.matcher_id, min(r.week + day_of_round(r.round)) AS begins
  FROM enrollment AS e JOIN pseudonym AS n ON n.resident_id = e.resident_id JOIN match AS m ON m.matcher_id = n.matcher_id
  JOIN match_run AS r ON r.id = m.run_id
  WHERE e.organization_id = :organization_id AND r.state = 'closed' AND r.closed_at >= e.enrolled_at
  GROUP BY m.matcher_id
)
SELECT count(*)::integer AS people, count(*) FILTER (WHERE EXISTS (SELECT FROM returned_to(f.matcher_id, f.begins)))::integer AS came_back
FROM first AS f WHERE f.begins >= :quarter::date AND f.begins < (:quarter::date + interval '3 months')::date;

-- People whose first visit to a center fell into the quarter; they came back where it was to an activity of this center.
-- name: center_returns
WITH first AS (
  SELECT x.matcher_id, min(s.starts_at_local)::date AS begins
  FROM session AS s JOIN answer AS x ON x.session_id = s.id
  WHERE s.organization_id = :organization_id AND is_visit(x.answer)
  GROUP BY x.matcher_id
)
SELECT count(*)::integer AS people, count(*) FILTER (WHERE EXISTS (
    SELECT FROM returned_to(f.matcher_id, f.begins) AS t WHERE t.organization_id = :organization_id))::integer AS came_back
FROM first AS f WHERE f.begins >= :quarter::date AND f.begins < (:quarter::date + interval '3 months')::date;

-- The first count stays.
-- name: publish_count
INSERT INTO return_count (organization_id, quarter, people, came_back, counted_at)
VALUES (:organization_id, :quarter, :people, :came_back, :now)
ON CONFLICT (organization_id, quarter) DO NOTHING;

-- name: published_counts
SELECT c.quarter, c.people, c.came_back FROM return_count AS c WHERE c.organization_id = :organization_id
ORDER BY c.quarter DESC LIMIT :most;

-- Months before `settled`: everybody of them has confirmed or was forgotten. The first count stays.
-- name: publish_confirmations
WITH counted AS (
  SELECT r.form_id, r.language, date_trunc('month', r.created_at AT TIME ZONE 'UTC')::date AS month, count(*) AS confirmed, 0 AS forgotten
  FROM resident AS r WHERE r.status <> 'unconfirmed' AND r.form_id IS NOT NULL GROUP BY 1, 2, 3
  UNION ALL
  SELECT g.form_id, g.language, g.month, 0, g.people FROM forgotten_sign_up AS g
), summed AS (
  SELECT c.form_id, c.language, c.month, sum(c.confirmed) AS confirmed, sum(c.confirmed + c.forgotten) AS people
  FROM counted AS c WHERE c.month < :settled::date GROUP BY 1, 2, 3
)
INSERT INTO confirmation_count (form_id, organization_id, language, month, confirmed_tenths, counted_at)
SELECT s.form_id, f.organization_id, s.language, s.month, CASE WHEN s.people >= :fewest THEN round(10 * s.confirmed / s.people) END, :now
FROM summed AS s JOIN form AS f ON f.id = s.form_id
ON CONFLICT (form_id, language, month) DO NOTHING;

-- name: published_confirmations
SELECT f.slug AS form, c.language, c.month, c.confirmed_tenths
FROM confirmation_count AS c JOIN form AS f ON f.id = c.form_id
WHERE c.month >= :since::date AND (:organization_id::uuid IS NULL OR c.organization_id = :organization_id::uuid)
ORDER BY c.month DESC, f.slug, c.language;
