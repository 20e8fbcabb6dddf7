-- name: beat
INSERT INTO heartbeat (worker, beat_at) VALUES (:worker, :now) ON CONFLICT (worker) DO UPDATE SET beat_at = excluded.beat_at;

-- name: forget_workers
DELETE FROM heartbeat WHERE beat_at < :before;

-- name: erase_unconfirmed
-- Whoever never confirmed is not a resident: everything that was typed goes.
DELETE FROM resident WHERE status = 'unconfirmed' AND created_at < :before;
