-- name: regions
SELECT r.id, r.slug, r.name, r.zone FROM region AS r ORDER BY r.slug;

-- name: region_by_slug
SELECT r.id, r.slug, r.name, r.zone FROM region AS r WHERE r.slug = :slug;

-- name: region_by_id
SELECT r.id, r.slug, r.name, r.zone FROM region AS r WHERE r.id = :region_id;

-- Opening is idempotent: the second worker finds the first one's run.
-- name: open_run
INSERT INTO match_run (region_id, week, round, seed, opened_at) VALUES (:region_id, :week, :round, :seed, :now)
ON CONFLICT (region_id, week, round) DO NOTHING;

-- The row lock makes sure that two workers never write one round of a region at once.
-- name: lock_run
SELECT m.id, m.region_id, m.week, m.round, m.state, m.seed, m.report FROM match_run AS m
WHERE m.region_id = :region_id AND m.week = :week AND m.round = :round
FOR UPDATE;

-- name: run_of_round
SELECT m.id, m.region_id, m.week, m.round, m.state, m.seed, m.report FROM match_run AS m
WHERE m.region_id = :region_id AND m.week = :week AND m.round = :round;

-- Whether an evening has somebody to match: a reader without a match or letter of the week, whom no run of the week has looked at,
-- or for whom something was posted after the last look.
-- name: somebody_waits
SELECT EXISTS (
  SELECT FROM profile AS p
  JOIN letter_reader AS r ON r.matcher_id = p.matcher_id
  WHERE p.region_id = :region_id AND (r.paused_until IS NULL OR r.paused_until <= :now)
    AND NOT EXISTS (SELECT FROM digest AS d WHERE d.resident_id = r.resident_id AND d.composed_at > :letter_since)
    AND NOT EXISTS (
      SELECT FROM digest AS d
      WHERE d.resident_id = r.resident_id AND d.week <= CAST(:week AS date) AND d.week > CAST(:week AS date) - 7 * r.every_weeks)
    AND NOT EXISTS (
      SELECT FROM match AS m JOIN match_run AS l ON l.id = m.run_id WHERE m.matcher_id = p.matcher_id AND l.week = :week)
    AND NOT EXISTS (
      SELECT FROM empty_hand AS e JOIN match_run AS l ON l.id = e.run_id
      WHERE e.matcher_id = p.matcher_id AND l.week = :week AND NOT EXISTS (
        SELECT FROM activity AS a
        WHERE a.region_id = p.region_id AND a.status = 'published' AND a.merged_into IS NULL AND a.created_at > l.opened_at)));

-- Whether somebody waits for a first letter: a reader who never had one, whom no run has left empty-handed (they wait for the evening),
-- and who has no match of this week. A match of a week that ended before its letter was written does not count.
-- name: newcomers_wait
SELECT EXISTS (
  SELECT FROM profile AS p
  JOIN letter_reader AS r ON r.matcher_id = p.matcher_id
  WHERE p.region_id = :region_id AND (r.paused_until IS NULL OR r.paused_until <= :now)
    AND NOT EXISTS (SELECT FROM digest AS d WHERE d.resident_id = r.resident_id)
    AND NOT EXISTS (SELECT FROM empty_hand AS e WHERE e.matcher_id = p.matcher_id)
    AND NOT EXISTS (
      SELECT FROM match AS m JOIN match_run AS l ON l.id = m.run_id WHERE m.matcher_id = p.matcher_id AND l.week = :week));

-- name: stored_run
SELECT m.id, m.region_id, m.week, m.seed, coalesce(m.rules_version, '') AS rules_version, m.model_version, m.snapshot_hash,
       m.result_hash, m.snapshot, m.report
FROM match_run AS m
WHERE m.id = :run_id AND m.state = 'closed';

-- Tables of many rows come packed: one value for a whole column of fixed width (service/matches/packed.py holds the widths), which
-- numpy reads without touching a row. Every part must be NOT NULL, or its row would vanish; the number of rows is sent to check that.

-- Who wants fewer letters takes no seats in the weeks between, and nobody gets two letters within a few days (letter_since).
-- whom: `unmatched` have no match of the week, `newcomers` of those wait for a first letter (see newcomers_wait).
-- Credit: weeks since the last match in which a feasible session existed and none was given.
-- name: residents
WITH empty AS (
  SELECT e.matcher_id, count(DISTINCT r.week)::integer AS weeks FROM empty_hand AS e
  JOIN match_run AS r ON r.id = e.run_id
  WHERE e.feasible AND r.region_id = :region_id AND r.week < :week AND NOT EXISTS (
    SELECT FROM match AS m JOIN match_run AS l ON l.id = m.run_id
    WHERE m.matcher_id = e.matcher_id AND l.region_id = r.region_id AND l.week >= r.week AND l.week < :week)
  GROUP BY e.matcher_id
), who AS (
  SELECT p.matcher_id, p.lat, p.lon, p.reach_km, p.travel, p.age_low, p.age_high, p.needs, p.cost_cents, p.languages, p.available, p.party,
         p.topics, p.disliked, p.words, p.cohorts, coalesce(e.weeks, 0) AS credit, p.household_id
  FROM profile AS p
  JOIN letter_reader AS r ON r.matcher_id = p.matcher_id
  LEFT JOIN empty AS e ON e.matcher_id = p.matcher_id
  WHERE p.region_id = :region_id AND (r.paused_until IS NULL OR r.paused_until <= :now)
    AND NOT EXISTS (SELECT FROM digest AS d WHERE d.resident_id = r.resident_id AND d.composed_at > :letter_since)
    AND NOT EXISTS (
      SELECT FROM digest AS d
      WHERE d.resident_id = r.resident_id AND d.week < CAST(:week AS date) AND d.week > CAST(:week AS date) - 7 * r.every_weeks)
    AND (CAST(:whom AS text) = 'everybody' OR NOT EXISTS (
      SELECT FROM match AS m JOIN match_run AS l ON l.id = m.run_id WHERE m.matcher_id = p.matcher_id AND l.week = CAST(:week AS date)))
    AND (CAST(:whom AS text) <> 'newcomers' OR (
      NOT EXISTS (SELECT FROM digest AS d WHERE d.resident_id = r.resident_id)
      AND NOT EXISTS (SELECT FROM empty_hand AS e WHERE e.matcher_id = p.matcher_id)))
  ORDER BY p.matcher_id
)
SELECT count(*) AS rows, string_agg(
         uuid_send(w.matcher_id) || float8send(w.lat) || float8send(w.lon) || float4send(w.reach_km) || convert_to(rpad(w.travel, 4), 'UTF8')
         || int2send(w.age_low) || int2send(w.age_high) || int4send(w.needs) || int4send(w.cost_cents) || w.available || int2send(w.party)
         || boolsend(w.cohorts) || int4send(w.credit)
         || uuid_send(coalesce(w.household_id, '00000000-0000-0000-0000-000000000000')), '') AS packed,
       array_agg(array_to_string(w.languages, ' ')) AS languages, array_agg(array_to_string(w.topics, ' ')) AS topics,
       array_agg(array_to_string(w.disliked, ' ')) AS disliked, array_agg(w.words) AS words
FROM who AS w;

-- What nobody was heard of for long (service/liveness) is not offered, here as among the sessions below.
-- helped: the smoothed share of first visits that became second ones (Laplace, prior of 1 in 3).
-- name: activities
WITH wanted AS (
  SELECT DISTINCT s.activity_id FROM session AS s
  JOIN activity AS a ON a.id = s.activity_id
  WHERE a.region_id = :region_id AND a.status = 'published' AND a.merged_into IS NULL AND s.state = 'scheduled'
    AND s.starts_at >= :after AND s.starts_at < :before
    AND NOT EXISTS (SELECT FROM activity_silence AS q WHERE q.activity_id = a.id AND q.left_at IS NOT NULL)
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
  AND NOT EXISTS (SELECT FROM activity_silence AS q WHERE q.activity_id = a.id AND q.left_at IS NOT NULL)
ORDER BY s.id;

-- Guests that invitations without an answer still stand for, by session: a later round gives nobody the same places again.
-- name: promised
SELECT m.session_id, sum(m.probability * p.party)::double precision AS guests
FROM match AS m
JOIN match_run AS r ON r.id = m.run_id
JOIN session AS s ON s.id = m.session_id
JOIN profile AS p ON p.matcher_id = m.matcher_id
WHERE r.region_id = :region_id AND r.week >= :since AND s.starts_at >= :after AND s.starts_at < :before
  AND NOT EXISTS (SELECT FROM answer AS x WHERE x.matcher_id = m.matcher_id AND x.session_id = m.session_id)
GROUP BY m.session_id;

-- half: half hour of the local week in which the session began, Monday 00:00 first.
-- name: answers
SELECT count(*) AS rows, string_agg(
         uuid_send(x.matcher_id) || uuid_send(x.activity_id) || uuid_send(x.session_id) || convert_to(rpad(x.answer, 8), 'UTF8')
         || int2send(coalesce(x.rating, CAST(-9 AS smallint))) || float8send(CAST(extract(epoch FROM x.at) AS double precision))
         || int2send(CAST(floor(extract(epoch FROM s.starts_at_local - date_trunc('week', s.starts_at_local)) / 1800) AS smallint)), ''
       ) AS packed
FROM answer AS x
JOIN profile AS p ON p.matcher_id = x.matcher_id
JOIN session AS s ON s.id = x.session_id
WHERE p.region_id = :region_id AND x.at < :now;

-- name: runs_before
SELECT r.id FROM match_run AS r WHERE r.region_id = :region_id AND r.week < :week AND r.week >= :since ORDER BY r.week;

-- An invitation counts while nobody answered it. Run by run: a city's half year would not fit into one value.
-- name: invited
SELECT count(*) AS rows, string_agg(uuid_send(m.matcher_id) || uuid_send(s.activity_id), '') AS packed
FROM match AS m
JOIN session AS s ON s.id = m.session_id
WHERE m.run_id = :run_id
  AND NOT EXISTS (SELECT FROM answer AS x WHERE x.matcher_id = m.matcher_id AND x.session_id = m.session_id AND x.at < :now);

-- A session that was answered or is held; every session of an activity that is "not for me", or that is blocked by itself or with its
-- center; and a session to which somebody is coming whom this person must not meet.
-- name: never
WITH coming AS (
  SELECT s.id, s.activity_id, s.organization_id FROM session AS s
  JOIN activity AS a ON a.id = s.activity_id
  WHERE a.region_id = :region_id AND s.starts_at >= :after AND s.starts_at < :before
), holds AS (
  SELECT n.matcher_id, g.session_id, g.state FROM registration AS g
  JOIN coming AS c ON c.id = g.session_id
  JOIN pseudonym AS n ON n.resident_id = g.resident_id
), both_ways AS (
  SELECT b.matcher_id AS one, b.other_matcher_id AS other FROM block AS b WHERE b.other_matcher_id IS NOT NULL
  UNION
  SELECT b.other_matcher_id, b.matcher_id FROM block AS b WHERE b.other_matcher_id IS NOT NULL
), found AS (
  SELECT x.matcher_id, x.session_id FROM answer AS x JOIN coming AS c ON c.id = x.session_id
  UNION
  SELECT x.matcher_id, c.id FROM answer AS x JOIN coming AS c ON c.activity_id = x.activity_id WHERE x.answer = 'no'
  UNION
  SELECT h.matcher_id, h.session_id FROM holds AS h WHERE h.state <> 'expired'
  UNION
  SELECT b.matcher_id, c.id FROM block AS b JOIN coming AS c ON c.activity_id = b.activity_id OR c.organization_id = b.organization_id
  UNION
  SELECT b.one, h.session_id FROM both_ways AS b JOIN holds AS h ON h.matcher_id = b.other
  WHERE h.state IN ('waiting', 'offered', 'confirmed')
)
SELECT count(*) AS rows, string_agg(uuid_send(f.matcher_id) || uuid_send(f.session_id), '') AS packed FROM found AS f;

-- Dates that an earlier letter offered to the person.
-- name: offered
SELECT count(*) AS rows, string_agg(uuid_send(m.matcher_id) || uuid_send(m.session_id), '') AS packed
FROM session AS s
JOIN activity AS a ON a.id = s.activity_id
JOIN match AS m ON m.session_id = s.id
JOIN pseudonym AS n ON n.matcher_id = m.matcher_id
JOIN digest AS d ON d.resident_id = n.resident_id AND d.run_id = m.run_id
WHERE a.region_id = :region_id AND s.starts_at >= :after AND s.starts_at < :before;

-- name: apart
SELECT count(*) AS rows, string_agg(uuid_send(b.matcher_id) || uuid_send(b.other_matcher_id), '') AS packed
FROM block AS b
JOIN profile AS p ON p.matcher_id = b.matcher_id
WHERE p.region_id = :region_id AND b.other_matcher_id IS NOT NULL;

-- Many rows by one statement: COPY does not work under row-level security.
-- name: write_matches
INSERT INTO match (run_id, matcher_id, session_id, rank, probability, propensity, drawn, km, reasons)
SELECT :run_id, t.matcher_id, t.session_id, t.rank, t.probability, t.propensity, t.drawn, t.km, t.reasons::jsonb
FROM unnest(:matcher_ids::uuid[], :session_ids::uuid[], :ranks::smallint[], :probabilities::real[], :propensities::real[], :drawn::boolean[],
            :kms::real[], :reasons::text[]) AS t (matcher_id, session_id, rank, probability, propensity, drawn, km, reasons);

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
-- name: shown_sessions
SELECT s.id, s.activity_id, a.slug, {a.summary}, s.starts_at, s.ends_at, s.zone, o.name AS center_name
FROM session AS s
JOIN activity AS a ON a.id = s.activity_id
JOIN organization AS o ON o.id = a.organization_id
WHERE s.id = ANY (:session_ids) AND s.state = 'scheduled' AND a.status = 'published' AND s.starts_at > :now;

-- One of the resident's own matches (row-level security shows no other), with what is true of it today.
-- name: own_match
SELECT m.id, m.run_id, m.session_id, m.km, m.reasons, s.activity_id, a.slug, {a.summary}, s.starts_at, s.ends_at, s.zone, o.name AS center_name,
       a.capacity,
       (SELECT min(f.starts_at) FROM session AS f WHERE f.activity_id = a.id) AS first_at,
       (SELECT max(x.at) FROM answer AS x
         WHERE x.matcher_id = m.matcher_id AND x.activity_id = a.id AND x.answer = 'attended') AS came_at,
       (SELECT max(x.at) FROM answer AS x
         WHERE x.matcher_id = m.matcher_id AND x.activity_id = a.id AND x.answer IN ('yes', 'wanted', 'attended', 'missed')) AS yes_at
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
  ORDER BY w.week DESC, w.opened_at DESC LIMIT 1)
ORDER BY m.rank;

-- name: named_like
SELECT a.id, a.slug, a.title FROM activity AS a
WHERE a.id = ANY (:activity_ids) AND position(lower(:words) IN lower(a.title)) > 0
ORDER BY length(a.title), a.title, a.id LIMIT 8;
-- name: champion
SELECT l.version, l.fingerprint, l.arrays, l.card, l.state FROM learned_score AS l
WHERE l.region_id = :region_id AND l.state = 'champion';

-- name: score_of_version
SELECT l.version, l.fingerprint, l.arrays, l.card, l.state FROM learned_score AS l
WHERE l.region_id = :region_id AND l.version = :version;

-- A version never changes: whoever comes second leaves it as it is.
-- name: keep_score
INSERT INTO learned_score (region_id, version, fingerprint, arrays, card, state, champion_loss, challenger_loss, verdict, trained_at, changed_at)
VALUES (:region_id, :version, :fingerprint, :arrays, :card, :state, :champion_loss, :challenger_loss, :verdict, :now, :now)
ON CONFLICT (region_id, version) DO NOTHING;

-- name: retire_champion
UPDATE learned_score SET state = 'retired', changed_at = :now WHERE region_id = :region_id AND state = 'champion';

-- Tables of a city weigh megabytes: a score that no week ran on, and that is not in use, need not be kept.
-- name: forget_unused
DELETE FROM learned_score AS l
WHERE l.region_id = :region_id AND l.state <> 'champion'
  AND NOT EXISTS (SELECT FROM match_run AS r WHERE r.region_id = l.region_id AND r.model_version = l.version);

-- name: note_lesson
INSERT INTO lesson (region_id, learned_at, weeks, offers, visits, champion, challenger, promoted, champion_loss, challenger_loss, reason)
VALUES (:region_id, :now, :weeks, :offers, :visits, :champion, :challenger, :promoted, :champion_loss, :challenger_loss, :reason);

-- Runs whose last session was over some days ago, so that whoever keeps a roster has kept it. Later rounds reach a week further.
-- name: closed_runs
SELECT r.id, r.week FROM match_run AS r
WHERE r.region_id = :region_id AND r.state = 'closed' AND r.week >= :since AND r.week <= CASE WHEN r.round = 0 THEN :until ELSE CAST(:until AS date) - 7 END
ORDER BY r.week, r.round;

-- What was offered in a run and what came of it. came: was there; where neither the center noted who was there nor the person spoke, a
-- yes counts as a visit. source: whose word that is: 1 the center's, 2 the person's, 3 the yes alone, 0 nobody said anything.
-- Who wanted a date that was full could neither come nor stay away: such an offer says nothing of them, and is left out.
-- name: outcomes
WITH roster AS (
  SELECT DISTINCT x.session_id FROM answer AS x
  JOIN match AS m ON m.session_id = x.session_id
  WHERE m.run_id = :run_id AND x.answer IN ('attended', 'missed') AND x.visit_by IS DISTINCT FROM 'person'
)
SELECT count(*) AS rows, string_agg(
         uuid_send(m.matcher_id) || uuid_send(m.session_id) || int2send(m.rank) || float4send(m.probability) || float4send(m.propensity)
         || boolsend(m.drawn) || float4send(m.km)
         || boolsend(coalesce(x.answer = 'attended' OR (x.answer = 'yes' AND t.session_id IS NULL), false))
         || int2send(CAST(CASE WHEN x.answer IN ('attended', 'missed') THEN CASE WHEN x.visit_by = 'person' THEN 2 ELSE 1 END
                               WHEN x.answer = 'yes' AND t.session_id IS NULL THEN 3 ELSE 0 END AS smallint)), '' ORDER BY m.matcher_id, m.rank) AS packed
FROM match AS m
LEFT JOIN answer AS x ON x.matcher_id = m.matcher_id AND x.session_id = m.session_id
LEFT JOIN roster AS t ON t.session_id = m.session_id
WHERE m.run_id = :run_id AND x.answer IS DISTINCT FROM 'wanted';
