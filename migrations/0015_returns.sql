-- Whether people come back: the north star for operators, and the counts of it that partners and centers may see.

-- The one place that says which answer is a visit.
CREATE FUNCTION is_visit(answer text) RETURNS boolean LANGUAGE sql IMMUTABLE RETURN answer = 'attended';

-- On which day of its week (0: Monday) a round was run. Rounds count quarter hours, so in the week of a change of the clocks an hour
-- beside midnight counts to the day next to it.
CREATE FUNCTION day_of_round(round smallint) RETURNS integer LANGUAGE sql IMMUTABLE RETURN greatest(round - 1, 0) / 96;

-- The definition of coming back (service/outcomes/north_star.py has it in words). No SET and no SECURITY DEFINER: the planner puts the
-- text of this function into the queries that ask it, which look up one person's answers by their key.
CREATE FUNCTION returned_to(person uuid, begins date) RETURNS TABLE (activity_id uuid, organization_id uuid)
LANGUAGE sql STABLE
AS $$
  SELECT s.activity_id, s.organization_id
  FROM public.answer AS x JOIN public.session AS s ON s.id = x.session_id
  WHERE x.matcher_id = person AND public.is_visit(x.answer) AND s.starts_at_local::date BETWEEN begins AND begins + 42
  GROUP BY s.activity_id, s.organization_id HAVING count(*) >= 2
$$;
COMMENT ON FUNCTION returned_to(uuid, date) IS 'Activities that a person visited twice within six weeks from a day on.';

CREATE FUNCTION week_returns(asked_region uuid, asked_week date)
RETURNS TABLE (matched integer, came_back integer, reachable integer, tenth integer, tenth_came_back integer, tenth_chance double precision)
LANGUAGE sql STABLE
AS $$
  WITH served AS (
    SELECT public.day_of_round(r.round) AS day, m.matcher_id, true AS matched, ln(1 - least(m.probability, 0.999999)::float8) AS miss
    FROM public.match_run AS r JOIN public.match AS m ON m.run_id = r.id
    WHERE r.region_id = asked_region AND r.week = asked_week AND r.state = 'closed'
    UNION ALL
    SELECT public.day_of_round(r.round), e.matcher_id, false, 0
    FROM public.match_run AS r JOIN public.empty_hand AS e ON e.run_id = r.id
    WHERE r.region_id = asked_region AND r.week = asked_week AND r.state = 'closed' AND e.feasible
  ), person AS (
    -- In millionths: sums of the same numbers in another order are the same.
    SELECT s.matcher_id, bool_or(s.matched) AS matched, round((1 - exp(sum(s.miss))) * 1e6) AS chance,
           asked_week + coalesce(min(s.day) FILTER (WHERE s.matched), min(s.day)) AS begins
    FROM served AS s GROUP BY s.matcher_id
  ), judged AS (
    SELECT p.matched, p.chance, EXISTS (SELECT FROM public.returned_to(p.matcher_id, p.begins)) AS came_back,
           row_number() OVER (ORDER BY p.chance, p.matcher_id) <= greatest(count(*) OVER () / 10, 1) AS is_tenth
    FROM person AS p
  )
  SELECT count(*) FILTER (WHERE j.matched)::integer, count(*) FILTER (WHERE j.matched AND j.came_back)::integer,
         count(*)::integer, count(*) FILTER (WHERE j.is_tenth)::integer, count(*) FILTER (WHERE j.is_tenth AND j.came_back)::integer,
         avg(j.chance) FILTER (WHERE j.is_tenth) / 1e6
  FROM judged AS j
$$;
COMMENT ON FUNCTION week_returns(uuid, date) IS 'One row. It reads rows that only the worker may read.';
REVOKE EXECUTE ON FUNCTION returned_to(uuid, date), week_returns(uuid, date) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION returned_to(uuid, date), week_returns(uuid, date) TO doorstep_worker;

-- A city's week takes seconds to count, so pages read what the worker counted.
CREATE TABLE week_return (
  region_id uuid NOT NULL REFERENCES region,
  week date NOT NULL CHECK (extract(isodow FROM week) = 1),
  matched integer NOT NULL,
  came_back integer NOT NULL CHECK (came_back BETWEEN 0 AND matched),
  reachable integer NOT NULL CHECK (reachable >= matched),
  tenth integer NOT NULL CHECK (tenth BETWEEN 0 AND reachable),
  tenth_came_back integer NOT NULL CHECK (tenth_came_back BETWEEN 0 AND tenth),
  tenth_chance double precision CHECK (tenth_chance BETWEEN 0 AND 1),
  counted_at timestamptz NOT NULL,
  PRIMARY KEY (region_id, week)
);
COMMENT ON TABLE week_return IS 'What week_returns gave, counted anew once a day until the week is final.';
GRANT SELECT ON week_return TO doorstep_app;
GRANT SELECT, INSERT, UPDATE ON week_return TO doorstep_worker;

ALTER TABLE week_return ENABLE ROW LEVEL SECURITY;
ALTER TABLE week_return FORCE ROW LEVEL SECURITY;
CREATE POLICY operated ON week_return FOR SELECT TO doorstep_app
  USING (operator_is_here() OR EXISTS (
    SELECT FROM organization AS o
    WHERE o.id = nullif(current_setting('app.organization_id', true), '')::uuid AND o.kind = 'operator'));
CREATE POLICY worker ON week_return TO doorstep_worker USING (true) WITH CHECK (true);

-- What a partner or a center may see. A row is written once, when its quarter is over and settled, and never changes: what is different
-- between two looks would be a person. NULL: too few people, or a part of them too small to be shown or worked out from the rest.
CREATE TABLE return_count (
  organization_id uuid NOT NULL REFERENCES organization,
  quarter date NOT NULL CHECK (quarter = date_trunc('quarter', quarter)::date),
  people integer CHECK (people >= 11),
  came_back integer CHECK (came_back = 0 OR came_back >= 11),
  counted_at timestamptz NOT NULL,
  PRIMARY KEY (organization_id, quarter),
  CHECK (came_back IS NULL OR people IS NOT NULL AND (came_back = people OR people - came_back >= 11))
);
COMMENT ON COLUMN return_count.people IS 'Of a partner: its people whose first match fell into the quarter. Of a center: people whose first visit there did.';
COMMENT ON COLUMN return_count.came_back IS 'Of these people, who visited one activity twice within six weeks from that day on.';
GRANT SELECT ON return_count TO doorstep_app;
GRANT SELECT, INSERT ON return_count TO doorstep_worker;

ALTER TABLE return_count ENABLE ROW LEVEL SECURITY;
ALTER TABLE return_count FORCE ROW LEVEL SECURITY;
CREATE POLICY own ON return_count FOR SELECT TO doorstep_app
  USING (organization_id = nullif(current_setting('app.organization_id', true), '')::uuid);
CREATE POLICY worker ON return_count TO doorstep_worker USING (true) WITH CHECK (true);
