-- name: beat
INSERT INTO heartbeat (worker, beat_at) VALUES (:worker, :now) ON CONFLICT (worker) DO UPDATE SET beat_at = excluded.beat_at;

-- name: forget_workers
DELETE FROM heartbeat WHERE beat_at < :before;

-- name: know_duty
INSERT INTO daily (duty, done_on) VALUES (:duty, '-infinity') ON CONFLICT (duty) DO NOTHING;

-- name: claim_duty
-- Held until the transaction ends, so a duty that fails is not done, and nobody waits for a worker that is at it.
UPDATE daily SET done_on = :today
WHERE duty = (SELECT d.duty FROM daily AS d WHERE d.duty = :duty AND d.done_on < :today FOR UPDATE SKIP LOCKED)
RETURNING duty;
