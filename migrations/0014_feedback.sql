-- The morning after a date: what a person says of it, and whose word about the visit counts.

CREATE TABLE feedback (
  session_id uuid NOT NULL,
  resident_id uuid NOT NULL,
  asked_at timestamptz NOT NULL,
  answered_at timestamptz,
  came text CHECK (came IN ('yes', 'could_not', 'did_not_want')),
  rating text CHECK (rating IN ('good', 'fine', 'not_for_me')),
  wants text CHECK (wants IN ('more', 'less')),
  topics_changed text[] NOT NULL DEFAULT '{}',
  PRIMARY KEY (session_id, resident_id),
  FOREIGN KEY (session_id, resident_id) REFERENCES registration ON DELETE CASCADE,
  CHECK ((came IS NULL) = (answered_at IS NULL)),
  CHECK (rating IS NULL OR came = 'yes' OR (came = 'did_not_want' AND rating = 'not_for_me')),
  CHECK (wants IS NULL OR came = 'yes'),
  CHECK (wants IS NOT NULL OR topics_changed = '{}')
);
COMMENT ON TABLE feedback IS 'The primary key is the promise: each person is asked once about each date. Nobody but the person sees the answers.';
COMMENT ON COLUMN feedback.topics_changed IS 'Topics that `wants` added to the profile, or took out of it: taking it back undoes exactly these.';
CREATE INDEX ON feedback (resident_id, asked_at);
-- Dates that ended of late are looked for every minute.
CREATE INDEX ON session (ends_at) WHERE state = 'scheduled';
GRANT SELECT, UPDATE ON feedback TO doorstep_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON feedback TO doorstep_worker;

ALTER TABLE feedback ENABLE ROW LEVEL SECURITY;
ALTER TABLE feedback FORCE ROW LEVEL SECURITY;
CREATE POLICY own ON feedback TO doorstep_app USING (resident_id = nullif(current_setting('app.resident_id', true), '')::uuid);
CREATE POLICY worker ON feedback TO doorstep_worker USING (true) WITH CHECK (true);
CREATE POLICY counted ON feedback FOR SELECT TO doorstep_owner USING (true);

-- A question leaves only while its reader wants letters; a notice about a seat leaves in any case.
ALTER TABLE letter DROP CONSTRAINT letter_kind_check;
ALTER TABLE letter ADD CONSTRAINT letter_kind_check CHECK (kind IN ('confirm', 'digest', 'link', 'sign_in', 'notice', 'question'));

ALTER TABLE answer ADD COLUMN visit_by text CHECK (visit_by IN ('center', 'person'));
UPDATE answer SET visit_by = 'center' WHERE answer IN ('attended', 'missed');
ALTER TABLE answer ADD CHECK (visit_by IS NULL OR answer IN ('attended', 'missed'));
COMMENT ON COLUMN answer.visit_by IS 'Whose word attended or missed is. Empty beside one of them: the center''s, from before the column was there.';
COMMENT ON COLUMN answer.rating IS '1 good, 0 fine, -1 not for me, or did not want to come.';

-- The rule, and its only place: what the center noted of this seat counts, else the person's word, else the yes stays a yes.
CREATE FUNCTION counted_visit(seat_state text, came text, OUT answer text, OUT visit_by text) LANGUAGE sql IMMUTABLE
AS $$
  SELECT CASE WHEN seat_state IN ('attended', 'missed') THEN seat_state
              WHEN came = 'yes' THEN 'attended' WHEN came IS NOT NULL THEN 'missed' ELSE 'yes' END,
         CASE WHEN seat_state IN ('attended', 'missed') THEN 'center' WHEN came IS NOT NULL THEN 'person' END
$$;
COMMENT ON FUNCTION counted_visit(text, text) IS 'State of a seat and `feedback.came` -> what the matcher learns of the visit, and by whose word.';

-- As in 0013, with the person's word: whoever of the two speaks hands in the seat, and the row follows from what both have said.
CREATE OR REPLACE FUNCTION note_visit(noted_handle uuid, noted_at timestamptz) RETURNS void
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
AS $$
  INSERT INTO answer (matcher_id, session_id, activity_id, answer, visit_by, rating, at)
  SELECT n.matcher_id, r.session_id, s.activity_id, v.answer, v.visit_by,
         CASE WHEN f.rating = 'good' THEN 1 WHEN f.rating = 'fine' THEN 0
              WHEN f.rating = 'not_for_me' OR f.came = 'did_not_want' THEN -1 END,
         noted_at
  FROM registration AS r JOIN session AS s ON s.id = r.session_id JOIN pseudonym AS n ON n.resident_id = r.resident_id
  LEFT JOIN feedback AS f ON f.session_id = r.session_id AND f.resident_id = r.resident_id
  CROSS JOIN LATERAL counted_visit(r.state, f.came) AS v
  WHERE r.handle = noted_handle AND r.state IN ('confirmed', 'attended', 'missed')
    AND (r.organization_id = nullif(current_setting('app.organization_id', true), '')::uuid
         OR r.resident_id = nullif(current_setting('app.resident_id', true), '')::uuid)
  ON CONFLICT (matcher_id, session_id) DO UPDATE
  SET answer = excluded.answer, visit_by = excluded.visit_by, rating = excluded.rating, at = excluded.at
$$;
COMMENT ON FUNCTION note_visit(uuid, timestamptz) IS
  'Makes the answer of a seat what its state and its person say; does nothing for another center''s or person''s seat.';

CREATE FUNCTION visit_words() RETURNS TABLE (answered integer, with_both integer, differing integer)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
AS $$
  SELECT count(*)::integer, count(*) FILTER (WHERE r.state IN ('attended', 'missed'))::integer,
         count(*) FILTER (WHERE r.state = 'attended' AND f.came <> 'yes' OR r.state = 'missed' AND f.came = 'yes')::integer
  FROM feedback AS f JOIN registration AS r ON r.session_id = f.session_id AND r.resident_id = f.resident_id
  WHERE f.came IS NOT NULL
  HAVING operator_is_here()
$$;
COMMENT ON FUNCTION visit_words() IS 'Visits that people spoke of, of those the ones that a center noted too, and where the two differ. For operators.';
REVOKE EXECUTE ON FUNCTION visit_words() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION visit_words() TO doorstep_app;
