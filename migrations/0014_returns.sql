-- Whether people come back: the north star for operators, and the counts of it that partners and centers may see.

-- The one place that says which answer is a visit.
CREATE FUNCTION is_visit(answer text) RETURNS boolean LANGUAGE sql IMMUTABLE RETURN answer = 'attended';

-- The functions below run as the owner of the tables, for these rows alone.
CREATE POLICY counted ON match FOR SELECT TO doorstep_owner USING (true);
CREATE POLICY counted ON empty_hand FOR SELECT TO doorstep_owner USING (true);
CREATE POLICY counted ON organization FOR SELECT TO doorstep_owner USING (true);
CREATE POLICY counted ON region FOR SELECT TO doorstep_owner USING (true);

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

CREATE FUNCTION week_returns(since date, asked_region uuid)
RETURNS TABLE (region_id uuid, week date, matched integer, came_back integer, reachable integer,
               tenth integer, tenth_came_back integer, tenth_chance double precision)
LANGUAGE sql STABLE
AS $$
  WITH served AS (
    SELECT r.region_id, r.week, r.evening, m.matcher_id, true AS matched, ln(1 - least(m.probability, 0.999999)::float8) AS miss
    FROM public.match_run AS r JOIN public.match AS m ON m.run_id = r.id
    WHERE r.state = 'closed' AND r.week >= since AND (asked_region IS NULL OR r.region_id = asked_region)
    UNION ALL
    SELECT r.region_id, r.week, r.evening, e.matcher_id, false, 0
    FROM public.match_run AS r JOIN public.empty_hand AS e ON e.run_id = r.id
    WHERE r.state = 'closed' AND r.week >= since AND e.feasible AND (asked_region IS NULL OR r.region_id = asked_region)
  ), person AS (
    SELECT s.region_id, s.week, s.matcher_id, bool_or(s.matched) AS matched, round((1 - exp(sum(s.miss)))::numeric, 6) AS chance,
           s.week + coalesce(min(s.evening) FILTER (WHERE s.matched), min(s.evening)) AS begins
    FROM served AS s GROUP BY s.region_id, s.week, s.matcher_id
  ), judged AS (
    SELECT p.region_id, p.week, p.matched, p.chance, EXISTS (SELECT FROM public.returned_to(p.matcher_id, p.begins)) AS came_back,
           row_number() OVER (PARTITION BY p.region_id, p.week ORDER BY p.chance, p.matcher_id)
             <= greatest(count(*) OVER (PARTITION BY p.region_id, p.week) / 10, 1) AS is_tenth
    FROM person AS p
  )
  SELECT j.region_id, j.week, count(*) FILTER (WHERE j.matched)::integer, count(*) FILTER (WHERE j.matched AND j.came_back)::integer,
         count(*)::integer, count(*) FILTER (WHERE j.is_tenth)::integer, count(*) FILTER (WHERE j.is_tenth AND j.came_back)::integer,
         avg(j.chance) FILTER (WHERE j.is_tenth)::double precision
  FROM judged AS j GROUP BY j.region_id, j.week
$$;
COMMENT ON FUNCTION week_returns(date, uuid) IS 'A row for each region and week from `since` on; of one region, or of all for NULL. It reads rows that only the worker may read.';

CREATE FUNCTION week_returns_for_operator(since date)
RETURNS TABLE (region_id uuid, week date, matched integer, came_back integer, reachable integer,
               tenth integer, tenth_came_back integer, tenth_chance double precision)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
AS $$
  SELECT w.* FROM week_returns(since, NULL) AS w
  WHERE operator_is_here() OR EXISTS (
    SELECT FROM organization AS o
    WHERE o.id = nullif(current_setting('app.organization_id', true), '')::uuid AND o.kind = 'operator')
$$;
COMMENT ON FUNCTION week_returns_for_operator(date) IS 'For an operator''s session or key; nobody else gets a row.';
REVOKE EXECUTE ON FUNCTION returned_to(uuid, date), week_returns(date, uuid), week_returns_for_operator(date) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION returned_to(uuid, date), week_returns(date, uuid) TO doorstep_worker;
GRANT EXECUTE ON FUNCTION week_returns_for_operator(date) TO doorstep_app;

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
