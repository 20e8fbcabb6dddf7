-- name: offer
-- A new secret at each start, until the set-up is finished. Without an operator there is somebody to wait for; with one, only where
-- this set-up made it: whoever opened the town by commands is not asked again.
INSERT INTO set_up (secret_hash, expires_at)
SELECT CAST(:secret_hash AS bytea), CAST(:expires_at AS timestamptz)
WHERE NOT EXISTS (SELECT FROM organization AS o WHERE o.kind = 'operator')
   OR EXISTS (SELECT FROM set_up AS s WHERE s.finished_at IS NULL AND s.operator_id IS NOT NULL)
ON CONFLICT (single) DO UPDATE SET secret_hash = excluded.secret_hash, expires_at = excluded.expires_at
WHERE set_up.finished_at IS NULL;

-- name: progress
-- FOR UPDATE: two windows with the same page open save one after the other.
SELECT s.expires_at, s.operator_id, s.operator_staff_id, s.sender_seen_at, s.test_letter_id, s.center_id, s.partner_id, s.form_id,
       s.finished_at
FROM set_up AS s WHERE s.secret_hash = :secret_hash FOR UPDATE;

-- name: has_operator
SELECT EXISTS (SELECT FROM organization AS o WHERE o.kind = 'operator');

-- name: note_town
UPDATE set_up SET operator_id = :operator_id, operator_staff_id = :staff_id WHERE secret_hash = :secret_hash;

-- name: note_sender
UPDATE set_up SET sender_seen_at = :now WHERE secret_hash = :secret_hash AND sender_seen_at IS NULL;

-- name: note_test_letter
UPDATE set_up SET test_letter_id = :letter_id WHERE secret_hash = :secret_hash;

-- name: note_center
UPDATE set_up SET center_id = :center_id WHERE secret_hash = :secret_hash;

-- name: note_partner
UPDATE set_up SET partner_id = :partner_id, form_id = :form_id WHERE secret_hash = :secret_hash;

-- name: finish
-- Of two presses at once, one finishes.
UPDATE set_up SET finished_at = :now WHERE secret_hash = :secret_hash AND finished_at IS NULL;

-- name: form_by_id
SELECT f.slug FROM form AS f WHERE f.id = :form_id;
