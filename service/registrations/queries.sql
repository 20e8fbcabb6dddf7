-- name: session
SELECT s.id, s.organization_id, s.activity_id, s.state, s.cancel_reason, s.sequence, s.starts_at, s.ends_at, s.zone, {a.summary}, a.description, a.topics,
       o.name AS center_name
FROM session AS s
JOIN activity AS a ON a.id = s.activity_id
JOIN organization AS o ON o.id = s.organization_id
WHERE s.id = :session_id;

-- name: sessions
SELECT s.id, s.organization_id, s.activity_id, s.state, s.cancel_reason, s.sequence, s.starts_at, s.ends_at, s.zone, {a.summary}, a.description, a.topics,
       o.name AS center_name
FROM session AS s
JOIN activity AS a ON a.id = s.activity_id
JOIN organization AS o ON o.id = s.organization_id
WHERE s.id = ANY (:session_ids::uuid[]);

-- name: registration
SELECT {registration} FROM registration
WHERE session_id = :session_id AND resident_id = :resident_id;

-- name: expecting
-- Everybody who expects these dates to take place: with a seat, or waiting for one.
SELECT {registration} FROM registration
WHERE session_id = ANY (:session_ids::uuid[]) AND state IN ('waiting', 'offered', 'confirmed')
ORDER BY session_id, resident_id;

-- name: party
SELECT p.party FROM profile AS p JOIN pseudonym AS n ON n.matcher_id = p.matcher_id WHERE n.resident_id = :resident_id;

-- name: put
-- A trigger counts the seats it takes or gives back; the CHECK of `seats` is the last guard against overselling.
-- A new wish takes a new place in the order, behind whom the center put first; a call-off that is taken back gives the old one back. When a seat was offered and until when stays to be read.
INSERT INTO registration (session_id, resident_id, organization_id, state, called_off_from, party, waiting_since, offer_until, created_at, changed_at)
VALUES (:session_id, :resident_id, :organization_id, :state, :called_off_from, :party, :waiting_since, :offer_until, :now, :now)
ON CONFLICT (session_id, resident_id) DO UPDATE
SET state = excluded.state, called_off_from = excluded.called_off_from, party = excluded.party, waiting_since = coalesce(excluded.waiting_since, registration.waiting_since),
    offer_until = CASE WHEN excluded.state = 'waiting' THEN NULL ELSE coalesce(excluded.offer_until, registration.offer_until) END,
    put_first_at = CASE WHEN excluded.called_off_from IS NOT NULL OR registration.called_off_from IS NOT NULL THEN registration.put_first_at END,
    put_first_reason = CASE WHEN excluded.called_off_from IS NOT NULL OR registration.called_off_from IS NOT NULL THEN registration.put_first_reason END,
    sequence = registration.sequence + 1, changed_at = excluded.changed_at
RETURNING {registration};

-- name: put_first
UPDATE registration SET put_first_at = :now, put_first_reason = :reason
WHERE session_id = :session_id AND resident_id = :resident_id AND put_first_at IS NULL
RETURNING true;

-- name: note_change
INSERT INTO registration_change (session_id, resident_id, state, actor, reason, at, host_link_id)
VALUES (:session_id, :resident_id, :state, :actor, :reason, :now, :host_link_id);

-- name: record_answer
INSERT INTO answer (matcher_id, session_id, activity_id, answer, at)
SELECT n.matcher_id, :session_id, :activity_id, :answer, :now FROM pseudonym AS n WHERE n.resident_id = :resident_id
ON CONFLICT (matcher_id, session_id) DO UPDATE SET answer = excluded.answer, at = excluded.at
WHERE answer.answer IN ('yes', 'no', 'wanted');

-- name: withdraw_answer
-- What happened stays; only what was said can be taken back.
DELETE FROM answer AS x USING pseudonym AS n
WHERE n.resident_id = :resident_id AND x.matcher_id = n.matcher_id AND x.session_id = :session_id AND x.answer IN ('yes', 'no', 'wanted');

-- name: standing
SELECT x.answer, g.state, g.party, g.waiting_since, g.offer_until, m.kind IS NOT NULL AS asked, m.answer AS coming
FROM pseudonym AS n
LEFT JOIN session AS s ON s.id = :session_id
LEFT JOIN answer AS x ON x.matcher_id = n.matcher_id AND x.session_id = :session_id
LEFT JOIN registration AS g ON g.resident_id = n.resident_id AND g.session_id = :session_id
LEFT JOIN reminder AS m ON m.session_id = s.id AND m.resident_id = n.resident_id AND m.starts_at = s.starts_at AND m.kind = 'question'
WHERE n.resident_id = :resident_id;

-- name: linked_invitation
-- The match behind an answer link, as far as the link's own resident may see it.
SELECT m.session_id, r.language, r.link_epoch, m.km
FROM match AS m
JOIN pseudonym AS n ON n.matcher_id = m.matcher_id
JOIN resident AS r ON r.id = n.resident_id
WHERE m.id = :match_id AND n.resident_id = :resident_id;

-- name: linked_seat
-- The seat or the wish behind a seat link; the distance is that of the invitation it came from, where there was one.
SELECT g.session_id, r.language, r.link_epoch,
       (SELECT m.km FROM match AS m JOIN pseudonym AS n ON n.matcher_id = m.matcher_id
         WHERE n.resident_id = r.id AND m.session_id = g.session_id ORDER BY m.id DESC LIMIT 1) AS km
FROM registration AS g
JOIN resident AS r ON r.id = g.resident_id
WHERE g.session_id = :session_id AND g.resident_id = :resident_id;

-- name: waiting_before
SELECT parties, smallest FROM waiting_before(:session_id, :since, :resident_id);

-- name: dates_to_pass_on
-- Dates with an offer that ran out, with a seat for somebody who waits, or that begin too soon to wait any longer.
SELECT DISTINCT g.session_id
FROM registration AS g
JOIN session AS s ON s.id = g.session_id
JOIN seats AS q ON q.session_id = g.session_id
WHERE s.state = 'scheduled' AND (
  (g.state = 'offered' AND g.offer_until <= :now)
  OR (g.state = 'waiting' AND (s.starts_at <= :too_late OR q.capacity IS NULL OR q.taken + g.party <= q.capacity)));

-- name: silent_offers
SELECT {registration} FROM registration
WHERE session_id = :session_id AND state = 'offered' AND offer_until <= :now ORDER BY offer_until, resident_id;

-- name: waiting
-- In the order of their wishes; first, whom the center put first (NULL stands last).
SELECT {registration} FROM registration WHERE session_id = :session_id AND state = 'waiting' ORDER BY put_first_at, waiting_since, resident_id;

-- name: seat_reader
SELECT language, zone, link_epoch FROM resident WHERE id = :resident_id;

-- name: seat_by_handle
SELECT {registration} FROM registration
WHERE session_id = :session_id AND handle = :handle;

-- name: note_visit
-- The matcher learns from the answer; the center that notes a visit may not see whose row it is.
SELECT note_visit(:handle, :now);

-- name: put_walk_in
INSERT INTO walk_in (organization_id, session_id, first_name, people, noted_at, key, host_link_id)
VALUES (:organization_id, :session_id, :first_name, :people, :now, :key, :host_link_id)
ON CONFLICT (key) DO NOTHING;

-- name: walk_ins
SELECT key, first_name, people FROM walk_in WHERE session_id = :session_id ORDER BY noted_at, id;

-- name: remove_walk_in
DELETE FROM walk_in WHERE session_id = :session_id AND key = :key;

-- name: seats_to_write
-- Registrations of coming dates that are not as the last letter about them says, a page by session and person. What just changed is
-- left to settle, unless the date is near. A date that is called off takes its letters with it: `dates.tell` writes them.
SELECT {g.registration}, r.language, r.link_epoch
FROM registration AS g
JOIN session AS s ON s.id = g.session_id
JOIN resident AS r ON r.id = g.resident_id
LEFT JOIN seat_letter AS w ON w.session_id = g.session_id AND w.resident_id = g.resident_id
WHERE g.changed_at > :since AND (g.changed_at <= :settled OR s.starts_at <= :soon) AND s.starts_at > :now
  AND (g.session_id, g.resident_id) > (CAST(:after_session AS uuid), CAST(:after_resident AS uuid))
  AND CASE WHEN g.state = 'confirmed' THEN s.state = 'scheduled' AND (w.state IS DISTINCT FROM 'confirmed' OR w.party <> g.party)
           ELSE g.state IN ('cancelled', 'declined') AND w.state = 'confirmed' END
ORDER BY g.session_id, g.resident_id LIMIT :batch;

-- name: lock_registration
-- Whether it is still as it was read; then it stays so until the letter about it is written.
SELECT true FROM registration
WHERE session_id = :session_id AND resident_id = :resident_id AND sequence = :sequence FOR NO KEY UPDATE;

-- name: claim_seat_letter
-- Whoever comes second, and would write the same, gets no row.
INSERT INTO seat_letter (session_id, resident_id, organization_id, state, party, written_at)
VALUES (:session_id, :resident_id, :organization_id, :state, :party, :now)
ON CONFLICT (session_id, resident_id) DO UPDATE
SET state = excluded.state, party = excluded.party, written_at = excluded.written_at
WHERE (seat_letter.state, seat_letter.party) IS DISTINCT FROM (excluded.state, excluded.party)
RETURNING true;

-- name: note_call_off
-- When the receipt was written that does not hold any more.
WITH receipt AS (
  SELECT written_at FROM seat_letter WHERE session_id = :session_id AND resident_id = :resident_id AND state = 'confirmed')
UPDATE seat_letter SET state = 'cancelled', written_at = :now WHERE session_id = :session_id AND resident_id = :resident_id
RETURNING (SELECT written_at FROM receipt);

-- name: note_restored
-- No letter of the call-off left, so the receipt is again what was last written.
UPDATE seat_letter SET state = 'confirmed', written_at = :receipt_at WHERE session_id = :session_id AND resident_id = :resident_id;

-- name: called_off
-- Whoever expected these dates until they were called off.
SELECT {registration} FROM registration
WHERE session_id = ANY (:session_ids::uuid[]) AND called_off_from IS NOT NULL ORDER BY session_id, resident_id;

-- name: call_off_left
-- Whether somebody whom a call-off of this date concerns is being written to, or was.
SELECT EXISTS (
  SELECT FROM registration AS g
  JOIN change_letter AS c ON c.session_id = g.session_id AND c.resident_id = g.resident_id
  JOIN letter AS l ON l.id = c.letter_id
  WHERE g.session_id = :session_id AND g.called_off_from IS NOT NULL AND l.state <> 'pending');

-- name: end_called_off
-- Given up while the date is called off: it does not return with it.
UPDATE registration SET called_off_from = NULL, changed_at = :now
WHERE session_id = :session_id AND resident_id = :resident_id AND called_off_from IS NOT NULL;

-- name: change_letters
SELECT session_id, resident_id, letter_id, starts_at, ends_at, zone, place, receipt_at FROM change_letter
WHERE session_id = ANY (:session_ids::uuid[]) AND (:resident_id::uuid IS NULL OR resident_id = :resident_id::uuid);

-- name: put_change_letter
INSERT INTO change_letter (session_id, resident_id, organization_id, letter_id, starts_at, ends_at, zone, place, receipt_at)
VALUES (:session_id, :resident_id, :organization_id, :letter_id, :starts_at, :ends_at, :zone, :place, :receipt_at)
ON CONFLICT (session_id, resident_id) DO UPDATE
SET letter_id = excluded.letter_id, starts_at = excluded.starts_at, ends_at = excluded.ends_at, zone = excluded.zone,
    place = excluded.place, receipt_at = excluded.receipt_at;

-- name: seats_to_remind
-- Confirmed seats at dates of the next hours that were not reminded of, a page by session and person. Who was written shortly before
-- the date that the seat is theirs needs no second letter.
SELECT {g.registration}, r.language, r.link_epoch, r.zone AS person_zone,
       s.starts_at
FROM session AS s
JOIN registration AS g ON g.session_id = s.id
JOIN resident AS r ON r.id = g.resident_id
LEFT JOIN seat_letter AS w ON w.session_id = g.session_id AND w.resident_id = g.resident_id
WHERE s.state = 'scheduled' AND s.starts_at > :now AND s.starts_at <= :ahead AND g.state = 'confirmed'
  AND (g.session_id, g.resident_id) > (CAST(:after_session AS uuid), CAST(:after_resident AS uuid))
  AND CASE WHEN w.state = 'confirmed' THEN w.written_at ELSE g.changed_at END <= s.starts_at - CAST(:fresh AS interval)
  AND NOT EXISTS (
    SELECT FROM reminder AS m
    WHERE m.session_id = g.session_id AND m.resident_id = g.resident_id AND m.starts_at = s.starts_at AND m.kind = 'reminder')
ORDER BY g.session_id, g.resident_id LIMIT :batch;

-- name: claim_reminder
INSERT INTO reminder (session_id, resident_id, starts_at, kind, written_at)
VALUES (:session_id, :resident_id, :starts_at, :kind, :now)
ON CONFLICT (session_id, resident_id, starts_at, kind) DO NOTHING
RETURNING true;

-- name: seats_to_ask
-- Confirmed seats at dates between the two hours where somebody waits, whose people were not asked whether they still come, a page by
-- session and person. Who got the seat a short while ago is not asked.
SELECT {g.registration}, r.language, r.link_epoch, r.zone AS person_zone,
       s.starts_at
FROM session AS s
JOIN registration AS g ON g.session_id = s.id
JOIN resident AS r ON r.id = g.resident_id
WHERE s.state = 'scheduled' AND s.starts_at > :earliest AND s.starts_at <= :latest AND g.state = 'confirmed' AND g.changed_at <= :settled
  AND (g.session_id, g.resident_id) > (CAST(:after_session AS uuid), CAST(:after_resident AS uuid))
  AND EXISTS (SELECT FROM registration AS w WHERE w.session_id = s.id AND w.state = 'waiting')
  AND NOT EXISTS (
    SELECT FROM reminder AS m
    WHERE m.session_id = g.session_id AND m.resident_id = g.resident_id AND m.starts_at = s.starts_at AND m.kind = 'question')
ORDER BY g.session_id, g.resident_id LIMIT :batch;

-- name: answer_question
-- Only what was asked of the date as it stands can be answered; the same answer again is no change.
UPDATE reminder AS m SET answer = :answer
FROM session AS s
WHERE s.id = :session_id AND m.session_id = s.id AND m.resident_id = :resident_id AND m.starts_at = s.starts_at AND m.kind = 'question'
  AND m.answer IS DISTINCT FROM :answer
RETURNING true;

-- name: message_audience
SELECT (count(*) FILTER (WHERE state IN ('confirmed', 'attended')))::integer AS seated,
       (count(*) FILTER (WHERE state IN ('waiting', 'offered')))::integer AS waiting
FROM registration WHERE session_id = :session_id;

-- name: message_readers
-- Less those who blocked the center, which a center may not see.
SELECT resident_id, zone FROM message_readers(:session_id, :with_waiting) ORDER BY resident_id;

-- name: messages_since
SELECT count(*) FROM center_message WHERE session_id = :session_id AND written_at > :since;

-- name: center_message
SELECT {center_message} FROM center_message WHERE session_id = :session_id AND key = :key;

-- name: center_messages
SELECT {center_message} FROM center_message WHERE session_id = :session_id ORDER BY written_at DESC, key;

-- name: put_center_message
INSERT INTO center_message (organization_id, session_id, staff_id, {center_message})
VALUES (:organization_id, :session_id, :staff_id, {:center_message});
