-- A person who is new at a date, and for whom no other newcomer is there, is told of a regular who is glad to greet somebody new.

ALTER TABLE consent DROP CONSTRAINT consent_purpose_check;
ALTER TABLE consent ADD CONSTRAINT consent_purpose_check
  CHECK (purpose IN ('digest', 'partner_statistics', 'research', 'company', 'company_name', 'welcome_host'));

ALTER TABLE companion ADD COLUMN welcome_host_id uuid, ADD CHECK (welcome_host_id IN (resident_id, other_id));
COMMENT ON COLUMN companion.welcome_host_id IS 'Which of the two knows the group and greets the other; null: both are new.';

-- The rule for one person, and its only place: an adult with a seat at a coming date, whom letters reach, and who blocked neither the
-- activity nor its center. Groups for children are for children. What somebody agreed to and how often they came says what they may be:
-- a newcomer asked for company and never came, a host of welcome is glad to greet and came three times. A visit that somebody called
-- "not for me" makes no host. Words of company before version 2, and those of a partner's program, spoke of other newcomers alone.
DROP VIEW newcomer_seat;
CREATE VIEW company_seat WITH (security_invoker = true) AS
SELECT p.session_id, p.resident_id, p.activity_id, p.starts_at, p.sequence, p.matcher_id, p.household_id, p.paused_until, p.gives_name,
       p.is_newcomer,
       p.is_newcomer AND NOT EXISTS (
         SELECT FROM consent AS c
         WHERE c.resident_id = p.resident_id AND c.purpose IN ('company', 'company_name') AND c.withdrawn_at IS NULL
           AND (c.version < 2 OR c.source = 'api')) AS may_meet_host,
       p.is_welcome_host
FROM (
  SELECT g.session_id, g.resident_id, s.activity_id, s.starts_at, s.sequence, n.matcher_id, f.household_id, r.paused_until,
         r.name IS NOT NULL AND EXISTS (
           SELECT FROM consent AS c WHERE c.resident_id = r.id AND c.purpose = 'company_name' AND c.withdrawn_at IS NULL) AS gives_name,
         EXISTS (SELECT FROM consent AS c WHERE c.resident_id = r.id AND c.purpose = 'company' AND c.withdrawn_at IS NULL)
           AND NOT EXISTS (
             SELECT FROM answer AS x WHERE x.matcher_id = n.matcher_id AND x.activity_id = s.activity_id AND x.answer = 'attended')
           AS is_newcomer,
         EXISTS (SELECT FROM consent AS c WHERE c.resident_id = r.id AND c.purpose = 'welcome_host' AND c.withdrawn_at IS NULL)
           AND (SELECT count(*) FROM answer AS x
                WHERE x.matcher_id = n.matcher_id AND x.activity_id = s.activity_id AND x.answer = 'attended'
                  AND x.rating IS DISTINCT FROM -1) >= 3
           AS is_welcome_host
  FROM registration AS g
  JOIN session AS s ON s.id = g.session_id
  JOIN activity AS a ON a.id = s.activity_id
  JOIN resident AS r ON r.id = g.resident_id
  JOIN pseudonym AS n ON n.resident_id = r.id
  JOIN profile AS f ON f.matcher_id = n.matcher_id
  WHERE g.state = 'confirmed' AND s.state = 'scheduled' AND r.status = 'active' AND f.age_low >= 18 AND coalesce(a.age_max, 130) >= 18
    AND NOT EXISTS (
      SELECT FROM block AS b
      WHERE b.matcher_id = n.matcher_id AND (b.activity_id = s.activity_id OR b.organization_id = s.organization_id))
    AND NOT EXISTS (SELECT FROM suppression AS u WHERE u.email_index = r.email_index)) AS p
WHERE p.is_newcomer OR p.is_welcome_host;
COMMENT ON VIEW company_seat IS 'Seats of people who may be told of another person at the same date.';
GRANT SELECT ON company_seat TO doorstep_worker;

CREATE OR REPLACE FUNCTION company_holds(asked_letter uuid, asked_at timestamptz) RETURNS boolean LANGUAGE sql STABLE
AS $$
  SELECT EXISTS (
    SELECT FROM public.companion AS c
    JOIN public.company_seat AS a ON a.session_id = c.session_id AND a.resident_id = c.resident_id
    JOIN public.company_seat AS b ON b.session_id = c.session_id AND b.resident_id = c.other_id
    WHERE c.letter_id = asked_letter AND a.starts_at = c.starts_at AND a.sequence = c.sequence
      AND coalesce(a.paused_until, asked_at) <= asked_at AND coalesce(b.paused_until, asked_at) <= asked_at
      AND CASE c.welcome_host_id
            WHEN c.resident_id THEN a.is_welcome_host AND b.may_meet_host
            WHEN c.other_id THEN a.may_meet_host AND b.is_welcome_host
            ELSE a.is_newcomer AND b.is_newcomer
          END
      AND (NOT c.names OR a.gives_name AND b.gives_name)
      AND NOT public.keep_apart(a.matcher_id, a.household_id, b.matcher_id, b.household_id))
$$;
COMMENT ON FUNCTION company_holds(uuid, timestamptz) IS 'Whether all that a letter about another person at a date was written on is still so.';
