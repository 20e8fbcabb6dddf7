-- The ledger. A letter is claimed, committed as `sending` before its first byte leaves, and closed with what became of it.
-- Leases run by the clock of the database alone; :now (the clock of the program, which a demo may set) only says what is due.

-- name: queue
INSERT INTO letter (id, kind, resident_id, staff_id, to_email, to_email_index, organization_id, message_id, content, not_before,
                    give_up_at, queued_at)
VALUES (:letter_id, :kind, :resident_id, :staff_id, :to_email, :to_email_index, :organization_id, :message_id, :content, :not_before,
        :give_up_at, :now);

-- name: withdraw
-- A sender that is quicker has leased it: then it leaves.
DELETE FROM letter WHERE id = ANY (:letter_ids::uuid[]) AND state = 'pending' RETURNING id;

-- name: claim_awaited
-- What somebody is waiting for goes before any digest. SKIP LOCKED: senders never wait for each other.
WITH due AS (
  SELECT l.id FROM letter AS l
  WHERE l.state = 'pending' AND l.kind <> 'digest' AND l.not_before <= :now
  ORDER BY l.not_before LIMIT :batch FOR UPDATE SKIP LOCKED)
UPDATE letter AS l
SET state = 'leased', lease_token = :token, lease_until = clock_timestamp() + make_interval(secs => :lease_s), attempt = l.attempt + 1
FROM due WHERE l.id = due.id
RETURNING l.id;

-- name: claim_digests
WITH due AS (
  SELECT l.id FROM letter AS l
  WHERE l.state = 'pending' AND l.not_before <= :now
  ORDER BY l.not_before LIMIT :batch FOR UPDATE SKIP LOCKED)
UPDATE letter AS l
SET state = 'leased', lease_token = :token, lease_until = clock_timestamp() + make_interval(secs => :lease_s), attempt = l.attempt + 1
FROM due WHERE l.id = due.id
RETURNING l.id;

-- name: leased
SELECT l.id, l.kind, l.resident_id, l.staff_id, l.message_id, l.content, l.attempt,
       coalesce(r.email, s.email, l.to_email) AS email, coalesce(r.email_index, s.email_index, l.to_email_index) AS email_index,
       coalesce(r.language, 'en') AS language
FROM letter AS l
LEFT JOIN resident AS r ON r.id = l.resident_id
LEFT JOIN staff AS s ON s.id = l.staff_id
WHERE l.id = ANY (:letter_ids) AND l.state = 'leased' AND l.lease_token = :token
ORDER BY l.not_before, l.id;

-- name: begin_to_resident
-- The last look. FOR SHARE makes a stop that is being written wait for this commit, or this statement wait for the stop and then
-- refuse; that works only because a stop, a pause and an erasure all change the resident's own row.
-- A stop of the weekly letter keeps back neither a link, which the person asked for just now, nor the news that a date they hold a seat
-- for has changed. Who has confirmed meanwhile is not asked to confirm. A letter about another newcomer leaves only while both of them still want it.
UPDATE letter AS l
SET state = 'sending', lease_until = clock_timestamp() + make_interval(secs => :lease_s)
WHERE l.id = :letter_id AND l.state = 'leased' AND l.lease_token = :token AND l.lease_until > clock_timestamp() AND l.give_up_at > :now
  AND EXISTS (
    SELECT FROM resident AS r
    WHERE r.id = :resident_id
      AND (r.status = 'active' OR l.kind IN ('confirm', 'link') OR (l.kind = 'notice' AND r.status = 'stopped'))
      AND (l.kind <> 'confirm' OR r.status = 'unconfirmed')
      AND (l.kind NOT IN ('digest', 'question', 'company') OR r.paused_until IS NULL OR r.paused_until <= :now)
      AND NOT EXISTS (
        SELECT FROM suppression AS s
        WHERE s.email_index = r.email_index AND (l.kind NOT IN ('confirm', 'link', 'notice') OR s.reason IN ('bounced', 'complained')))
    FOR SHARE OF r)
  AND (l.kind <> 'company' OR company_holds(l.id, :now))
RETURNING true;

-- name: begin_to_staff
UPDATE letter AS l
SET state = 'sending', lease_until = clock_timestamp() + make_interval(secs => :lease_s)
WHERE l.id = :letter_id AND l.state = 'leased' AND l.lease_token = :token AND l.lease_until > clock_timestamp() AND l.give_up_at > :now
  AND EXISTS (
    SELECT FROM staff AS m
    WHERE m.id = :staff_id AND m.removed_at IS NULL
      AND NOT EXISTS (SELECT FROM suppression AS s WHERE s.email_index = m.email_index AND s.reason IN ('bounced', 'complained'))
    FOR SHARE OF m)
RETURNING true;

-- name: begin_to_address
-- To somebody who is neither a resident nor staff: a test letter.
UPDATE letter AS l
SET state = 'sending', lease_until = clock_timestamp() + make_interval(secs => :lease_s)
WHERE l.id = :letter_id AND l.state = 'leased' AND l.lease_token = :token AND l.lease_until > clock_timestamp() AND l.give_up_at > :now
  AND NOT EXISTS (SELECT FROM suppression AS s WHERE s.email_index = l.to_email_index AND s.reason IN ('bounced', 'complained'))
RETURNING true;

-- name: skip
-- Only while the lease is ours: a letter that somebody else holds by now is theirs to judge.
UPDATE letter SET state = 'skipped', lease_token = NULL, lease_until = NULL, last_error = :reason
WHERE id = :letter_id AND state = 'leased' AND lease_token = :token AND lease_until > clock_timestamp();

-- name: note_sent
-- Late news counts too: the sender may have been swept while the server was thinking, and a letter known to be taken must not go again.
UPDATE letter SET state = 'sent', sent_at = :now, lease_token = NULL, lease_until = NULL, last_error = NULL
WHERE id = :letter_id AND ((state = 'sending' AND lease_token = :token) OR state IN ('ambiguous', 'held', 'pending'));

-- name: note_later
-- After give_up_at there is no later.
UPDATE letter
SET state = CASE WHEN :not_before < give_up_at THEN 'pending' ELSE 'failed' END,
    not_before = CASE WHEN :not_before < give_up_at THEN :not_before ELSE not_before END,
    lease_token = NULL, lease_until = NULL, last_error = :error
WHERE id = :letter_id AND state = 'sending' AND lease_token = :token;

-- name: note_failed
UPDATE letter SET state = 'failed', lease_token = NULL, lease_until = NULL, last_error = :error
WHERE id = :letter_id AND state IN ('leased', 'sending') AND lease_token = :token;

-- name: note_ambiguous
UPDATE letter
SET state = 'ambiguous', ambiguous_n = ambiguous_n + 1, lease_token = NULL, last_error = :error,
    lease_until = clock_timestamp() + make_interval(secs => :lookup_s)
WHERE id = :letter_id AND state = 'sending' AND lease_token = :token;

-- name: release
UPDATE letter SET state = 'pending', lease_token = NULL, lease_until = NULL WHERE state = 'leased' AND lease_token = :token;

-- name: sweep_leased
UPDATE letter SET state = 'pending', lease_token = NULL, lease_until = NULL WHERE state = 'leased' AND lease_until < clock_timestamp();

-- name: sweep_sending
-- Its sender died with the letter in hand: nobody knows whether the last dot arrived.
UPDATE letter
SET state = 'ambiguous', ambiguous_n = ambiguous_n + 1, lease_token = NULL, last_error = 'the sender was lost',
    lease_until = clock_timestamp() + make_interval(secs => :lookup_s)
WHERE state = 'sending' AND lease_until < clock_timestamp();

-- name: claim_in_doubt
-- Moves the time of the next look, so that one sender asks and a crash while asking costs one round.
WITH due AS (
  SELECT l.id FROM letter AS l WHERE l.state = 'ambiguous' AND l.lease_until < clock_timestamp() LIMIT :batch FOR UPDATE SKIP LOCKED)
UPDATE letter AS l SET lease_until = clock_timestamp() + make_interval(secs => :lookup_s)
FROM due WHERE l.id = due.id
RETURNING l.id, l.message_id, l.ambiguous_n;

-- name: settle_sent
UPDATE letter SET state = 'sent', sent_at = :now, lease_until = NULL WHERE id = :letter_id AND state = 'ambiguous';

-- name: settle_again
UPDATE letter SET state = 'pending', lease_until = NULL WHERE id = :letter_id AND state = 'ambiguous';

-- name: settle_held
UPDATE letter SET state = 'held', lease_until = NULL WHERE id = :letter_id AND state = 'ambiguous';

-- name: suppress
-- The first reason stays: a bounce or a complaint weighs more than a stop, and a stop is no less because the address bounces later.
INSERT INTO suppression (email_index, reason, at) VALUES (:email_index, :reason, :now) ON CONFLICT (email_index) DO NOTHING;

-- name: forget_stop
-- Only what the person decided can be undone by the person.
DELETE FROM suppression WHERE email_index = :email_index AND reason = 'stopped';

-- name: fate
-- What has become of one letter so far; last_error is the answer of the mail server.
SELECT l.state, l.queued_at, l.sent_at, l.last_error FROM letter AS l WHERE l.id = :letter_id;

-- name: waiting
-- Whether a ring is worth it.
SELECT EXISTS (SELECT FROM letter WHERE state = 'pending' AND not_before <= :now);

-- name: doubtful
-- Letters nobody knows the fate of; the oldest first.
SELECT l.message_id, l.kind, l.state, l.queued_at FROM letter AS l WHERE l.state IN ('ambiguous', 'held') ORDER BY l.queued_at, l.id;

-- name: counts
SELECT state, count(*)::int AS letters FROM letter GROUP BY state ORDER BY state;

-- name: armed_here
-- A restored dump has another system identifier, a restore to a point in time another timeline, a copied folder another place.
SELECT EXISTS (
  SELECT FROM sender_fence AS f, pg_control_system() AS s, pg_control_checkpoint() AS c
  WHERE f.system_identifier = s.system_identifier::text AND f.timeline_id = c.timeline_id AND f.place = :place);

-- name: never_sent
SELECT NOT EXISTS (SELECT FROM sender_fence)
  AND NOT EXISTS (SELECT FROM letter AS l WHERE l.state IN ('sending', 'sent', 'ambiguous', 'held'));

-- name: arm_first
-- Only where no letter ever left. Of two first senders at once the second waits, and then finds the first one's row.
INSERT INTO sender_fence (system_identifier, timeline_id, place, armed_at)
SELECT s.system_identifier::text, c.timeline_id, :place, :now FROM pg_control_system() AS s, pg_control_checkpoint() AS c
WHERE NOT EXISTS (SELECT FROM letter AS l WHERE l.state IN ('sending', 'sent', 'ambiguous', 'held'))
ON CONFLICT (singleton) DO NOTHING;

-- name: arm
INSERT INTO sender_fence (system_identifier, timeline_id, place, armed_at)
SELECT s.system_identifier::text, c.timeline_id, :place, :now FROM pg_control_system() AS s, pg_control_checkpoint() AS c
ON CONFLICT (singleton) DO UPDATE
SET system_identifier = excluded.system_identifier, timeline_id = excluded.timeline_id, place = excluded.place, armed_at = excluded.armed_at;

-- name: hold_waiting
UPDATE letter SET state = 'held', lease_token = NULL, lease_until = NULL, last_error = 'armed: another copy may have sent it'
WHERE state IN ('pending', 'leased', 'sending', 'ambiguous');

-- name: release_held_by_arming
UPDATE letter SET state = 'pending', last_error = NULL WHERE state = 'held' AND last_error = 'armed: another copy may have sent it';
