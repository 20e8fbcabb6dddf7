-- name: lock_dates
-- The coming dates of these activities as they were; held, so that two changes of one activity take turns. NO KEY: whoever takes a
-- seat holds its row and asks for the key of the date next, while a change asks the other way round.
SELECT id AS session_id, activity_id, original_local, starts_at, ends_at, zone, state
FROM session
WHERE organization_id = :organization_id AND activity_id = ANY (:activity_ids::uuid[]) AND starts_at >= :now
ORDER BY id FOR NO KEY UPDATE;

-- name: give_names
UPDATE session AS s SET original_local = t.original_local
FROM unnest(:session_ids::uuid[], :originals::timestamp[]) AS t (session_id, original_local)
WHERE s.id = t.session_id;

-- name: put_dates
-- A date that was cancelled and is wanted again takes place again; nothing is written where nothing changed. xmax is 0 in a new row.
WITH written AS (
  INSERT INTO session (organization_id, activity_id, original_local, starts_at_local, zone, starts_at, ends_at, changed_at)
  SELECT :organization_id, t.activity_id, t.original_local, t.starts_at_local, t.zone, t.starts_at, t.ends_at, :now
  FROM unnest(:activity_ids::uuid[], :originals::timestamp[], :locals::timestamp[], :zones::text[], :starts::timestamptz[],
              :ends::timestamptz[]) AS t (activity_id, original_local, starts_at_local, zone, starts_at, ends_at)
  ON CONFLICT (activity_id, original_local) DO UPDATE
  SET starts_at_local = excluded.starts_at_local, zone = excluded.zone, starts_at = excluded.starts_at, ends_at = excluded.ends_at,
      state = 'scheduled', cancel_reason = '', undo_until = NULL, sequence = session.sequence + 1, changed_at = :now
  WHERE (session.starts_at, session.ends_at, session.zone, session.state)
    IS DISTINCT FROM (excluded.starts_at, excluded.ends_at, excluded.zone, 'scheduled')
  RETURNING xmax = 0 AS is_new)
SELECT count(*) FILTER (WHERE is_new) FROM written;

-- name: cancel_dates
-- Never deleted: somebody may hold a seat.
UPDATE session SET state = 'cancelled', sequence = sequence + 1, changed_at = :now,
  undo_until = CASE WHEN starts_at > CAST(:now AS timestamptz) + CAST(:near AS interval) THEN CAST(:now AS timestamptz) + CAST(:undo AS interval) END
WHERE id = ANY (:session_ids::uuid[]) AND state = 'scheduled'
RETURNING id;

-- name: raise_sequences
-- A date in another place is an update to the calendars that hold it, too.
UPDATE session SET sequence = sequence + 1, changed_at = :now WHERE id = ANY (:session_ids::uuid[]);

-- name: put_seats
-- A capacity below the seats already taken closes the session without sending anybody away. No capacity means no limit, and stays so:
-- greatest() passes over NULL. The conflict locks every row, also those that stay: a yes under way is waited for.
INSERT INTO seats (session_id, capacity)
SELECT s.id, a.capacity FROM session AS s JOIN activity AS a ON a.id = s.activity_id
WHERE s.organization_id = :organization_id AND s.activity_id = ANY (:activity_ids::uuid[]) AND s.starts_at >= :now
ON CONFLICT (session_id) DO UPDATE
SET capacity = CASE WHEN excluded.capacity IS NOT NULL THEN greatest(excluded.capacity, seats.taken) END
WHERE NOT seats.own_capacity
  AND seats.capacity IS DISTINCT FROM CASE WHEN excluded.capacity IS NOT NULL THEN greatest(excluded.capacity, seats.taken) END;

-- name: rename_dates
-- A date keeps its identity, and with it its seats, when its series is written by the clock of its place and not in UTC any more.
UPDATE session SET original_local = CASE WHEN original_local::time = :hour::time THEN original_local + :moved_by::interval
  ELSE original_local AT TIME ZONE 'UTC' AT TIME ZONE :zone::text END
WHERE organization_id = :organization_id AND activity_id = :activity_id;

-- name: by_id
SELECT id, organization_id, activity_id, original_local, starts_at_local, zone, starts_at, ends_at, state, sequence
FROM session WHERE id = :id;

-- name: of_activity
SELECT id, organization_id, activity_id, original_local, starts_at_local, zone, starts_at, ends_at, state, sequence
FROM session WHERE activity_id = :activity_id AND starts_at >= :after ORDER BY starts_at LIMIT :limit;

-- name: lock_seats
-- Every change of a seat begins with this, as a statement of its own: one statement that locked and counted would count with the
-- snapshot it began with, and give one seat to everybody who waited for the lock.
SELECT capacity, taken FROM seats WHERE session_id = :session_id FOR UPDATE;

-- name: set_capacity
UPDATE seats SET capacity = :capacity, own_capacity = true WHERE session_id = :session_id;

-- name: set_cancel_reason
UPDATE session SET cancel_reason = :reason WHERE id = :session_id;

-- name: make_room
-- For seats that return with their date: its activity may have got fewer meanwhile, and nobody is sent away for that.
UPDATE seats SET capacity = taken + :more WHERE session_id = :session_id AND capacity < taken + :more;
