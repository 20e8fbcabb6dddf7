-- name: runs
-- Closed runs of a week in which somebody has no letter of it yet; every region when none is named.
SELECT m.id, r.slug AS region, r.zone, m.round = 0 AS weekly FROM match_run AS m JOIN region AS r ON r.id = m.region_id
WHERE m.week = :week AND m.state = 'closed' AND (:region::text IS NULL OR r.slug = :region)
  AND EXISTS (
    SELECT FROM match AS x JOIN pseudonym AS n ON n.matcher_id = x.matcher_id
    WHERE x.run_id = m.id AND NOT EXISTS (SELECT FROM digest AS d WHERE d.resident_id = n.resident_id AND d.week = m.week))
ORDER BY r.slug, m.round;

-- name: due_weeks
-- Weeks that still have somebody without their letter; asked by every tick, so an outage is made up for.
SELECT DISTINCT m.week FROM match_run AS m
WHERE m.state = 'closed' AND m.week > :not_before_week
  AND EXISTS (
    SELECT FROM match AS x JOIN pseudonym AS n ON n.matcher_id = x.matcher_id
    WHERE x.run_id = m.id AND NOT EXISTS (SELECT FROM digest AS d WHERE d.resident_id = n.resident_id AND d.week = m.week));

-- name: readers
-- Whoever has a match, a living consent and no letter of this week yet, nor, who wants fewer letters, of the weeks just before. Pages by resident, so a large town never sits in memory.
SELECT r.id AS resident_id, n.matcher_id, r.name, r.language, r.zone, r.link_epoch, r.every_weeks, r.confirmed_at, p.available = decode(repeat('ff', 42), 'hex') AS any_time,
       o.name AS partner_name, o.postal_address AS partner_address
FROM resident AS r
JOIN pseudonym AS n ON n.resident_id = r.id
JOIN profile AS p ON p.matcher_id = n.matcher_id
LEFT JOIN form AS f ON f.id = r.form_id
LEFT JOIN organization AS o ON o.id = f.organization_id
WHERE r.id > :after AND r.status = 'active' AND (r.paused_until IS NULL OR r.paused_until <= :now)
  AND EXISTS (SELECT FROM match AS m WHERE m.run_id = :run_id AND m.matcher_id = n.matcher_id)
  AND EXISTS (SELECT FROM consent AS c WHERE c.resident_id = r.id AND c.purpose = 'digest' AND c.withdrawn_at IS NULL)
  AND NOT EXISTS (
    SELECT FROM digest AS d
    WHERE d.resident_id = r.id AND ((d.week <= CAST(:week AS date) AND d.week > CAST(:week AS date) - 7 * r.every_weeks)
      OR d.composed_at > :letter_since))
ORDER BY r.id LIMIT :batch;

-- name: matches
-- What may have changed since the run is asked again: cancelled dates are not offered, nor what was answered meanwhile.
SELECT m.id, m.matcher_id, m.session_id, m.rank, m.km, m.reasons, {a.summary}, s.starts_at, s.ends_at, s.zone, o.name AS center_name,
       a.description, a.topics
FROM match AS m
JOIN session AS s ON s.id = m.session_id
JOIN activity AS a ON a.id = s.activity_id
JOIN organization AS o ON o.id = a.organization_id
WHERE m.run_id = :run_id AND m.matcher_id = ANY (:matcher_ids) AND s.state = 'scheduled' AND a.status = 'published'
  AND NOT EXISTS (SELECT FROM answer AS x WHERE x.matcher_id = m.matcher_id AND x.session_id = m.session_id)
ORDER BY m.matcher_id, m.rank;

-- name: lock_reader
-- A statement of its own before the claim: letters of two weeks, composed at once, take turns, and the second sees the first.
SELECT true FROM resident WHERE id = :resident_id FOR NO KEY UPDATE;

-- name: claim
-- The primary key is the promise of one letter a week; whoever comes second, or within days of another week's letter, gets no row and
-- takes its letter back.
INSERT INTO digest (resident_id, week, run_id, letter_id, composed_at)
SELECT :resident_id, :week, :run_id, :letter_id, :now
WHERE NOT EXISTS (SELECT FROM digest AS d WHERE d.resident_id = :resident_id AND d.composed_at > :letter_since)
ON CONFLICT (resident_id, week) DO NOTHING
RETURNING true;
