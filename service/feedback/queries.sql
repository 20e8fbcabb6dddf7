-- name: readers_to_ask
-- People who had a seat at a date that ended of late, a page by person. Who stopped, paused or withdrew consent is not asked, and nobody
-- twice within a day (asked_before).
SELECT r.id AS resident_id, r.language, r.link_epoch, r.zone, array_agg(s.id ORDER BY s.ends_at, s.id) AS session_ids,
       array_agg(s.ends_at ORDER BY s.ends_at, s.id) AS ends_at
FROM session AS s
JOIN registration AS g ON g.session_id = s.id
JOIN resident AS r ON r.id = g.resident_id
JOIN letter_reader AS l ON l.resident_id = r.id
WHERE s.state = 'scheduled' AND s.ends_at > :since AND s.ends_at <= :now AND g.state IN ('confirmed', 'attended', 'missed')
  AND (l.paused_until IS NULL OR l.paused_until <= :now) AND r.id > CAST(:after AS uuid)
  AND NOT EXISTS (SELECT FROM feedback AS f WHERE f.session_id = g.session_id AND f.resident_id = g.resident_id)
  AND NOT EXISTS (SELECT FROM feedback AS f WHERE f.resident_id = g.resident_id AND f.asked_at > :asked_before)
GROUP BY r.id ORDER BY r.id LIMIT :batch;

-- name: claim
-- Whoever comes second gets no row; nor is a date claimed that was called off, or a seat that was given up, since it was looked at.
INSERT INTO feedback (session_id, resident_id, asked_at)
SELECT g.session_id, g.resident_id, :now
FROM registration AS g
JOIN session AS s ON s.id = g.session_id
WHERE g.resident_id = :resident_id AND g.session_id = ANY (:session_ids::uuid[]) AND s.state = 'scheduled'
  AND g.state IN ('confirmed', 'attended', 'missed')
ORDER BY g.session_id
ON CONFLICT (session_id, resident_id) DO NOTHING
RETURNING session_id;

-- name: visit
SELECT f.session_id, f.resident_id, g.handle, g.state AS seat, f.came, f.rating, f.wants, f.topics_changed
FROM feedback AS f
JOIN registration AS g ON g.session_id = f.session_id AND g.resident_id = f.resident_id
WHERE f.session_id = :session_id AND f.resident_id = :resident_id;

-- name: others_to_answer
-- Asked in the same letter, and not answered yet.
SELECT f.session_id, a.title, s.starts_at, s.zone, f.came, f.rating, f.wants, f.topics_changed
FROM feedback AS f
JOIN feedback AS o ON o.resident_id = f.resident_id AND o.asked_at = f.asked_at AND o.session_id = :session_id
JOIN session AS s ON s.id = f.session_id
JOIN activity AS a ON a.id = s.activity_id
WHERE f.resident_id = :resident_id AND f.session_id <> :session_id AND f.came IS NULL AND s.state = 'scheduled'
ORDER BY s.starts_at, s.id;

-- name: visits_of
-- What a person was asked about, the newest first.
SELECT f.session_id, a.title, s.starts_at, s.zone, f.came, f.rating, f.wants, f.topics_changed
FROM feedback AS f
JOIN session AS s ON s.id = f.session_id
JOIN activity AS a ON a.id = s.activity_id
WHERE f.resident_id = :resident_id
ORDER BY s.starts_at DESC, s.id LIMIT :most;

-- name: answer
UPDATE feedback
SET came = :came, rating = :rating, wants = :wants, topics_changed = :topics_changed,
    answered_at = CASE WHEN CAST(:came AS text) IS NOT NULL THEN CAST(:now AS timestamptz) END
WHERE session_id = :session_id AND resident_id = :resident_id;

-- name: keep_away
-- No date of this activity is offered to this person from now on.
INSERT INTO block (matcher_id, activity_id, at)
SELECT n.matcher_id, :activity_id, :now FROM pseudonym AS n WHERE n.resident_id = :resident_id
ON CONFLICT DO NOTHING;

-- name: offer_again
DELETE FROM block AS b USING pseudonym AS n
WHERE n.resident_id = :resident_id AND b.matcher_id = n.matcher_id AND b.activity_id = :activity_id;

-- name: visit_words
SELECT answered, with_both, differing FROM visit_words();
