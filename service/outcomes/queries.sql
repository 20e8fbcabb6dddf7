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
