-- name: regions
SELECT r.id, r.slug, r.name, r.zone FROM region AS r ORDER BY r.slug;

-- name: region_by_slug
SELECT r.id, r.slug, r.name, r.zone FROM region AS r WHERE r.slug = :slug;

-- name: region_by_id
SELECT r.id, r.slug, r.name, r.zone FROM region AS r WHERE r.id = :region_id;

-- Opening is idempotent: the second worker finds the first one's run.
-- name: open_run
INSERT INTO match_run (region_id, week, seed, opened_at) VALUES (:region_id, :week, :seed, :now)
ON CONFLICT (region_id, week) DO NOTHING;

-- The row lock makes sure that two workers never match one region and week at once.
-- name: lock_run
SELECT m.id, m.region_id, m.week, m.state, m.seed, m.report FROM match_run AS m
WHERE m.region_id = :region_id AND m.week = :week
FOR UPDATE;

-- name: run_of_week
SELECT m.id, m.region_id, m.week, m.state, m.seed, m.report FROM match_run AS m WHERE m.region_id = :region_id AND m.week = :week;

-- name: stored_run
SELECT m.id, m.week, m.seed, m.model_version, m.snapshot_hash, m.result_hash, m.snapshot FROM match_run AS m
WHERE m.id = :run_id AND m.state = 'closed';

-- Who wants fewer letters takes no seats in the weeks between.
-- Credit: weeks since the last match in which a feasible session existed and none was given.
-- name: residents
WITH last_match AS (
  SELECT m.matcher_id, max(r.week) AS week FROM match AS m JOIN match_run AS r ON r.id = m.run_id
  WHERE r.region_id = :region_id AND r.week < :week GROUP BY m.matcher_id
), empty AS (
  SELECT e.matcher_id, count(*) AS weeks FROM empty_hand AS e
  JOIN match_run AS r ON r.id = e.run_id
  LEFT JOIN last_match AS l ON l.matcher_id = e.matcher_id
  WHERE e.feasible AND r.region_id = :region_id AND r.week < :week AND (l.week IS NULL OR r.week > l.week) GROUP BY e.matcher_id
)
SELECT p.matcher_id, p.lat, p.lon, p.reach_km, p.travel, p.age_low, p.age_high, p.needs, p.cost_cents, p.languages, p.available, p.party,
       p.topics, p.disliked, p.words, p.company, p.cohorts, coalesce(e.weeks, 0) AS credit
FROM profile AS p
JOIN pseudonym AS n ON n.matcher_id = p.matcher_id
JOIN resident AS r ON r.id = n.resident_id
LEFT JOIN empty AS e ON e.matcher_id = p.matcher_id
WHERE p.region_id = :region_id AND r.status = 'active' AND (r.paused_until IS NULL OR r.paused_until <= :now)
  AND EXISTS (SELECT FROM consent AS c WHERE c.resident_id = r.id AND c.purpose = 'digest' AND c.withdrawn_at IS NULL)
  AND NOT EXISTS (
    SELECT FROM digest AS d
    WHERE d.resident_id = r.id AND d.week < CAST(:week AS date) AND d.week > CAST(:week AS date) - 7 * r.every_weeks)
ORDER BY p.matcher_id;

-- helped: the smoothed share of first visits that became second ones (Laplace, prior of 1 in 3).
-- name: activities
WITH wanted AS (
  SELECT DISTINCT s.activity_id FROM session AS s
  JOIN activity AS a ON a.id = s.activity_id
  WHERE a.region_id = :region_id AND a.status = 'published' AND a.merged_into IS NULL AND s.state = 'scheduled'
    AND s.starts_at >= :after AND s.starts_at < :before
), visits AS (
  SELECT x.activity_id, x.matcher_id, count(*) AS n FROM answer AS x
  WHERE x.answer = 'attended' AND x.at < :now AND x.activity_id IN (SELECT w.activity_id FROM wanted AS w) GROUP BY x.activity_id, x.matcher_id
), loyal AS (
  SELECT v.activity_id, sum(v.n)::double precision AS met, (count(*) FILTER (WHERE v.n > 1) + 1)::double precision / (count(*) + 3) AS helped
  FROM visits AS v GROUP BY v.activity_id
)
SELECT a.id, a.organization_id, a.title, a.description, a.text_language, a.topics, a.lat, a.lon, a.age_min, a.age_max, a.cost_cents,
       a.languages, a.access_yes, a.capacity, (SELECT min(s.starts_at) FROM session AS s WHERE s.activity_id = a.id) AS first_at,
       o.attend_factor, l.met, l.helped
FROM activity AS a
JOIN wanted AS w ON w.activity_id = a.id
JOIN organization AS o ON o.id = a.organization_id
LEFT JOIN loyal AS l ON l.activity_id = a.id
ORDER BY a.id;

-- name: sessions
SELECT s.id, s.activity_id, s.starts_at_local, s.starts_at, s.ends_at, q.capacity, q.taken
FROM session AS s
JOIN activity AS a ON a.id = s.activity_id
JOIN seats AS q ON q.session_id = s.id
WHERE a.region_id = :region_id AND a.status = 'published' AND a.merged_into IS NULL AND s.state = 'scheduled'
  AND s.starts_at >= :after AND s.starts_at < :before
ORDER BY s.id;

-- Older answers fade by a tenth each week; an invitation counts while nobody answered it.
-- name: pairs
WITH past AS (
  SELECT x.matcher_id, x.activity_id,
         sum(fade) FILTER (WHERE x.answer IN ('yes', 'attended', 'missed')) AS said_yes,
         sum(fade) FILTER (WHERE x.answer = 'no') AS said_no,
         sum(fade) FILTER (WHERE x.answer = 'attended') AS attended,
         sum(fade) FILTER (WHERE x.answer = 'missed') AS missed,
         0::double precision AS invited,
         (array_agg(x.rating ORDER BY x.at DESC) FILTER (WHERE x.rating IS NOT NULL))[1] AS rating
  FROM answer AS x
  JOIN profile AS p ON p.matcher_id = x.matcher_id
  CROSS JOIN LATERAL (SELECT power(0.9, extract(epoch FROM :now::timestamptz - x.at) / 604800) AS fade) AS f
  WHERE p.region_id = :region_id AND x.at < :now
  GROUP BY x.matcher_id, x.activity_id
  UNION ALL
  SELECT m.matcher_id, s.activity_id, 0, 0, 0, 0, count(*), NULL
  FROM match AS m
  JOIN match_run AS r ON r.id = m.run_id
  JOIN session AS s ON s.id = m.session_id
  WHERE r.region_id = :region_id AND r.week < :week
    AND NOT EXISTS (SELECT FROM answer AS x WHERE x.matcher_id = m.matcher_id AND x.session_id = m.session_id)
  GROUP BY m.matcher_id, s.activity_id
)
SELECT t.matcher_id, t.activity_id, coalesce(sum(t.said_yes), 0)::double precision AS said_yes,
       coalesce(sum(t.said_no), 0)::double precision AS said_no, coalesce(sum(t.attended), 0)::double precision AS attended,
       coalesce(sum(t.missed), 0)::double precision AS missed, coalesce(sum(t.invited), 0)::double precision AS invited,
       coalesce(max(t.rating), 0)::double precision AS rating
FROM past AS t
GROUP BY t.matcher_id, t.activity_id
ORDER BY t.matcher_id, t.activity_id;

-- A session that was answered or is held, and every session of an activity that is "not for me".
-- name: never
SELECT x.matcher_id, x.session_id FROM answer AS x
JOIN session AS s ON s.id = x.session_id
JOIN profile AS p ON p.matcher_id = x.matcher_id
WHERE p.region_id = :region_id AND s.starts_at >= :after AND s.starts_at < :before
UNION
SELECT x.matcher_id, s.id FROM answer AS x
JOIN session AS s ON s.activity_id = x.activity_id
JOIN profile AS p ON p.matcher_id = x.matcher_id
WHERE p.region_id = :region_id AND x.answer = 'no' AND s.starts_at >= :after AND s.starts_at < :before
UNION
SELECT n.matcher_id, g.session_id FROM registration AS g
JOIN pseudonym AS n ON n.resident_id = g.resident_id
JOIN profile AS p ON p.matcher_id = n.matcher_id
JOIN session AS s ON s.id = g.session_id
WHERE p.region_id = :region_id AND s.starts_at >= :after AND s.starts_at < :before AND g.state <> 'expired'
ORDER BY 1, 2;

-- One statement for all rows: COPY does not work under row-level security.
-- name: write_matches
INSERT INTO match (run_id, matcher_id, session_id, rank, probability, propensity, km, reasons)
SELECT :run_id, t.matcher_id, t.session_id, t.rank, t.probability, t.propensity, t.km, t.reasons::jsonb
FROM unnest(:matcher_ids::uuid[], :session_ids::uuid[], :ranks::smallint[], :probabilities::real[], :propensities::real[], :kms::real[],
            :reasons::text[]) AS t (matcher_id, session_id, rank, probability, propensity, km, reasons);

-- name: write_empty_hands
INSERT INTO empty_hand (run_id, matcher_id, filters, feasible)
SELECT :run_id, t.matcher_id, t.filters::jsonb, t.feasible
FROM unnest(:matcher_ids::uuid[], :filters::text[], :feasible::boolean[]) AS t (matcher_id, filters, feasible);

-- name: close_run
UPDATE match_run SET state = 'closed', closed_at = :now, rules_version = :rules_version, model_version = :model_version,
  snapshot_hash = :snapshot_hash, result_hash = :result_hash, snapshot = :snapshot, report = :report
WHERE id = :run_id AND state = 'open';

-- name: published_ids
SELECT a.id FROM activity AS a WHERE a.region_id = :region_id AND a.status = 'published';

-- One statement for a region; what was noted before is written over.
-- name: note_past
INSERT INTO activity_past (activity_id, said_yes, helped, noted_at)
SELECT t.activity_id, coalesce(string_to_array(nullif(t.said_yes, ''), ',')::real[], '{}'), t.helped, :now
FROM unnest(:activity_ids::uuid[], :said_yes::text[], :helped::real[]) AS t (activity_id, said_yes, helped)
WHERE EXISTS (SELECT FROM activity AS a WHERE a.id = t.activity_id)
ON CONFLICT (activity_id) DO UPDATE SET said_yes = excluded.said_yes, helped = excluded.helped, noted_at = excluded.noted_at;

-- name: past_of_region
SELECT p.activity_id, p.said_yes, p.helped FROM activity_past AS p JOIN activity AS a ON a.id = p.activity_id WHERE a.region_id = :region_id;

-- What a page may say of some sessions; one that was called off meanwhile is not among them.
-- name: told_sessions
SELECT s.id, s.activity_id, a.slug, a.title, a.text_language, s.starts_at, s.ends_at, s.zone, a.place_name, a.address, a.cost_cents,
       a.currency, o.name AS center_name
FROM session AS s
JOIN activity AS a ON a.id = s.activity_id
JOIN organization AS o ON o.id = a.organization_id
WHERE s.id = ANY (:session_ids) AND s.state = 'scheduled' AND a.status = 'published' AND s.starts_at > :now;

-- One of the resident's own matches (row-level security shows no other), with what is true of it today.
-- name: own_match
SELECT m.id, m.session_id, m.km, m.reasons, s.activity_id, a.slug, a.title, a.text_language, s.starts_at, s.ends_at, s.zone, a.place_name,
       a.address, a.cost_cents, a.currency, o.name AS center_name, a.capacity,
       (SELECT min(f.starts_at) FROM session AS f WHERE f.activity_id = a.id) AS first_at,
       (SELECT max(x.at) FROM answer AS x
         WHERE x.matcher_id = m.matcher_id AND x.activity_id = a.id AND x.answer = 'attended') AS came_at,
       (SELECT max(x.at) FROM answer AS x
         WHERE x.matcher_id = m.matcher_id AND x.activity_id = a.id AND x.answer IN ('yes', 'attended', 'missed')) AS yes_at
FROM match AS m
JOIN session AS s ON s.id = m.session_id
JOIN activity AS a ON a.id = s.activity_id
JOIN organization AS o ON o.id = a.organization_id
WHERE m.id = :match_id AND m.matcher_id = :matcher_id;

-- The resident's newest week: its matches by rank, none where the hand stayed empty.
-- name: own_week
SELECT r.week, m.id AS match_id, a.id AS activity_id, a.title FROM match_run AS r
LEFT JOIN match AS m ON m.run_id = r.id AND m.matcher_id = :matcher_id
LEFT JOIN session AS s ON s.id = m.session_id
LEFT JOIN activity AS a ON a.id = s.activity_id
WHERE r.id = (
  SELECT w.id FROM match_run AS w
  WHERE w.region_id = :region_id AND w.state = 'closed'
    AND (EXISTS (SELECT FROM match AS x WHERE x.run_id = w.id AND x.matcher_id = :matcher_id)
         OR EXISTS (SELECT FROM empty_hand AS e WHERE e.run_id = w.id AND e.matcher_id = :matcher_id))
  ORDER BY w.week DESC LIMIT 1)
ORDER BY m.rank;

-- name: named_like
SELECT a.id, a.slug, a.title FROM activity AS a
WHERE a.id = ANY (:activity_ids) AND position(lower(:words) IN lower(a.title)) > 0
ORDER BY length(a.title), a.title, a.id LIMIT 8;
