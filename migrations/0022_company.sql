-- Two people who are both new to an activity, and both asked for company, are told of each other before its date.

ALTER TABLE consent DROP CONSTRAINT consent_purpose_check;
ALTER TABLE consent ADD CONSTRAINT consent_purpose_check
  CHECK (purpose IN ('digest', 'partner_statistics', 'research', 'company', 'company_name'));

-- A letter about somebody else leaves only while both of the two still want it: see `company_holds`.
ALTER TABLE letter DROP CONSTRAINT letter_kind_check;
ALTER TABLE letter ADD CONSTRAINT letter_kind_check CHECK (kind IN ('confirm', 'digest', 'link', 'sign_in', 'notice', 'question', 'company'));

CREATE TABLE companion (
  session_id uuid NOT NULL,
  resident_id uuid NOT NULL,
  starts_at timestamptz NOT NULL,
  other_id uuid NOT NULL,
  sequence integer NOT NULL,
  names boolean NOT NULL,
  letter_id uuid UNIQUE REFERENCES letter ON DELETE SET NULL,
  written_at timestamptz NOT NULL,
  PRIMARY KEY (session_id, resident_id, starts_at),
  UNIQUE (session_id, other_id, starts_at),
  FOREIGN KEY (session_id, resident_id) REFERENCES registration ON DELETE CASCADE,
  FOREIGN KEY (session_id, other_id) REFERENCES registration ON DELETE CASCADE,
  CHECK (other_id <> resident_id)
);
COMMENT ON TABLE companion IS 'The keys are the promise: each person is told of one other, and one other of them, once of each date and hour.';
COMMENT ON COLUMN companion.sequence IS 'Of the date, when the letter was written: one that was moved or called off since has another.';
COMMENT ON COLUMN companion.names IS 'Whether the letter names the other person.';
GRANT SELECT ON companion TO doorstep_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON companion TO doorstep_worker;

ALTER TABLE companion ENABLE ROW LEVEL SECURITY;
ALTER TABLE companion FORCE ROW LEVEL SECURITY;
CREATE POLICY own ON companion FOR SELECT TO doorstep_app
  USING (resident_id = nullif(current_setting('app.resident_id', true), '')::uuid);
CREATE POLICY worker ON companion TO doorstep_worker USING (true) WITH CHECK (true);

-- The rule for one person, and its only place: an adult with a seat at a coming date, new to the activity, who asked for company, whom
-- letters reach, and who blocked neither the activity nor its center. Groups for children are for children.
CREATE VIEW newcomer_seat WITH (security_invoker = true) AS
SELECT g.session_id, g.resident_id, s.activity_id, s.starts_at, s.sequence, n.matcher_id, f.household_id, r.paused_until,
       r.name IS NOT NULL AND EXISTS (
         SELECT FROM consent AS c WHERE c.resident_id = r.id AND c.purpose = 'company_name' AND c.withdrawn_at IS NULL) AS gives_name
FROM registration AS g
JOIN session AS s ON s.id = g.session_id
JOIN activity AS a ON a.id = s.activity_id
JOIN resident AS r ON r.id = g.resident_id
JOIN pseudonym AS n ON n.resident_id = r.id
JOIN profile AS f ON f.matcher_id = n.matcher_id
WHERE g.state = 'confirmed' AND s.state = 'scheduled' AND r.status = 'active' AND f.age_low >= 18 AND coalesce(a.age_max, 130) >= 18
  AND EXISTS (SELECT FROM consent AS c WHERE c.resident_id = r.id AND c.purpose = 'company' AND c.withdrawn_at IS NULL)
  AND NOT EXISTS (SELECT FROM answer AS x WHERE x.matcher_id = n.matcher_id AND x.activity_id = s.activity_id AND x.answer = 'attended')
  AND NOT EXISTS (
    SELECT FROM block AS b
    WHERE b.matcher_id = n.matcher_id AND (b.activity_id = s.activity_id OR b.organization_id = s.organization_id))
  AND NOT EXISTS (SELECT FROM suppression AS u WHERE u.email_index = r.email_index);
COMMENT ON VIEW newcomer_seat IS 'Seats of people who may be told of another newcomer at the same date.';
GRANT SELECT ON newcomer_seat TO doorstep_worker;

CREATE FUNCTION keep_apart(matcher uuid, household uuid, other_matcher uuid, other_household uuid) RETURNS boolean LANGUAGE sql STABLE
AS $$
  SELECT coalesce(household = other_household, false) OR EXISTS (
    SELECT FROM public.block AS b
    WHERE (b.matcher_id, b.other_matcher_id) IN ((matcher, other_matcher), (other_matcher, matcher)))
$$;
COMMENT ON FUNCTION keep_apart(uuid, uuid, uuid, uuid) IS 'One of the two blocked the other, or they live together and know each other.';

CREATE FUNCTION company_holds(asked_letter uuid, asked_at timestamptz) RETURNS boolean LANGUAGE sql STABLE
AS $$
  SELECT EXISTS (
    SELECT FROM public.companion AS c
    JOIN public.newcomer_seat AS a ON a.session_id = c.session_id AND a.resident_id = c.resident_id
    JOIN public.newcomer_seat AS b ON b.session_id = c.session_id AND b.resident_id = c.other_id
    WHERE c.letter_id = asked_letter AND a.starts_at = c.starts_at AND a.sequence = c.sequence
      AND coalesce(a.paused_until, asked_at) <= asked_at AND coalesce(b.paused_until, asked_at) <= asked_at
      AND (NOT c.names OR a.gives_name AND b.gives_name)
      AND NOT public.keep_apart(a.matcher_id, a.household_id, b.matcher_id, b.household_id))
$$;
COMMENT ON FUNCTION company_holds(uuid, timestamptz) IS 'Whether all that a letter about another newcomer was written on is still so.';
REVOKE EXECUTE ON FUNCTION keep_apart(uuid, uuid, uuid, uuid), company_holds(uuid, timestamptz) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION keep_apart(uuid, uuid, uuid, uuid), company_holds(uuid, timestamptz) TO doorstep_worker;
