-- FOR UPDATE: two sign-ups of one address take turns, so that one of them counts the letter of the other.
-- name: by_address
SELECT id, status, email, email_index, name, language, zone, form_id, link_epoch, created_at, confirmed_at, stopped_at, paused_until,
       every_weeks, letters_n, letter_at
FROM resident WHERE email_index = ANY(:email_indexes)
ORDER BY created_at
FOR UPDATE;

-- name: lock
SELECT id, status, email, email_index, name, language, zone, form_id, link_epoch, created_at, confirmed_at, stopped_at, paused_until,
       every_weeks, letters_n, letter_at
FROM resident WHERE id = :resident_id
FOR UPDATE;

-- Another transaction may have brought the address a moment ago; then its row stays, and the caller looks again.
-- name: insert_resident
INSERT INTO resident (id, status, email, email_index, language, zone, form_id, created_at)
VALUES (:id, 'unconfirmed', :email, :email_index, :language, :zone, :form_id, :now)
ON CONFLICT (email_index) DO NOTHING;

-- name: insert_sign_up
INSERT INTO sign_up (id, resident_id, organization_id, form_id, source, content, created_at)
VALUES (:id, :resident_id, :organization_id, :form_id, :source, :content, :now);

-- name: sign_ups_of
SELECT s.id, s.organization_id, s.form_id, o.name AS partner, s.source, s.content, s.created_at
FROM sign_up AS s JOIN organization AS o ON o.id = s.organization_id
WHERE s.resident_id = :resident_id ORDER BY s.created_at, s.id;

-- Addresses whose last letter is a day old, and of which none was reminded. Their links work for some days yet. After `after`, by id.
-- name: residents_to_remind
SELECT r.id FROM resident AS r
WHERE r.status = 'unconfirmed' AND r.id > :after AND r.letter_at > :not_before AND r.letter_at <= :until AND r.letters_n < :letters_max
  AND EXISTS (SELECT FROM sign_up AS s WHERE s.resident_id = r.id)
  AND NOT EXISTS (SELECT FROM sign_up AS s WHERE s.resident_id = r.id AND s.reminded_at IS NOT NULL)
  AND NOT EXISTS (SELECT FROM suppression AS x WHERE x.email_index = r.email_index)
ORDER BY r.id LIMIT :batch;

-- name: is_reminded
SELECT EXISTS (SELECT FROM sign_up WHERE resident_id = :resident_id AND reminded_at IS NOT NULL);

-- The time of the last letter stays: from it the days are counted until the address is forgotten.
-- name: note_reminded
WITH counted AS (UPDATE resident SET letters_n = least(letters_n + 1, 30000) WHERE id = :resident_id)
UPDATE sign_up SET reminded_at = :now WHERE id = :sign_up_id;

-- name: forget_sign_ups
DELETE FROM sign_up WHERE resident_id = :resident_id;

-- One statement, so that of many at once each is counted. A row of an older window is written over.
-- name: count_uses
INSERT INTO sign_up_use (subject, window_s, window_start, used)
SELECT :subject, t.window_s, t.window_start, 1
FROM unnest(:windows::integer[], :starts::timestamptz[]) AS t (window_s, window_start) ORDER BY t.window_s
ON CONFLICT (subject, window_s) DO UPDATE
SET window_start = excluded.window_start,
    used = CASE WHEN sign_up_use.window_start = excluded.window_start THEN least(sign_up_use.used + 1, 1000000) ELSE 1 END
RETURNING window_s, used;

-- name: forget_uses
DELETE FROM sign_up_use WHERE window_start + window_s * interval '1 second' <= :now;

-- name: insert_pseudonym
INSERT INTO pseudonym (resident_id) VALUES (:resident_id) RETURNING matcher_id;

-- name: insert_profile
INSERT INTO profile (matcher_id, region_id, zip, lat, lon, travel, reach_km, age_low, age_high, needs, cost_cents, languages, available,
                     party, topics, disliked, words, changed_at)
VALUES (:matcher_id, :region_id, :zip, :lat, :lon, :travel, :reach_km, :age_low, :age_high, :needs, :cost_cents, :languages, :available,
        :party, :topics, :disliked, :words, :now);

-- name: profile_of
SELECT p.matcher_id, p.region_id, p.zip, p.lat, p.lon, p.travel, p.reach_km, p.age_low, p.age_high, p.needs, p.cost_cents, p.languages,
       p.available, p.party, p.topics, p.disliked, p.words, p.cohorts
FROM profile AS p JOIN pseudonym AS n ON n.matcher_id = p.matcher_id WHERE n.resident_id = :resident_id;

-- name: change_profile
UPDATE profile SET
  region_id = :region_id, zip = :zip, lat = :lat, lon = :lon, travel = :travel, reach_km = :reach_km, age_low = :age_low,
  age_high = :age_high, needs = :needs, cost_cents = :cost_cents, languages = :languages, available = :available, party = :party,
  topics = :topics, disliked = :disliked, words = :words, cohorts = :cohorts, changed_at = :now
WHERE matcher_id = :matcher_id;

-- name: set_preferences
UPDATE resident SET name = :name, language = :language, zone = :zone, every_weeks = :every_weeks, paused_until = :paused_until
WHERE id = :resident_id;

-- name: links_since
SELECT count(*) FROM letter AS l WHERE l.resident_id = :resident_id AND l.kind = 'link' AND l.queued_at > :since;

-- Giving a consent again while it lives changes nothing: the first wording stays the proof.
-- name: insert_consent
INSERT INTO consent (resident_id, purpose, form_id, version, language, wording, source, given_at)
VALUES (:resident_id, :purpose, :form_id, :version, :language, :wording, :source, :now)
ON CONFLICT (resident_id, purpose) WHERE withdrawn_at IS NULL DO NOTHING;

-- name: withdraw_consent
UPDATE consent SET withdrawn_at = greatest(CAST(:now AS timestamptz), given_at)
WHERE resident_id = :resident_id AND withdrawn_at IS NULL;

-- name: company_of
SELECT c.purpose FROM consent AS c
WHERE c.resident_id = :resident_id AND c.purpose IN ('company', 'company_name', 'welcome_host') AND c.withdrawn_at IS NULL ORDER BY c.purpose;

-- name: withdraw_purposes
UPDATE consent SET withdrawn_at = greatest(CAST(:now AS timestamptz), given_at)
WHERE resident_id = :resident_id AND purpose = ANY (:purposes::text[]) AND withdrawn_at IS NULL;

-- The consent that a stop took back, given again by its undoing: the same words, a new time.
-- name: renew_consent
INSERT INTO consent (resident_id, purpose, form_id, version, language, wording, source, given_at)
SELECT c.resident_id, c.purpose, c.form_id, c.version, c.language, c.wording, 'preferences', :now
FROM consent AS c WHERE c.resident_id = :resident_id AND c.purpose = 'digest' ORDER BY c.given_at DESC LIMIT 1
ON CONFLICT (resident_id, purpose) WHERE withdrawn_at IS NULL DO NOTHING;

-- name: renew_same_faces
INSERT INTO consent (resident_id, purpose, form_id, version, language, wording, source, given_at)
SELECT c.resident_id, c.purpose, c.form_id, c.version, c.language, c.wording, 'preferences', :now
FROM consent AS c WHERE c.resident_id = :resident_id AND c.purpose = 'same_faces' ORDER BY c.given_at DESC LIMIT 1
ON CONFLICT (resident_id, purpose) WHERE withdrawn_at IS NULL DO NOTHING;

-- name: set_cohorts
UPDATE profile AS p SET cohorts = NOT p.cohorts, changed_at = :now
FROM pseudonym AS n
WHERE n.resident_id = :resident_id AND n.matcher_id = p.matcher_id AND p.cohorts <> EXISTS (
  SELECT FROM consent AS c WHERE c.resident_id = n.resident_id AND c.purpose = 'same_faces' AND c.withdrawn_at IS NULL);

-- name: insert_enrollment
INSERT INTO enrollment (organization_id, form_id, resident_id, enrolled_at)
VALUES (:organization_id, :form_id, :resident_id, :now)
ON CONFLICT (organization_id, resident_id) DO NOTHING;

-- name: note_letter
UPDATE resident SET letters_n = least(letters_n + 1, 30000), letter_at = :now WHERE id = :resident_id;

-- name: confirm
UPDATE resident SET status = 'active', confirmed_at = :now, letters_n = 0, name = :name, language = :language, zone = :zone, form_id = :form_id
WHERE id = :resident_id AND status = 'unconfirmed';

-- name: set_pause
UPDATE resident SET paused_until = CAST(:until AS timestamptz) WHERE id = :resident_id AND status = 'active';

-- name: stop
UPDATE resident SET status = 'stopped', stopped_at = :now, paused_until = NULL WHERE id = :resident_id AND status = 'active';

-- name: restart
UPDATE resident SET status = 'active', stopped_at = NULL WHERE id = :resident_id AND status = 'stopped';

-- Whoever never confirmed is not a resident: everything that was typed goes, and how many there were stays.
-- name: erase_unconfirmed
WITH gone AS (
  DELETE FROM resident WHERE status = 'unconfirmed' AND coalesce(letter_at, created_at) < :before
  RETURNING form_id, language, date_trunc('month', created_at AT TIME ZONE 'UTC')::date AS month
)
INSERT INTO forgotten_sign_up (form_id, language, month, people)
SELECT g.form_id, g.language, g.month, count(*) FROM gone AS g WHERE g.form_id IS NOT NULL GROUP BY g.form_id, g.language, g.month
ON CONFLICT (form_id, language, month) DO UPDATE SET people = forgotten_sign_up.people + excluded.people;

-- name: small_change_of
SELECT run_id, content, taken_back, changed_at FROM small_change WHERE resident_id = :resident_id AND kind = :kind;

-- name: keep_small_change
INSERT INTO small_change (resident_id, kind, run_id, content, changed_at) VALUES (:resident_id, :kind, :run_id, :content, :now)
ON CONFLICT (resident_id, kind) DO UPDATE
SET run_id = excluded.run_id, content = excluded.content, taken_back = false, changed_at = excluded.changed_at;

-- name: note_taken_back
UPDATE small_change SET taken_back = true WHERE resident_id = :resident_id AND kind = :kind;

-- name: forget_small_changes
DELETE FROM small_change WHERE changed_at <= :before;
