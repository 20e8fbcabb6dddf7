CREATE FUNCTION public.company_holds(asked_letter uuid, asked_at timestamp with time zone) RETURNS boolean
    LANGUAGE sql STABLE
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
COMMENT ON FUNCTION public.company_holds(asked_letter uuid, asked_at timestamp with time zone) IS 'Whether all that a letter about another person at a date was written on is still so.';
CREATE FUNCTION public.count_seats() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
  UPDATE seats AS q SET taken = q.taken + change.seats
  FROM (SELECT x.session_id, sum(x.seats)::integer AS seats
        FROM (VALUES (OLD.session_id, -seats_of(OLD.state, OLD.party)), (NEW.session_id, seats_of(NEW.state, NEW.party)))
          AS x (session_id, seats)
        GROUP BY x.session_id) AS change
  WHERE q.session_id = change.session_id AND change.seats <> 0;
  RETURN NULL;
END
$$;
CREATE FUNCTION public.counted_visit(seat_state text, came text, OUT answer text, OUT visit_by text) RETURNS record
    LANGUAGE sql IMMUTABLE
    AS $$
  SELECT CASE WHEN seat_state IN ('attended', 'missed') THEN seat_state
              WHEN came = 'yes' THEN 'attended' WHEN came IS NOT NULL THEN 'missed' ELSE 'yes' END,
         CASE WHEN seat_state IN ('attended', 'missed') THEN 'center' WHEN came IS NOT NULL THEN 'person' END
$$;
COMMENT ON FUNCTION public.counted_visit(seat_state text, came text, OUT answer text, OUT visit_by text) IS 'State of a seat and `feedback.came` -> what the matcher learns of the visit, and by whose word.';
CREATE FUNCTION public.day_of_round(round smallint) RETURNS integer
    LANGUAGE sql IMMUTABLE
    RETURN (GREATEST((round - 1), 0) / 96);
CREATE FUNCTION public.digest_counts(since date) RETURNS TABLE(run_id uuid, letters integer)
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'public', 'pg_temp'
    AS $$
  SELECT d.run_id, count(*)::integer FROM digest AS d
  WHERE operator_is_here() AND d.week >= since
  GROUP BY d.run_id
$$;
COMMENT ON FUNCTION public.digest_counts(since date) IS 'Weekly letters of each match run since a week, for operators; nobody else gets a row.';
CREATE FUNCTION public.distance_km(lat double precision, lon double precision, other_lat double precision, other_lon double precision) RETURNS double precision
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    AS $$
  SELECT 12742.0176 * asin(least(1, sqrt(sin(radians(other_lat - lat) / 2) ^ 2
    + cos(radians(lat)) * cos(radians(other_lat)) * sin(radians(other_lon - lon) / 2) ^ 2)))
$$;
COMMENT ON FUNCTION public.distance_km(lat double precision, lon double precision, other_lat double precision, other_lon double precision) IS 'Great-circle distance of two points in degrees (haversine, mean radius of the earth).';
CREATE FUNCTION public.guard_registration() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
  IF current_user IN ('doorstep_app', 'doorstep_worker') AND NEW.state IS DISTINCT FROM OLD.state
     AND NOT seat_may_become(CASE WHEN TG_OP = 'UPDATE' THEN OLD.state ELSE 'none' END, NEW.state)
     AND OLD.called_off_from IS DISTINCT FROM NEW.state THEN -- a call-off that is taken back
    RAISE EXCEPTION 'a seat that is % cannot become %', coalesce(OLD.state, 'none'), NEW.state USING ERRCODE = 'check_violation';
  END IF;
  IF NEW.called_off_from IS DISTINCT FROM (CASE WHEN OLD.state = 'cancelled' THEN OLD.called_off_from ELSE OLD.state END)
     AND NEW.called_off_from IS NOT NULL THEN
    RAISE EXCEPTION 'a seat that was % cannot return to %', coalesce(OLD.state, 'none'), NEW.called_off_from USING ERRCODE = 'check_violation';
  END IF;
  RETURN NULL;
END
$$;
CREATE FUNCTION public.guard_seats() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
  IF current_user NOT IN ('doorstep_app', 'doorstep_worker') THEN
    RETURN NEW;
  END IF;
  IF NEW.taken <> OLD.taken AND pg_trigger_depth() = 1 THEN
    RAISE EXCEPTION 'seats.taken is counted from registrations' USING ERRCODE = 'insufficient_privilege';
  END IF;
  IF (NEW.session_id, NEW.capacity, NEW.own_capacity) IS DISTINCT FROM (OLD.session_id, OLD.capacity, OLD.own_capacity)
     AND current_user = 'doorstep_app'
     AND NOT EXISTS (SELECT FROM session AS s WHERE s.id = OLD.session_id
                       AND s.organization_id = nullif(current_setting('app.organization_id', true), '')::uuid) THEN
    RAISE EXCEPTION 'the seats of a date are its center''s to set' USING ERRCODE = 'insufficient_privilege';
  END IF;
  RETURN NEW;
END
$$;
CREATE FUNCTION public.heard_of(asked_activity uuid, since timestamp with time zone) RETURNS boolean
    LANGUAGE sql STABLE
    AS $$
  SELECT EXISTS (SELECT FROM public.answer AS x WHERE x.activity_id = asked_activity AND x.at >= since)
    OR EXISTS (SELECT FROM public.session AS s JOIN public.walk_in AS w ON w.session_id = s.id
               WHERE s.activity_id = asked_activity AND w.noted_at >= since)
    OR EXISTS (SELECT FROM public.activity AS a JOIN public.feed AS f ON f.organization_id = a.organization_id AND f.id = a.feed_id
               WHERE (a.id = asked_activity OR a.merged_into = asked_activity) AND a.status = 'published' AND f.next_fetch_at >= since)
    OR EXISTS (SELECT FROM public.activity_silence AS q WHERE q.activity_id = asked_activity AND q.kept_at >= since)
$$;
COMMENT ON FUNCTION public.heard_of(asked_activity uuid, since timestamp with time zone) IS 'Whether there was a sign of life since then. It reads rows that only the worker may read.';
CREATE FUNCTION public.is_visit(answer text) RETURNS boolean
    LANGUAGE sql IMMUTABLE
    RETURN (answer = 'attended'::text);
CREATE FUNCTION public.keep_apart(matcher uuid, household uuid, other_matcher uuid, other_household uuid) RETURNS boolean
    LANGUAGE sql STABLE
    AS $$
  SELECT coalesce(household = other_household, false) OR EXISTS (
    SELECT FROM public.block AS b
    WHERE (b.matcher_id, b.other_matcher_id) IN ((matcher, other_matcher), (other_matcher, matcher)))
$$;
COMMENT ON FUNCTION public.keep_apart(matcher uuid, household uuid, other_matcher uuid, other_household uuid) IS 'One of the two blocked the other, or they live together and know each other.';
CREATE FUNCTION public.letter_counts() RETURNS TABLE(state text, letters integer)
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'public', 'pg_temp'
    AS $$
  SELECT l.state, count(*)::integer FROM letter AS l
  WHERE operator_is_here() AND l.state NOT IN ('sent', 'skipped')
  GROUP BY l.state
$$;
COMMENT ON FUNCTION public.letter_counts() IS 'Letters that are not done, by state, for operators; nobody else gets a row.';
CREATE FUNCTION public.message_readers(asked_session uuid, with_waiting boolean) RETURNS TABLE(resident_id uuid, zone text)
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'public', 'pg_temp'
    AS $$
  SELECT r.resident_id, p.zone
  FROM registration AS r JOIN resident AS p ON p.id = r.resident_id
  WHERE r.session_id = asked_session AND r.organization_id = nullif(current_setting('app.organization_id', true), '')::uuid
    AND (r.state IN ('confirmed', 'attended') OR with_waiting AND r.state IN ('waiting', 'offered'))
    AND NOT EXISTS (
      SELECT FROM block AS b JOIN pseudonym AS n ON n.matcher_id = b.matcher_id
      WHERE n.resident_id = r.resident_id AND b.organization_id = r.organization_id)
$$;
COMMENT ON FUNCTION public.message_readers(asked_session uuid, with_waiting boolean) IS 'Whom a message of the center of this date goes to: not those who blocked the center.';
CREATE FUNCTION public.note_visit(noted_handle uuid, noted_at timestamp with time zone) RETURNS void
    LANGUAGE sql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'public', 'pg_temp'
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
COMMENT ON FUNCTION public.note_visit(noted_handle uuid, noted_at timestamp with time zone) IS 'Makes the answer of a seat what its state and its person say; does nothing for another center''s or person''s seat.';
CREATE FUNCTION public.operator_is_here() RETURNS boolean
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'public', 'pg_temp'
    AS $$
  SELECT EXISTS (
    SELECT FROM staff_session AS s JOIN staff AS p ON p.organization_id = s.organization_id AND p.id = s.staff_id
    WHERE encode(s.secret_hash, 'hex') = ANY (string_to_array(current_setting('app.presented', true), ','))
      AND p.role = 'operator' AND p.removed_at IS NULL)
$$;
COMMENT ON FUNCTION public.operator_is_here() IS 'Whether this transaction presented the session of an operator.';
CREATE FUNCTION public.refuse_of_closed() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
  IF EXISTS (SELECT FROM organization AS o WHERE o.id = NEW.organization_id AND o.closed_at IS NOT NULL) THEN
    RAISE check_violation USING MESSAGE = 'the organization is closed', CONSTRAINT = 'activity_of_open_organization';
  END IF;
  RETURN NULL;
END $$;
CREATE FUNCTION public.resident_counts() RETURNS TABLE(region_id uuid, active integer, unconfirmed integer)
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'public', 'pg_temp'
    AS $$
  SELECT f.region_id, count(*) FILTER (WHERE r.status = 'active')::integer, count(*) FILTER (WHERE r.status = 'unconfirmed')::integer
  FROM resident AS r JOIN pseudonym AS p ON p.resident_id = r.id JOIN profile AS f ON f.matcher_id = p.matcher_id
  WHERE operator_is_here()
  GROUP BY f.region_id
$$;
COMMENT ON FUNCTION public.resident_counts() IS 'Residents of each region, for operators; nobody else gets a row.';
CREATE FUNCTION public.returned_to(person uuid, begins date) RETURNS TABLE(activity_id uuid, organization_id uuid)
    LANGUAGE sql STABLE
    AS $$
  SELECT s.activity_id, s.organization_id
  FROM public.answer AS x JOIN public.session AS s ON s.id = x.session_id
  WHERE x.matcher_id = person AND public.is_visit(x.answer) AND s.starts_at_local::date BETWEEN begins AND begins + 42
  GROUP BY s.activity_id, s.organization_id HAVING count(*) >= 2
$$;
COMMENT ON FUNCTION public.returned_to(person uuid, begins date) IS 'Activities that a person visited twice within six weeks from a day on.';
CREATE FUNCTION public.roster_names(asked_session uuid) RETURNS TABLE(handle uuid, resident_id uuid, name bytea)
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'public', 'pg_temp'
    AS $$
  SELECT r.handle, r.resident_id, p.name
  FROM registration AS r JOIN resident AS p ON p.id = r.resident_id
  WHERE r.session_id = asked_session AND r.state IN ('confirmed', 'attended', 'missed') AND r.shows_name AND p.name IS NOT NULL
    AND r.organization_id = nullif(current_setting('app.organization_id', true), '')::uuid
$$;
COMMENT ON FUNCTION public.roster_names(asked_session uuid) IS 'For the center of the date alone; nobody else gets a row.';
CREATE FUNCTION public.roster_needs(asked_session uuid) RETURNS TABLE(need integer, people integer)
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'public', 'pg_temp'
    AS $$
  SELECT b.need, count(*)::integer
  FROM registration AS r JOIN pseudonym AS n ON n.resident_id = r.resident_id JOIN profile AS f ON f.matcher_id = n.matcher_id
  JOIN (SELECT 1 << bit FROM generate_series(0, 30) AS g (bit)) AS b (need) ON f.needs & b.need <> 0
  WHERE r.session_id = asked_session AND r.state IN ('confirmed', 'attended', 'missed')
    AND r.organization_id = nullif(current_setting('app.organization_id', true), '')::uuid
  GROUP BY b.need
$$;
COMMENT ON FUNCTION public.roster_needs(asked_session uuid) IS 'Bit of a need (service/access.py) and how many guests have it, for the center of the date alone.';
CREATE FUNCTION public.seat_may_become(before text, after text) RETURNS boolean
    LANGUAGE sql IMMUTABLE
    RETURN CASE before WHEN 'waiting'::text THEN (after = ANY (ARRAY['offered'::text, 'confirmed'::text, 'declined'::text, 'expired'::text, 'cancelled'::text])) WHEN 'offered'::text THEN (after = ANY (ARRAY['confirmed'::text, 'declined'::text, 'expired'::text, 'cancelled'::text])) WHEN 'confirmed'::text THEN (after = ANY (ARRAY['attended'::text, 'missed'::text, 'declined'::text, 'cancelled'::text])) WHEN 'attended'::text THEN (after = 'confirmed'::text) WHEN 'missed'::text THEN (after = 'confirmed'::text) ELSE (after = ANY (ARRAY['waiting'::text, 'confirmed'::text])) END;
CREATE FUNCTION public.seats_of(state text, party smallint) RETURNS integer
    LANGUAGE sql IMMUTABLE
    RETURN CASE WHEN (state = ANY (ARRAY['offered'::text, 'confirmed'::text, 'attended'::text, 'missed'::text])) THEN (party)::integer ELSE 0 END;
CREATE FUNCTION public.set_up_is_here() RETURNS boolean
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'public', 'pg_temp'
    AS $$
  SELECT EXISTS (
    SELECT FROM set_up AS s
    WHERE s.finished_at IS NULL AND encode(s.secret_hash, 'hex') = ANY (string_to_array(current_setting('app.presented', true), ',')))
$$;
COMMENT ON FUNCTION public.set_up_is_here() IS 'Whether this transaction presented the link of a set-up that is not finished.';
CREATE FUNCTION public.silence_counts() RETURNS TABLE(warned integer, gone integer)
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'public', 'pg_temp'
    AS $$
  SELECT count(*) FILTER (WHERE q.warned_at IS NOT NULL AND q.left_at IS NULL)::integer, count(*) FILTER (WHERE q.left_at IS NOT NULL)::integer
  FROM activity_silence AS q
  HAVING operator_is_here()
$$;
COMMENT ON FUNCTION public.silence_counts() IS 'Activities whose center was asked and that are still in the letters, and those that have left. For operators.';
CREATE FUNCTION public.visit_words() RETURNS TABLE(answered integer, with_both integer, differing integer)
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'public', 'pg_temp'
    AS $$
  SELECT count(*)::integer, count(*) FILTER (WHERE r.state IN ('attended', 'missed'))::integer,
         count(*) FILTER (WHERE r.state = 'attended' AND f.came <> 'yes' OR r.state = 'missed' AND f.came = 'yes')::integer
  FROM feedback AS f JOIN registration AS r ON r.session_id = f.session_id AND r.resident_id = f.resident_id
  WHERE f.came IS NOT NULL
  HAVING operator_is_here()
$$;
COMMENT ON FUNCTION public.visit_words() IS 'Visits that people spoke of, of those the ones that a center noted too, and where the two differ. For operators.';
CREATE FUNCTION public.waiting_before(session uuid, since timestamp with time zone, resident uuid, OUT parties integer, OUT smallest integer) RETURNS record
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'public', 'pg_temp'
    AS $$
  SELECT count(*)::integer, min(r.party)::integer
  FROM registration AS r
  LEFT JOIN registration AS own ON own.session_id = session AND own.resident_id = resident AND own.state = 'waiting'
  WHERE r.session_id = session AND r.state = 'waiting' AND r.resident_id <> resident
    AND (coalesce(r.put_first_at, 'infinity'), r.waiting_since, r.resident_id) < (coalesce(own.put_first_at, 'infinity'), since, resident)
$$;
COMMENT ON FUNCTION public.waiting_before(session uuid, since timestamp with time zone, resident uuid, OUT parties integer, OUT smallest integer) IS 'Parties that come before this one in the order of the same date, and the size of the smallest.';
CREATE FUNCTION public.waiting_names(asked_session uuid) RETURNS TABLE(handle uuid, resident_id uuid, name bytea)
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'public', 'pg_temp'
    AS $$
  SELECT r.handle, r.resident_id, p.name
  FROM registration AS r JOIN resident AS p ON p.id = r.resident_id
  WHERE r.session_id = asked_session AND r.state = 'waiting' AND r.shows_name AND p.name IS NOT NULL
    AND r.organization_id = nullif(current_setting('app.organization_id', true), '')::uuid
$$;
COMMENT ON FUNCTION public.waiting_names(asked_session uuid) IS 'For the center of the date alone; nobody else gets a row.';
CREATE FUNCTION public.week_returns(asked_region uuid, asked_week date) RETURNS TABLE(matched integer, came_back integer, reachable integer, tenth integer, tenth_came_back integer, tenth_chance double precision)
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
COMMENT ON FUNCTION public.week_returns(asked_region uuid, asked_week date) IS 'One row. It reads rows that only the worker may read.';
CREATE TABLE public.activity (
    organization_id uuid NOT NULL,
    id uuid DEFAULT uuidv7() NOT NULL,
    slug text NOT NULL,
    reference text,
    feed_id uuid,
    uid text,
    merged_into uuid,
    status text NOT NULL,
    title text NOT NULL,
    description text DEFAULT ''::text NOT NULL,
    text_language text DEFAULT 'en'::text NOT NULL,
    topics text[] DEFAULT '{}'::text[] NOT NULL,
    place_name text DEFAULT ''::text NOT NULL,
    address text DEFAULT ''::text NOT NULL,
    zip text,
    place_key text NOT NULL,
    near_place text DEFAULT ''::text NOT NULL,
    lat double precision NOT NULL,
    lon double precision NOT NULL,
    region_id uuid NOT NULL,
    zone text NOT NULL,
    starts_at_local timestamp without time zone NOT NULL,
    duration_min integer NOT NULL,
    rrule text,
    excluded timestamp without time zone[] DEFAULT '{}'::timestamp without time zone[] NOT NULL,
    extra timestamp without time zone[] DEFAULT '{}'::timestamp without time zone[] NOT NULL,
    moved jsonb DEFAULT '[]'::jsonb NOT NULL,
    capacity integer,
    minimum integer,
    age_min smallint,
    age_max smallint,
    cost_cents integer,
    currency text DEFAULT 'USD'::text NOT NULL,
    languages text[] DEFAULT '{}'::text[] NOT NULL,
    access_yes integer DEFAULT 0 NOT NULL,
    access_no integer DEFAULT 0 NOT NULL,
    bring text DEFAULT ''::text NOT NULL,
    meeting_point text DEFAULT ''::text NOT NULL,
    getting_there text DEFAULT ''::text NOT NULL,
    url text,
    sequence integer DEFAULT 0 NOT NULL,
    created_at timestamp with time zone NOT NULL,
    changed_at timestamp with time zone NOT NULL,
    CONSTRAINT activity_access_no_check CHECK ((access_no >= 0)),
    CONSTRAINT activity_access_yes_check CHECK ((access_yes >= 0)),
    CONSTRAINT activity_address_check CHECK ((length(address) <= 500)),
    CONSTRAINT activity_age_max_check CHECK (((age_max >= 0) AND (age_max <= 130))),
    CONSTRAINT activity_age_min_check CHECK (((age_min >= 0) AND (age_min <= 130))),
    CONSTRAINT activity_bring_check CHECK ((length(bring) <= 500)),
    CONSTRAINT activity_capacity_check CHECK (((capacity >= 1) AND (capacity <= 100000))),
    CONSTRAINT activity_check CHECK ((age_min <= age_max)),
    CONSTRAINT activity_check1 CHECK ((minimum <= capacity)),
    CONSTRAINT activity_check2 CHECK (((access_yes & access_no) = 0)),
    CONSTRAINT activity_check3 CHECK (((feed_id IS NULL) = (uid IS NULL))),
    CONSTRAINT activity_cost_cents_check CHECK (((cost_cents >= 0) AND (cost_cents <= 1000000))),
    CONSTRAINT activity_currency_check CHECK ((currency ~ '^[A-Z]{3}$'::text)),
    CONSTRAINT activity_description_check CHECK ((length(description) <= 10000)),
    CONSTRAINT activity_duration_min_check CHECK (((duration_min >= 5) AND (duration_min <= 1440))),
    CONSTRAINT activity_getting_there_check CHECK ((length(getting_there) <= 500)),
    CONSTRAINT activity_lat_check CHECK (((lat >= ('-90'::integer)::double precision) AND (lat <= (90)::double precision))),
    CONSTRAINT activity_lon_check CHECK (((lon >= ('-180'::integer)::double precision) AND (lon <= (180)::double precision))),
    CONSTRAINT activity_meeting_point_check CHECK ((length(meeting_point) <= 500)),
    CONSTRAINT activity_minimum_check CHECK (((minimum >= 1) AND (minimum <= 100000))),
    CONSTRAINT activity_place_name_check CHECK ((length(place_name) <= 300)),
    CONSTRAINT activity_reference_check CHECK (((length(reference) >= 1) AND (length(reference) <= 200))),
    CONSTRAINT activity_rrule_check CHECK ((length(rrule) <= 300)),
    CONSTRAINT activity_sequence_check CHECK ((sequence >= 0)),
    CONSTRAINT activity_slug_check CHECK (((slug ~ '^[a-z0-9]+(-[a-z0-9]+)*$'::text) AND (length(slug) <= 90))),
    CONSTRAINT activity_status_check CHECK ((status = ANY (ARRAY['draft'::text, 'published'::text, 'cancelled'::text]))),
    CONSTRAINT activity_title_check CHECK (((length(title) >= 1) AND (length(title) <= 200))),
    CONSTRAINT activity_uid_check CHECK (((length(uid) >= 1) AND (length(uid) <= 1000))),
    CONSTRAINT activity_url_check CHECK ((length(url) <= 2000))
);
ALTER TABLE ONLY public.activity FORCE ROW LEVEL SECURITY;
COMMENT ON COLUMN public.activity.place_key IS 'Place name or address, folded, so that one event told by two feeds is seen as one.';
COMMENT ON COLUMN public.activity.near_place IS 'The town whose point stands in for a place that no map knows; empty: the point is the place''s own.';
COMMENT ON COLUMN public.activity.cost_cents IS 'NULL: not said, which is never taken for free.';
COMMENT ON COLUMN public.activity.access_yes IS 'One bit for each need that was answered yes; access_no likewise; neither: not said, and the center is asked.';
CREATE TABLE public.activity_past (
    activity_id uuid NOT NULL,
    said_yes real[] NOT NULL,
    helped real,
    noted_at timestamp with time zone NOT NULL,
    CONSTRAINT activity_past_helped_check CHECK (((helped >= (0)::double precision) AND (helped <= (1)::double precision)))
);
COMMENT ON TABLE public.activity_past IS 'As of the last match run of its region; written anew by each one.';
COMMENT ON COLUMN public.activity_past.said_yes IS 'The faded yes answers of each person who gave one, by size: a list of numbers, not of people.';
CREATE TABLE public.activity_silence (
    activity_id uuid NOT NULL,
    organization_id uuid NOT NULL,
    warned_at timestamp with time zone,
    leaves_at timestamp with time zone,
    left_at timestamp with time zone,
    kept_at timestamp with time zone,
    CONSTRAINT activity_silence_check CHECK (((warned_at IS NULL) = (leaves_at IS NULL))),
    CONSTRAINT activity_silence_check1 CHECK ((leaves_at > warned_at)),
    CONSTRAINT activity_silence_check2 CHECK (((left_at IS NULL) OR (left_at >= leaves_at)))
);
ALTER TABLE ONLY public.activity_silence FORCE ROW LEVEL SECURITY;
COMMENT ON TABLE public.activity_silence IS 'No row, or no warned_at: people are invited as ever.';
COMMENT ON COLUMN public.activity_silence.leaves_at IS 'When invitations stop, unless somebody is heard of before.';
COMMENT ON COLUMN public.activity_silence.left_at IS 'From here on no letter invites to it. Seats and the public page stay.';
COMMENT ON COLUMN public.activity_silence.kept_at IS 'When somebody of the center last pressed "We are here".';
CREATE TABLE public.after_match (
    run_id uuid NOT NULL,
    done_at timestamp with time zone NOT NULL
);
COMMENT ON TABLE public.after_match IS 'Runs whose traces (the past of activities, unmet demand) are written.';
CREATE TABLE public.answer (
    matcher_id uuid NOT NULL,
    session_id uuid NOT NULL,
    activity_id uuid NOT NULL,
    answer text NOT NULL,
    rating smallint,
    at timestamp with time zone NOT NULL,
    visit_by text,
    CONSTRAINT answer_answer_check CHECK ((answer = ANY (ARRAY['yes'::text, 'no'::text, 'wanted'::text, 'attended'::text, 'missed'::text]))),
    CONSTRAINT answer_check CHECK (((visit_by IS NULL) OR (answer = ANY (ARRAY['attended'::text, 'missed'::text])))),
    CONSTRAINT answer_rating_check CHECK (((rating >= '-1'::integer) AND (rating <= 1))),
    CONSTRAINT answer_visit_by_check CHECK ((visit_by = ANY (ARRAY['center'::text, 'person'::text])))
);
ALTER TABLE ONLY public.answer FORCE ROW LEVEL SECURITY;
COMMENT ON COLUMN public.answer.answer IS 'wanted: a yes that got no seat, or has none yet.';
COMMENT ON COLUMN public.answer.rating IS '1 good, 0 fine, -1 not for me, or did not want to come.';
COMMENT ON COLUMN public.answer.visit_by IS 'Whose word attended or missed is. Empty beside one of them: the center''s, from before the column was there.';
CREATE TABLE public.api_key (
    id text NOT NULL,
    organization_id uuid NOT NULL,
    secret_hash bytea NOT NULL,
    scopes text[] NOT NULL,
    created_at timestamp with time zone NOT NULL,
    expires_at timestamp with time zone NOT NULL,
    last_used_at timestamp with time zone,
    revoked_at timestamp with time zone,
    replaced_by text,
    CONSTRAINT api_key_check CHECK (((expires_at > created_at) AND (expires_at <= (created_at + '366 days'::interval)))),
    CONSTRAINT api_key_id_check CHECK ((id ~ '^[a-z0-9]{8}$'::text)),
    CONSTRAINT api_key_secret_hash_check CHECK ((length(secret_hash) = 32))
);
ALTER TABLE ONLY public.api_key FORCE ROW LEVEL SECURITY;
COMMENT ON COLUMN public.api_key.replaced_by IS 'The key that was made in its place; this one works until expires_at.';
CREATE TABLE public.audit (
    seq bigint NOT NULL,
    at timestamp with time zone NOT NULL,
    actor text NOT NULL,
    action text NOT NULL,
    subject text NOT NULL,
    previous bytea NOT NULL,
    hash bytea NOT NULL,
    CONSTRAINT audit_hash_check CHECK ((length(hash) = 32))
);
COMMENT ON TABLE public.audit IS 'Append only: nobody is granted UPDATE or DELETE. Each line carries the hash of the one before.';
ALTER TABLE public.audit ALTER COLUMN seq ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.audit_seq_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE public.block (
    id uuid DEFAULT uuidv7() NOT NULL,
    matcher_id uuid NOT NULL,
    other_matcher_id uuid,
    organization_id uuid,
    activity_id uuid,
    at timestamp with time zone NOT NULL,
    CONSTRAINT block_check CHECK ((num_nonnulls(other_matcher_id, organization_id, activity_id) = 1)),
    CONSTRAINT block_check1 CHECK ((other_matcher_id <> matcher_id))
);
ALTER TABLE ONLY public.block FORCE ROW LEVEL SECURITY;
COMMENT ON TABLE public.block IS 'One person does not want to meet another (it binds both), or to be sent to a center or an activity.';
CREATE TABLE public.calendar_feed (
    resident_id uuid NOT NULL,
    id uuid DEFAULT gen_random_uuid() NOT NULL,
    made_at timestamp with time zone NOT NULL
);
ALTER TABLE ONLY public.calendar_feed FORCE ROW LEVEL SECURITY;
COMMENT ON COLUMN public.calendar_feed.id IS 'Part of the address. A new one makes every address before it worthless.';
CREATE TABLE public.center_message (
    organization_id uuid NOT NULL,
    session_id uuid NOT NULL,
    key uuid NOT NULL,
    staff_id uuid NOT NULL,
    text bytea NOT NULL,
    with_waiting boolean NOT NULL,
    people integer NOT NULL,
    written_at timestamp with time zone NOT NULL,
    CONSTRAINT center_message_people_check CHECK ((people > 0))
);
ALTER TABLE ONLY public.center_message FORCE ROW LEVEL SECURITY;
COMMENT ON TABLE public.center_message IS 'One row for each message, by which a center is kept from writing too often.';
COMMENT ON COLUMN public.center_message.key IS 'Made with the form: the same form sent twice is one message.';
COMMENT ON COLUMN public.center_message.staff_id IS 'Who sent it.';
COMMENT ON COLUMN public.center_message.text IS 'Sealed, bound to the key.';
COMMENT ON COLUMN public.center_message.people IS 'With a seat, or who waited for one where they were meant, too: what the center was shown.';
CREATE TABLE public.change_letter (
    session_id uuid NOT NULL,
    resident_id uuid NOT NULL,
    organization_id uuid NOT NULL,
    letter_id uuid NOT NULL,
    starts_at timestamp with time zone NOT NULL,
    ends_at timestamp with time zone NOT NULL,
    zone text NOT NULL,
    place text NOT NULL,
    receipt_at timestamp with time zone
);
ALTER TABLE ONLY public.change_letter FORCE ROW LEVEL SECURITY;
COMMENT ON COLUMN public.change_letter.starts_at IS 'Begin, end, zone and place are those of the date before the change: what the person last heard.';
COMMENT ON COLUMN public.change_letter.receipt_at IS 'Of a call-off: when the receipt of the seat was written, which holds again when the call-off is taken back.';
CREATE TABLE public.companion (
    session_id uuid NOT NULL,
    resident_id uuid NOT NULL,
    starts_at timestamp with time zone NOT NULL,
    other_id uuid NOT NULL,
    sequence integer NOT NULL,
    names boolean NOT NULL,
    letter_id uuid,
    written_at timestamp with time zone NOT NULL,
    welcome_host_id uuid,
    CONSTRAINT companion_check CHECK ((other_id <> resident_id)),
    CONSTRAINT companion_check1 CHECK (((welcome_host_id = resident_id) OR (welcome_host_id = other_id)))
);
ALTER TABLE ONLY public.companion FORCE ROW LEVEL SECURITY;
COMMENT ON TABLE public.companion IS 'The keys are the promise: each person is told of one other, and one other of them, once of each date and hour.';
COMMENT ON COLUMN public.companion.sequence IS 'Of the date, when the letter was written: one that was moved or called off since has another.';
COMMENT ON COLUMN public.companion.names IS 'Whether the letter names the other person.';
COMMENT ON COLUMN public.companion.welcome_host_id IS 'Which of the two knows the group and greets the other; null: both are new.';
CREATE TABLE public.consent (
    id uuid DEFAULT uuidv7() NOT NULL,
    resident_id uuid NOT NULL,
    purpose text NOT NULL,
    form_id uuid,
    version integer NOT NULL,
    language text NOT NULL,
    wording text NOT NULL,
    source text NOT NULL,
    given_at timestamp with time zone NOT NULL,
    withdrawn_at timestamp with time zone,
    CONSTRAINT consent_check CHECK ((withdrawn_at >= given_at)),
    CONSTRAINT consent_purpose_check CHECK ((purpose = ANY (ARRAY['digest'::text, 'partner_statistics'::text, 'research'::text, 'company'::text, 'company_name'::text, 'welcome_host'::text, 'same_faces'::text]))),
    CONSTRAINT consent_source_check CHECK ((source = ANY (ARRAY['form'::text, 'embedded'::text, 'api'::text, 'paper'::text, 'preferences'::text])))
);
ALTER TABLE ONLY public.consent FORCE ROW LEVEL SECURITY;
CREATE TABLE public.profile (
    matcher_id uuid NOT NULL,
    household_id uuid,
    region_id uuid NOT NULL,
    zip text,
    lat double precision NOT NULL,
    lon double precision NOT NULL,
    travel text NOT NULL,
    reach_km real NOT NULL,
    age_low smallint DEFAULT 18 NOT NULL,
    age_high smallint DEFAULT 130 NOT NULL,
    needs integer DEFAULT 0 NOT NULL,
    cost_cents integer DEFAULT 0 NOT NULL,
    languages text[] NOT NULL,
    available bytea NOT NULL,
    party smallint DEFAULT 1 NOT NULL,
    topics text[] DEFAULT '{}'::text[] NOT NULL,
    disliked text[] DEFAULT '{}'::text[] NOT NULL,
    words text DEFAULT ''::text NOT NULL,
    cohorts boolean DEFAULT false NOT NULL,
    changed_at timestamp with time zone NOT NULL,
    CONSTRAINT profile_age_low_check CHECK ((age_low >= 13)),
    CONSTRAINT profile_available_check CHECK ((length(available) = 42)),
    CONSTRAINT profile_check CHECK ((age_low <= age_high)),
    CONSTRAINT profile_cost_cents_check CHECK (((cost_cents >= 0) AND (cost_cents <= 100000))),
    CONSTRAINT profile_languages_check CHECK ((cardinality(languages) > 0)),
    CONSTRAINT profile_lat_check CHECK ((((lat >= ('-90'::integer)::double precision) AND (lat <= (90)::double precision)) AND (lat = (round((lat)::numeric, 3))::double precision))),
    CONSTRAINT profile_lon_check CHECK ((((lon >= ('-180'::integer)::double precision) AND (lon <= (180)::double precision)) AND (lon = (round((lon)::numeric, 3))::double precision))),
    CONSTRAINT profile_needs_check CHECK ((needs >= 0)),
    CONSTRAINT profile_party_check CHECK (((party >= 1) AND (party <= 8))),
    CONSTRAINT profile_reach_km_check CHECK (((reach_km > (0)::double precision) AND (reach_km <= (100)::double precision))),
    CONSTRAINT profile_travel_check CHECK ((travel = ANY (ARRAY['walk'::text, 'bus'::text, 'car'::text]))),
    CONSTRAINT profile_words_check CHECK ((length(words) <= 500))
);
ALTER TABLE ONLY public.profile FORCE ROW LEVEL SECURITY;
COMMENT ON COLUMN public.profile.household_id IS 'People of one household share a number: they get the same sessions or none.';
COMMENT ON COLUMN public.profile.lat IS 'Rounded to three decimals (about 100 m): precise addresses are never stored.';
COMMENT ON COLUMN public.profile.available IS 'A bit for each of the 336 half hours of the local week, Monday 00:00 first, least bit first in each byte.';
CREATE TABLE public.pseudonym (
    resident_id uuid NOT NULL,
    matcher_id uuid DEFAULT gen_random_uuid() NOT NULL
);
ALTER TABLE ONLY public.pseudonym FORCE ROW LEVEL SECURITY;
CREATE TABLE public.registration (
    session_id uuid NOT NULL,
    resident_id uuid NOT NULL,
    organization_id uuid NOT NULL,
    state text NOT NULL,
    party smallint NOT NULL,
    called_off_from text,
    sequence integer DEFAULT 0 NOT NULL,
    waiting_since timestamp with time zone,
    offer_until timestamp with time zone,
    created_at timestamp with time zone NOT NULL,
    changed_at timestamp with time zone NOT NULL,
    handle uuid DEFAULT gen_random_uuid() NOT NULL,
    shows_name boolean DEFAULT true NOT NULL,
    put_first_at timestamp with time zone,
    put_first_reason text,
    CONSTRAINT registration_check CHECK (((called_off_from IS NULL) OR ((state = 'cancelled'::text) AND (called_off_from = ANY (ARRAY['waiting'::text, 'offered'::text, 'confirmed'::text]))))),
    CONSTRAINT registration_check1 CHECK (((state <> 'waiting'::text) OR (waiting_since IS NOT NULL))),
    CONSTRAINT registration_check2 CHECK (((state <> 'offered'::text) OR (offer_until IS NOT NULL))),
    CONSTRAINT registration_check3 CHECK (((put_first_at IS NULL) = (put_first_reason IS NULL))),
    CONSTRAINT registration_party_check CHECK (((party >= 1) AND (party <= 8))),
    CONSTRAINT registration_put_first_reason_check CHECK (((length(put_first_reason) >= 3) AND (length(put_first_reason) <= 300))),
    CONSTRAINT registration_state_check CHECK ((state = ANY (ARRAY['waiting'::text, 'offered'::text, 'confirmed'::text, 'attended'::text, 'missed'::text, 'declined'::text, 'expired'::text, 'cancelled'::text])))
);
ALTER TABLE ONLY public.registration FORCE ROW LEVEL SECURITY;
COMMENT ON COLUMN public.registration.party IS 'Everybody who comes with this yes: all get in together, or none.';
COMMENT ON COLUMN public.registration.called_off_from IS 'The state that a call-off of the date ended, and to which it returns when the call-off is taken back.';
COMMENT ON COLUMN public.registration.waiting_since IS 'The place in the waiting order; kept when a seat is offered, new with each new wish.';
COMMENT ON COLUMN public.registration.offer_until IS 'When the last offered seat passes on to the next, unless it is answered.';
COMMENT ON COLUMN public.registration.handle IS 'Names this seat to its center, instead of the resident''s id.';
COMMENT ON COLUMN public.registration.shows_name IS 'The page of the yes said what the center will see of the name.';
COMMENT ON COLUMN public.registration.put_first_at IS 'Since when the center wants this wait to be served before longer ones; ends with the wait.';
COMMENT ON COLUMN public.registration.put_first_reason IS 'In the words of the center. The history has it as the reason of the offer.';
CREATE TABLE public.resident (
    id uuid DEFAULT uuidv7() NOT NULL,
    status text NOT NULL,
    email bytea NOT NULL,
    email_index bytea NOT NULL,
    name bytea,
    phone bytea,
    language text DEFAULT 'en'::text NOT NULL,
    zone text NOT NULL,
    form_id uuid,
    link_epoch smallint DEFAULT 0 NOT NULL,
    letters_n smallint DEFAULT 0 NOT NULL,
    letter_at timestamp with time zone,
    created_at timestamp with time zone NOT NULL,
    confirmed_at timestamp with time zone,
    stopped_at timestamp with time zone,
    paused_until timestamp with time zone,
    every_weeks smallint DEFAULT 1 NOT NULL,
    CONSTRAINT resident_check CHECK (((status = 'unconfirmed'::text) = (confirmed_at IS NULL))),
    CONSTRAINT resident_check1 CHECK (((status = 'stopped'::text) = (stopped_at IS NOT NULL))),
    CONSTRAINT resident_email_index_check CHECK ((length(email_index) = 16)),
    CONSTRAINT resident_every_weeks_check CHECK ((every_weeks = ANY (ARRAY[1, 2, 4]))),
    CONSTRAINT resident_language_check CHECK ((language = ANY (ARRAY['en'::text, 'es'::text, 'ar'::text]))),
    CONSTRAINT resident_letters_n_check CHECK ((letters_n >= 0)),
    CONSTRAINT resident_link_epoch_check CHECK ((link_epoch >= 0)),
    CONSTRAINT resident_status_check CHECK ((status = ANY (ARRAY['unconfirmed'::text, 'active'::text, 'stopped'::text])))
);
ALTER TABLE ONLY public.resident FORCE ROW LEVEL SECURITY;
COMMENT ON COLUMN public.resident.email IS 'AES-256-GCM bound to table, column and row; likewise name and phone.';
COMMENT ON COLUMN public.resident.link_epoch IS 'Raised to make every link mailed before useless.';
COMMENT ON COLUMN public.resident.letters_n IS 'Letters that strangers may have caused by typing this address: at most three until it is confirmed.';
COMMENT ON COLUMN public.resident.letter_at IS 'When the last of them was queued: at most one a day.';
COMMENT ON COLUMN public.resident.every_weeks IS 'The weekly letter comes every week, every other week, or every four weeks.';
CREATE TABLE public.session (
    organization_id uuid NOT NULL,
    id uuid DEFAULT uuidv7() NOT NULL,
    activity_id uuid NOT NULL,
    original_local timestamp without time zone NOT NULL,
    starts_at_local timestamp without time zone NOT NULL,
    zone text NOT NULL,
    starts_at timestamp with time zone NOT NULL,
    ends_at timestamp with time zone NOT NULL,
    state text DEFAULT 'scheduled'::text NOT NULL,
    undo_until timestamp with time zone,
    cancel_reason text DEFAULT ''::text NOT NULL,
    sequence integer DEFAULT 0 NOT NULL,
    changed_at timestamp with time zone NOT NULL,
    CONSTRAINT session_cancel_reason_check CHECK ((length(cancel_reason) <= 200)),
    CONSTRAINT session_check CHECK (((undo_until IS NULL) OR (state = 'cancelled'::text))),
    CONSTRAINT session_check1 CHECK ((ends_at > starts_at)),
    CONSTRAINT session_sequence_check CHECK ((sequence >= 0)),
    CONSTRAINT session_state_check CHECK ((state = ANY (ARRAY['scheduled'::text, 'cancelled'::text])))
);
ALTER TABLE ONLY public.session FORCE ROW LEVEL SECURITY;
COMMENT ON COLUMN public.session.original_local IS 'The wall time the rule gave (RECURRENCE-ID): a moved date keeps its identity.';
COMMENT ON COLUMN public.session.undo_until IS 'Until when its call-off may be taken back; the letters of it wait as long.';
COMMENT ON COLUMN public.session.cancel_reason IS 'Why it was called off, in the words of the center; empty where it gave none.';
CREATE TABLE public.suppression (
    email_index bytea NOT NULL,
    reason text NOT NULL,
    at timestamp with time zone NOT NULL,
    CONSTRAINT suppression_email_index_check CHECK ((length(email_index) = 16)),
    CONSTRAINT suppression_reason_check CHECK ((reason = ANY (ARRAY['stopped'::text, 'bounced'::text, 'complained'::text, 'erased'::text])))
);
ALTER TABLE ONLY public.suppression FORCE ROW LEVEL SECURITY;
CREATE VIEW public.company_seat WITH (security_invoker='true') AS
 SELECT session_id,
    resident_id,
    activity_id,
    starts_at,
    sequence,
    matcher_id,
    household_id,
    paused_until,
    gives_name,
    is_newcomer,
    (is_newcomer AND (NOT (EXISTS ( SELECT
           FROM public.consent c
          WHERE ((c.resident_id = p.resident_id) AND (c.purpose = ANY (ARRAY['company'::text, 'company_name'::text])) AND (c.withdrawn_at IS NULL) AND ((c.version < 2) OR (c.source = 'api'::text))))))) AS may_meet_host,
    is_welcome_host
   FROM ( SELECT g.session_id,
            g.resident_id,
            s.activity_id,
            s.starts_at,
            s.sequence,
            n.matcher_id,
            f.household_id,
            r.paused_until,
            ((r.name IS NOT NULL) AND (EXISTS ( SELECT
                   FROM public.consent c
                  WHERE ((c.resident_id = r.id) AND (c.purpose = 'company_name'::text) AND (c.withdrawn_at IS NULL))))) AS gives_name,
            ((EXISTS ( SELECT
                   FROM public.consent c
                  WHERE ((c.resident_id = r.id) AND (c.purpose = 'company'::text) AND (c.withdrawn_at IS NULL)))) AND (NOT (EXISTS ( SELECT
                   FROM public.answer x
                  WHERE ((x.matcher_id = n.matcher_id) AND (x.activity_id = s.activity_id) AND (x.answer = 'attended'::text)))))) AS is_newcomer,
            ((EXISTS ( SELECT
                   FROM public.consent c
                  WHERE ((c.resident_id = r.id) AND (c.purpose = 'welcome_host'::text) AND (c.withdrawn_at IS NULL)))) AND (( SELECT count(*) AS count
                   FROM public.answer x
                  WHERE ((x.matcher_id = n.matcher_id) AND (x.activity_id = s.activity_id) AND (x.answer = 'attended'::text) AND (x.rating IS DISTINCT FROM '-1'::integer))) >= 3)) AS is_welcome_host
           FROM (((((public.registration g
             JOIN public.session s ON ((s.id = g.session_id)))
             JOIN public.activity a ON ((a.id = s.activity_id)))
             JOIN public.resident r ON ((r.id = g.resident_id)))
             JOIN public.pseudonym n ON ((n.resident_id = r.id)))
             JOIN public.profile f ON ((f.matcher_id = n.matcher_id)))
          WHERE ((g.state = 'confirmed'::text) AND (s.state = 'scheduled'::text) AND (r.status = 'active'::text) AND (f.age_low >= 18) AND (COALESCE((a.age_max)::integer, 130) >= 18) AND (NOT (EXISTS ( SELECT
                   FROM public.block b
                  WHERE ((b.matcher_id = n.matcher_id) AND ((b.activity_id = s.activity_id) OR (b.organization_id = s.organization_id)))))) AND (NOT (EXISTS ( SELECT
                   FROM public.suppression u
                  WHERE (u.email_index = r.email_index)))))) p
  WHERE (is_newcomer OR is_welcome_host);
COMMENT ON VIEW public.company_seat IS 'Seats of people who may be told of another person at the same date.';
CREATE TABLE public.confirmation_count (
    form_id uuid NOT NULL,
    organization_id uuid NOT NULL,
    language text NOT NULL,
    month date NOT NULL,
    confirmed_tenths smallint,
    counted_at timestamp with time zone NOT NULL,
    CONSTRAINT confirmation_count_confirmed_tenths_check CHECK (((confirmed_tenths >= 0) AND (confirmed_tenths <= 10))),
    CONSTRAINT confirmation_count_language_check CHECK ((language = ANY (ARRAY['en'::text, 'es'::text, 'ar'::text]))),
    CONSTRAINT confirmation_count_month_check CHECK ((month = (date_trunc('month'::text, (month)::timestamp with time zone))::date))
);
ALTER TABLE ONLY public.confirmation_count FORCE ROW LEVEL SECURITY;
COMMENT ON COLUMN public.confirmation_count.confirmed_tenths IS 'NULL: fewer than 11 addresses signed up.';
CREATE TABLE public.daily (
    duty text NOT NULL,
    done_on date NOT NULL
);
CREATE TABLE public.demand_contributor (
    demand_id uuid NOT NULL,
    matcher_id uuid NOT NULL
);
CREATE TABLE public.demand_look (
    region_id uuid NOT NULL,
    quarter date NOT NULL,
    CONSTRAINT demand_look_quarter_check CHECK ((quarter = (date_trunc('quarter'::text, (quarter)::timestamp with time zone))::date))
);
CREATE TABLE public.digest (
    resident_id uuid NOT NULL,
    week date NOT NULL,
    run_id uuid NOT NULL,
    letter_id uuid NOT NULL,
    composed_at timestamp with time zone NOT NULL,
    CONSTRAINT digest_week_check CHECK ((EXTRACT(isodow FROM week) = (1)::numeric))
);
ALTER TABLE ONLY public.digest FORCE ROW LEVEL SECURITY;
COMMENT ON TABLE public.digest IS 'The primary key is the promise: one digest for each resident and week.';
CREATE TABLE public.empty_hand (
    run_id uuid NOT NULL,
    matcher_id uuid NOT NULL,
    filters jsonb NOT NULL,
    feasible boolean NOT NULL
);
ALTER TABLE ONLY public.empty_hand FORCE ROW LEVEL SECURITY;
COMMENT ON TABLE public.empty_hand IS 'Who got nothing, and how many sessions each filter took away; feasible ones earn credit for next week.';
CREATE TABLE public.enrollment (
    organization_id uuid NOT NULL,
    form_id uuid NOT NULL,
    resident_id uuid NOT NULL,
    enrolled_at timestamp with time zone NOT NULL
);
ALTER TABLE ONLY public.enrollment FORCE ROW LEVEL SECURITY;
CREATE TABLE public.feed (
    organization_id uuid NOT NULL,
    id uuid DEFAULT uuidv7() NOT NULL,
    source text NOT NULL,
    format text NOT NULL,
    home_name text,
    home_lat double precision,
    home_lon double precision,
    etag text,
    last_modified text,
    next_fetch_at timestamp with time zone,
    failures smallint DEFAULT 0 NOT NULL,
    status text DEFAULT 'active'::text NOT NULL,
    report jsonb,
    created_at timestamp with time zone NOT NULL,
    CONSTRAINT feed_failures_check CHECK ((failures >= 0)),
    CONSTRAINT feed_format_check CHECK ((format = ANY (ARRAY['ics'::text, 'csv'::text, 'rpde'::text, 'jsonld'::text]))),
    CONSTRAINT feed_source_check CHECK ((length(source) <= 2000)),
    CONSTRAINT feed_status_check CHECK ((status = ANY (ARRAY['active'::text, 'paused'::text, 'quarantined'::text])))
);
ALTER TABLE ONLY public.feed FORCE ROW LEVEL SECURITY;
COMMENT ON COLUMN public.feed.source IS 'URL that is fetched again, or the name of a file that was imported once (next_fetch_at is then NULL).';
CREATE TABLE public.feedback (
    session_id uuid NOT NULL,
    resident_id uuid NOT NULL,
    asked_at timestamp with time zone NOT NULL,
    answered_at timestamp with time zone,
    came text,
    rating text,
    wants text,
    topics_changed text[] DEFAULT '{}'::text[] NOT NULL,
    CONSTRAINT feedback_came_check CHECK ((came = ANY (ARRAY['yes'::text, 'could_not'::text, 'did_not_want'::text]))),
    CONSTRAINT feedback_check CHECK (((came IS NULL) = (answered_at IS NULL))),
    CONSTRAINT feedback_check1 CHECK (((rating IS NULL) OR (came = 'yes'::text) OR ((came = 'did_not_want'::text) AND (rating = 'not_for_me'::text)))),
    CONSTRAINT feedback_check2 CHECK (((wants IS NULL) OR (came = 'yes'::text))),
    CONSTRAINT feedback_check3 CHECK (((wants IS NOT NULL) OR (topics_changed = '{}'::text[]))),
    CONSTRAINT feedback_rating_check CHECK ((rating = ANY (ARRAY['good'::text, 'fine'::text, 'not_for_me'::text]))),
    CONSTRAINT feedback_wants_check CHECK ((wants = ANY (ARRAY['more'::text, 'less'::text])))
);
ALTER TABLE ONLY public.feedback FORCE ROW LEVEL SECURITY;
COMMENT ON TABLE public.feedback IS 'The primary key is the promise: each person is asked once about each date. Nobody but the person sees the answers.';
COMMENT ON COLUMN public.feedback.topics_changed IS 'Topics that `wants` added to the profile, or took out of it: taking it back undoes exactly these.';
CREATE TABLE public.first_answer (
    organization_id uuid NOT NULL,
    key text NOT NULL,
    request_hash bytea NOT NULL,
    status smallint,
    headers jsonb,
    body bytea,
    created_at timestamp with time zone NOT NULL,
    expires_at timestamp with time zone NOT NULL,
    CONSTRAINT first_answer_check CHECK ((expires_at > created_at)),
    CONSTRAINT first_answer_check1 CHECK ((((status IS NULL) = (body IS NULL)) AND ((status IS NULL) = (headers IS NULL)))),
    CONSTRAINT first_answer_key_check CHECK (((length(key) >= 1) AND (length(key) <= 255))),
    CONSTRAINT first_answer_request_hash_check CHECK ((length(request_hash) = 32)),
    CONSTRAINT first_answer_status_check CHECK (((status >= 200) AND (status <= 299)))
);
ALTER TABLE ONLY public.first_answer FORCE ROW LEVEL SECURITY;
COMMENT ON TABLE public.first_answer IS 'Idempotency-Key. Claimed and answered in the transaction of the work itself: what failed leaves no row.';
COMMENT ON COLUMN public.first_answer.request_hash IS 'Keyed (HMAC-SHA256) over method, path and body: a sign-up cannot be guessed from it.';
CREATE TABLE public.forgotten_sign_up (
    form_id uuid NOT NULL,
    language text NOT NULL,
    month date NOT NULL,
    people integer NOT NULL,
    CONSTRAINT forgotten_sign_up_language_check CHECK ((language = ANY (ARRAY['en'::text, 'es'::text, 'ar'::text]))),
    CONSTRAINT forgotten_sign_up_month_check CHECK ((month = (date_trunc('month'::text, (month)::timestamp with time zone))::date)),
    CONSTRAINT forgotten_sign_up_people_check CHECK ((people > 0))
);
COMMENT ON TABLE public.forgotten_sign_up IS 'How many addresses that first signed up in a month never confirmed. Counted as their rows are erased; only the worker reads it.';
CREATE TABLE public.form (
    id uuid DEFAULT uuidv7() NOT NULL,
    organization_id uuid NOT NULL,
    organization_kind text DEFAULT 'partner'::text NOT NULL,
    slug text NOT NULL,
    title text NOT NULL,
    intro text NOT NULL,
    languages text[] DEFAULT '{en,es}'::text[] NOT NULL,
    consent_version integer DEFAULT 1 NOT NULL,
    origins text[] DEFAULT '{}'::text[] NOT NULL,
    created_at timestamp with time zone NOT NULL,
    CONSTRAINT form_consent_version_check CHECK ((consent_version > 0)),
    CONSTRAINT form_intro_check CHECK ((length(intro) <= 600)),
    CONSTRAINT form_languages_check CHECK (((languages <@ '{en,es,ar}'::text[]) AND (cardinality(languages) > 0))),
    CONSTRAINT form_organization_kind_check CHECK ((organization_kind = 'partner'::text)),
    CONSTRAINT form_origins_check CHECK (((cardinality(origins) <= 20) AND (array_position(origins, NULL::text) IS NULL) AND (array_to_string(origins, ' '::text) ~ '^((https://[a-z0-9]([a-z0-9.-]*[a-z0-9])?|http://(localhost|127\.0\.0\.1))(:[0-9]{1,5})?( (?=h)|$))*$'::text))),
    CONSTRAINT form_slug_check CHECK (((slug ~ '^[a-z0-9]+(-[a-z0-9]+)*$'::text) AND (length(slug) <= 60))),
    CONSTRAINT form_title_check CHECK (((length(title) >= 1) AND (length(title) <= 120)))
);
ALTER TABLE ONLY public.form FORCE ROW LEVEL SECURITY;
COMMENT ON COLUMN public.form.origins IS 'Sites that may frame or post to the form.';
CREATE TABLE public.form_use (
    nonce text NOT NULL,
    email_index bytea NOT NULL,
    expires_at timestamp with time zone NOT NULL,
    CONSTRAINT form_use_email_index_check CHECK ((length(email_index) = 16)),
    CONSTRAINT form_use_nonce_check CHECK ((length(nonce) <= 40))
);
COMMENT ON TABLE public.form_use IS 'Openings of the form that were sent; each counts once, and is forgotten when its token is too old anyway.';
CREATE TABLE public.heartbeat (
    worker text NOT NULL,
    beat_at timestamp with time zone NOT NULL
);
CREATE TABLE public.host_link (
    session_id uuid NOT NULL,
    organization_id uuid NOT NULL,
    id uuid DEFAULT gen_random_uuid() NOT NULL,
    made_at timestamp with time zone NOT NULL
);
ALTER TABLE ONLY public.host_link FORCE ROW LEVEL SECURITY;
COMMENT ON TABLE public.host_link IS 'A link that opens the roster of this one date and nothing else. No row: there is none, or it was withdrawn.';
COMMENT ON COLUMN public.host_link.id IS 'Part of the address. A new one makes every link before it worthless.';
CREATE TABLE public.key_use (
    key_id text NOT NULL,
    window_start timestamp with time zone NOT NULL,
    requests integer NOT NULL,
    CONSTRAINT key_use_requests_check CHECK ((requests > 0))
)
WITH (fillfactor='50');
ALTER TABLE ONLY public.key_use FORCE ROW LEVEL SECURITY;
COMMENT ON TABLE public.key_use IS 'Requests of a key in its current minute, for its allowance; one row for each key, written over.';
CREATE TABLE public.learned_score (
    region_id uuid NOT NULL,
    version text NOT NULL,
    fingerprint text NOT NULL,
    arrays bytea NOT NULL,
    card jsonb NOT NULL,
    state text NOT NULL,
    champion_loss double precision,
    challenger_loss double precision,
    verdict text NOT NULL,
    trained_at timestamp with time zone NOT NULL,
    changed_at timestamp with time zone NOT NULL,
    CONSTRAINT learned_score_state_check CHECK ((state = ANY (ARRAY['champion'::text, 'challenger'::text, 'retired'::text]))),
    CONSTRAINT learned_score_version_check CHECK (((length(version) >= 1) AND (length(version) <= 100)))
);
COMMENT ON TABLE public.learned_score IS 'Any past week is replayed by the very score it ran on, the hand-set one too; what no week ran on is forgotten at the next lesson.';
COMMENT ON COLUMN public.learned_score.arrays IS 'A numpy archive of plain arrays (matching/score/archive.py), never a pickle.';
COMMENT ON COLUMN public.learned_score.champion_loss IS 'Nats per invitation on held-out weeks, of the score in use on that day; challenger_loss likewise.';
CREATE TABLE public.lesson (
    id uuid DEFAULT uuidv7() NOT NULL,
    region_id uuid NOT NULL,
    learned_at timestamp with time zone NOT NULL,
    weeks integer NOT NULL,
    offers integer NOT NULL,
    visits integer NOT NULL,
    champion text NOT NULL,
    challenger text,
    promoted boolean NOT NULL,
    champion_loss double precision,
    challenger_loss double precision,
    reason text NOT NULL,
    CONSTRAINT lesson_check CHECK (((NOT promoted) OR (challenger IS NOT NULL))),
    CONSTRAINT lesson_offers_check CHECK ((offers >= 0)),
    CONSTRAINT lesson_visits_check CHECK ((visits >= 0)),
    CONSTRAINT lesson_weeks_check CHECK ((weeks >= 0))
);
COMMENT ON TABLE public.lesson IS 'Champion against challenger, a row for each night, also when nothing could be learned.';
CREATE TABLE public.letter (
    id uuid DEFAULT uuidv7() NOT NULL,
    kind text NOT NULL,
    resident_id uuid,
    staff_id uuid,
    to_email bytea,
    to_email_index bytea,
    organization_id uuid,
    message_id text NOT NULL,
    content bytea NOT NULL,
    state text DEFAULT 'pending'::text NOT NULL,
    attempt smallint DEFAULT 0 NOT NULL,
    ambiguous_n smallint DEFAULT 0 NOT NULL,
    lease_token uuid,
    lease_until timestamp with time zone,
    not_before timestamp with time zone NOT NULL,
    give_up_at timestamp with time zone NOT NULL,
    queued_at timestamp with time zone NOT NULL,
    sent_at timestamp with time zone,
    last_error text,
    CONSTRAINT letter_check CHECK ((num_nonnulls(resident_id, staff_id, to_email) = 1)),
    CONSTRAINT letter_check1 CHECK (((state = ANY (ARRAY['leased'::text, 'sending'::text])) = (lease_token IS NOT NULL))),
    CONSTRAINT letter_check2 CHECK (((state = 'sent'::text) = (sent_at IS NOT NULL))),
    CONSTRAINT letter_check3 CHECK ((give_up_at > not_before)),
    CONSTRAINT letter_kind_check CHECK ((kind = ANY (ARRAY['confirm'::text, 'digest'::text, 'link'::text, 'sign_in'::text, 'notice'::text, 'question'::text, 'company'::text]))),
    CONSTRAINT letter_last_error_check CHECK ((length(last_error) <= 300)),
    CONSTRAINT letter_state_check CHECK ((state = ANY (ARRAY['pending'::text, 'leased'::text, 'sending'::text, 'sent'::text, 'failed'::text, 'ambiguous'::text, 'held'::text, 'skipped'::text]))),
    CONSTRAINT letter_to_email_check CHECK (((to_email IS NULL) = (to_email_index IS NULL)))
)
WITH (fillfactor='70');
ALTER TABLE ONLY public.letter FORCE ROW LEVEL SECURITY;
COMMENT ON COLUMN public.letter.to_email IS 'Sealed, bound to this row; only where the reader is neither a resident nor staff.';
COMMENT ON COLUMN public.letter.content IS 'The letter as composed, sealed; frozen, so that every retry sends the same words.';
COMMENT ON COLUMN public.letter.lease_until IS 'By the clock of the database alone.';
CREATE VIEW public.letter_reader WITH (security_invoker='true') AS
 SELECT r.id AS resident_id,
    n.matcher_id,
    r.every_weeks,
    r.paused_until
   FROM (public.resident r
     JOIN public.pseudonym n ON ((n.resident_id = r.id)))
  WHERE ((r.status = 'active'::text) AND (EXISTS ( SELECT
           FROM public.consent c
          WHERE ((c.resident_id = r.id) AND (c.purpose = 'digest'::text) AND (c.withdrawn_at IS NULL)))));
CREATE TABLE public.match (
    id uuid DEFAULT uuidv7() NOT NULL,
    run_id uuid CONSTRAINT match_run_id_not_null1 NOT NULL,
    matcher_id uuid NOT NULL,
    session_id uuid NOT NULL,
    rank smallint NOT NULL,
    probability real NOT NULL,
    propensity real NOT NULL,
    drawn boolean DEFAULT false NOT NULL,
    km real NOT NULL,
    reasons jsonb NOT NULL,
    CONSTRAINT match_km_check CHECK ((km >= (0)::double precision)),
    CONSTRAINT match_probability_check CHECK (((probability >= (0)::double precision) AND (probability <= (1)::double precision))),
    CONSTRAINT match_propensity_check CHECK (((propensity > (0)::double precision) AND (propensity <= (1)::double precision))),
    CONSTRAINT match_rank_check CHECK (((rank >= 1) AND (rank <= 5)))
);
ALTER TABLE ONLY public.match FORCE ROW LEVEL SECURITY;
COMMENT ON COLUMN public.match.id IS 'Answer links and why pages of a letter carry it as their subject, so a match has an id beside its unique (run, person, rank).';
COMMENT ON COLUMN public.match.propensity IS 'Of a drawn row: share of explorers / length of the list. Of any other: 1 - share, a convention, of no use to an estimate.';
COMMENT ON COLUMN public.match.drawn IS 'Put into the mail by dice: only such rows say what another choice would have brought, and only theirs is a true propensity.';
CREATE TABLE public.match_run (
    id uuid DEFAULT uuidv7() NOT NULL,
    region_id uuid NOT NULL,
    week date NOT NULL,
    round smallint DEFAULT 0 NOT NULL,
    state text DEFAULT 'open'::text NOT NULL,
    seed bigint NOT NULL,
    rules_version text,
    model_version text,
    snapshot_hash text,
    result_hash text,
    snapshot bytea,
    report jsonb,
    opened_at timestamp with time zone NOT NULL,
    closed_at timestamp with time zone,
    CONSTRAINT match_run_check CHECK (((state = 'closed'::text) = ((closed_at IS NOT NULL) AND (result_hash IS NOT NULL) AND (snapshot IS NOT NULL)))),
    CONSTRAINT match_run_round_check CHECK (((round >= 0) AND (round <= 676))),
    CONSTRAINT match_run_state_check CHECK ((state = ANY (ARRAY['open'::text, 'closed'::text]))),
    CONSTRAINT match_run_week_check CHECK ((EXTRACT(isodow FROM week) = (1)::numeric))
);
COMMENT ON COLUMN public.match_run.round IS '0: the week''s run for everybody. n: the run of the n-th quarter hour of the week by the region''s clock, of which 169 hours hold 676.';
COMMENT ON COLUMN public.match_run.snapshot IS 'The arrays the matcher was given (numpy archive, no pickle): enough to replay the week byte by byte.';
CREATE TABLE public.organization (
    id uuid DEFAULT uuidv7() NOT NULL,
    kind text NOT NULL,
    slug text NOT NULL,
    name text NOT NULL,
    region_id uuid NOT NULL,
    postal_address text NOT NULL,
    zip text,
    lat double precision NOT NULL,
    lon double precision NOT NULL,
    zone text NOT NULL,
    website text,
    attend_factor real DEFAULT 1 NOT NULL,
    created_at timestamp with time zone NOT NULL,
    closed_at timestamp with time zone,
    CONSTRAINT organization_attend_factor_check CHECK (((attend_factor >= (0.5)::double precision) AND (attend_factor <= (2)::double precision))),
    CONSTRAINT organization_kind_check CHECK ((kind = ANY (ARRAY['partner'::text, 'center'::text, 'operator'::text]))),
    CONSTRAINT organization_lat_check CHECK (((lat >= ('-90'::integer)::double precision) AND (lat <= (90)::double precision))),
    CONSTRAINT organization_lon_check CHECK (((lon >= ('-180'::integer)::double precision) AND (lon <= (180)::double precision))),
    CONSTRAINT organization_name_check CHECK (((length(name) >= 1) AND (length(name) <= 120))),
    CONSTRAINT organization_postal_address_check CHECK (((length(postal_address) >= 1) AND (length(postal_address) <= 300))),
    CONSTRAINT organization_slug_check CHECK (((slug ~ '^[a-z0-9]+(-[a-z0-9]+)*$'::text) AND (length(slug) <= 60)))
);
ALTER TABLE ONLY public.organization FORCE ROW LEVEL SECURITY;
COMMENT ON COLUMN public.organization.attend_factor IS 'How many expected guests a center wants for each seat; 1 never expects more than fit.';
COMMENT ON COLUMN public.organization.closed_at IS 'From here on nobody signs in, posts or signs up there. Its rows stay: letters and visits point at them.';
CREATE TABLE public.region (
    id uuid DEFAULT uuidv7() NOT NULL,
    slug text NOT NULL,
    name text NOT NULL,
    zone text NOT NULL,
    lat double precision NOT NULL,
    lon double precision NOT NULL,
    CONSTRAINT region_lat_check CHECK (((lat >= ('-90'::integer)::double precision) AND (lat <= (90)::double precision))),
    CONSTRAINT region_lon_check CHECK (((lon >= ('-180'::integer)::double precision) AND (lon <= (180)::double precision))),
    CONSTRAINT region_slug_check CHECK ((slug ~ '^[a-z0-9]+(-[a-z0-9]+)*$'::text))
);
ALTER TABLE ONLY public.region FORCE ROW LEVEL SECURITY;
COMMENT ON TABLE public.region IS 'Places that people travel between; matched as one, in one process.';
CREATE TABLE public.registration_change (
    id uuid DEFAULT uuidv7() NOT NULL,
    session_id uuid NOT NULL,
    resident_id uuid NOT NULL,
    state text NOT NULL,
    actor text NOT NULL,
    reason text NOT NULL,
    at timestamp with time zone NOT NULL,
    host_link_id uuid,
    CONSTRAINT host_has_a_link CHECK (((actor = 'host'::text) = (host_link_id IS NOT NULL))),
    CONSTRAINT registration_change_actor_check CHECK ((actor = ANY (ARRAY['resident'::text, 'staff'::text, 'system'::text, 'host'::text])))
);
ALTER TABLE ONLY public.registration_change FORCE ROW LEVEL SECURITY;
COMMENT ON COLUMN public.registration_change.host_link_id IS 'The id that the link had through which a host noted this.';
CREATE TABLE public.reminder (
    session_id uuid NOT NULL,
    resident_id uuid NOT NULL,
    starts_at timestamp with time zone NOT NULL,
    written_at timestamp with time zone NOT NULL,
    kind text DEFAULT 'reminder'::text NOT NULL,
    answer text,
    CONSTRAINT reminder_check CHECK (((answer IS NULL) OR ((kind = 'question'::text) AND (answer = ANY (ARRAY['yes'::text, 'no'::text]))))),
    CONSTRAINT reminder_kind_check CHECK ((kind = ANY (ARRAY['reminder'::text, 'question'::text])))
);
ALTER TABLE ONLY public.reminder FORCE ROW LEVEL SECURITY;
COMMENT ON TABLE public.reminder IS 'The primary key is the promise: one reminder and one question of each seat and hour; a date that moves has its own.';
COMMENT ON COLUMN public.reminder.kind IS 'question: whether the person still comes, two days before the date.';
COMMENT ON COLUMN public.reminder.answer IS 'To the question. No answer: the seat stays as it is.';
CREATE TABLE public.return_count (
    organization_id uuid NOT NULL,
    quarter date NOT NULL,
    people integer,
    came_back integer,
    counted_at timestamp with time zone NOT NULL,
    CONSTRAINT return_count_came_back_check CHECK (((came_back = 0) OR (came_back >= 11))),
    CONSTRAINT return_count_check CHECK (((came_back IS NULL) OR ((people IS NOT NULL) AND ((came_back = people) OR ((people - came_back) >= 11))))),
    CONSTRAINT return_count_people_check CHECK ((people >= 11)),
    CONSTRAINT return_count_quarter_check CHECK ((quarter = (date_trunc('quarter'::text, (quarter)::timestamp with time zone))::date))
);
ALTER TABLE ONLY public.return_count FORCE ROW LEVEL SECURITY;
COMMENT ON COLUMN public.return_count.people IS 'Of a partner: its people whose first match fell into the quarter. Of a center: people whose first visit there did.';
COMMENT ON COLUMN public.return_count.came_back IS 'Of these people, who visited one activity twice within six weeks from that day on.';
CREATE TABLE public.schema_migration (
    number integer NOT NULL,
    name text NOT NULL,
    sha256 text NOT NULL,
    applied_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT schema_migration_number_check CHECK ((number > 0)),
    CONSTRAINT schema_migration_sha256_check CHECK ((sha256 ~ '^[0-9a-f]{64}$'::text))
);
CREATE TABLE public.seat_letter (
    session_id uuid NOT NULL,
    resident_id uuid NOT NULL,
    organization_id uuid NOT NULL,
    state text NOT NULL,
    party smallint NOT NULL,
    written_at timestamp with time zone NOT NULL,
    CONSTRAINT seat_letter_party_check CHECK (((party >= 1) AND (party <= 8))),
    CONSTRAINT seat_letter_state_check CHECK ((state = ANY (ARRAY['confirmed'::text, 'cancelled'::text])))
);
ALTER TABLE ONLY public.seat_letter FORCE ROW LEVEL SECURITY;
COMMENT ON TABLE public.seat_letter IS 'The seat as the last letter about it described it. No row: nothing was written yet.';
COMMENT ON COLUMN public.seat_letter.written_at IS 'When that letter was written; a seat that was confirmed just before its date needs no reminder.';
CREATE TABLE public.seats (
    session_id uuid NOT NULL,
    capacity integer,
    own_capacity boolean DEFAULT false NOT NULL,
    taken integer DEFAULT 0 NOT NULL,
    CONSTRAINT seats_capacity_check CHECK (((capacity >= 0) AND (capacity <= 100000))),
    CONSTRAINT seats_check CHECK ((taken <= capacity)),
    CONSTRAINT seats_taken_check CHECK ((taken >= 0))
)
WITH (fillfactor='70');
ALTER TABLE ONLY public.seats FORCE ROW LEVEL SECURITY;
COMMENT ON COLUMN public.seats.capacity IS 'NULL: the center did not say; then nobody is turned away here, and the matcher is careful.';
COMMENT ON COLUMN public.seats.own_capacity IS 'The center set the capacity of this one date; making dates ready leaves it alone.';
CREATE TABLE public.sender_fence (
    singleton boolean DEFAULT true NOT NULL,
    system_identifier text NOT NULL,
    timeline_id integer NOT NULL,
    place text NOT NULL,
    armed_at timestamp with time zone NOT NULL,
    CONSTRAINT sender_fence_singleton_check CHECK (singleton)
);
COMMENT ON TABLE public.sender_fence IS 'Where letters leave from: the database cluster, its timeline, and what the deployment calls this place.';
COMMENT ON COLUMN public.sender_fence.place IS 'DOORSTEP_SENDER_ARM, or a fingerprint of the data folder; never part of the data itself.';
CREATE TABLE public.set_up (
    single boolean DEFAULT true NOT NULL,
    secret_hash bytea NOT NULL,
    expires_at timestamp with time zone NOT NULL,
    operator_id uuid,
    operator_staff_id uuid,
    sender_seen_at timestamp with time zone,
    test_letter_id uuid,
    center_id uuid,
    partner_id uuid,
    form_id uuid,
    finished_at timestamp with time zone,
    CONSTRAINT set_up_secret_hash_check CHECK ((length(secret_hash) = 32)),
    CONSTRAINT set_up_single_check CHECK (single)
);
ALTER TABLE ONLY public.set_up FORCE ROW LEVEL SECURITY;
COMMENT ON TABLE public.set_up IS 'One row at most: how far the set-up of this installation has come. Each start writes a new secret until it is finished.';
CREATE TABLE public.sign_in (
    secret_hash bytea NOT NULL,
    organization_id uuid NOT NULL,
    staff_id uuid NOT NULL,
    created_at timestamp with time zone NOT NULL,
    expires_at timestamp with time zone NOT NULL,
    used_at timestamp with time zone,
    CONSTRAINT sign_in_check CHECK ((expires_at > created_at)),
    CONSTRAINT sign_in_secret_hash_check CHECK ((length(secret_hash) = 32))
);
ALTER TABLE ONLY public.sign_in FORCE ROW LEVEL SECURITY;
CREATE TABLE public.sign_up (
    id uuid DEFAULT uuidv7() NOT NULL,
    resident_id uuid NOT NULL,
    organization_id uuid NOT NULL,
    form_id uuid NOT NULL,
    source text NOT NULL,
    content bytea NOT NULL,
    created_at timestamp with time zone NOT NULL,
    reminded_at timestamp with time zone,
    CONSTRAINT sign_up_source_check CHECK ((source = ANY (ARRAY['form'::text, 'embedded'::text, 'api'::text, 'paper'::text])))
);
ALTER TABLE ONLY public.sign_up FORCE ROW LEVEL SECURITY;
COMMENT ON TABLE public.sign_up IS 'Each confirmation link confirms the one sign-up it was mailed for; nobody can overwrite what somebody else typed.';
COMMENT ON COLUMN public.sign_up.content IS 'Name, place, wishes and consent, sealed as one, with the row''s id.';
COMMENT ON COLUMN public.sign_up.reminded_at IS 'When its one reminder was queued. An address gets one, however many sign-ups wait for it.';
CREATE TABLE public.sign_up_use (
    subject bytea NOT NULL,
    window_s integer NOT NULL,
    window_start timestamp with time zone NOT NULL,
    used integer NOT NULL,
    CONSTRAINT sign_up_use_subject_check CHECK ((length(subject) = 16)),
    CONSTRAINT sign_up_use_used_check CHECK ((used > 0)),
    CONSTRAINT sign_up_use_window_s_check CHECK ((window_s > 0))
)
WITH (fillfactor='50');
COMMENT ON TABLE public.sign_up_use IS 'Sign-ups or letters of the current window; one row for each subject and window, written over.';
COMMENT ON COLUMN public.sign_up_use.subject IS 'Keyed hash of an address block, a form or a mailbox: no address stands here.';
CREATE TABLE public.small_change (
    resident_id uuid NOT NULL,
    kind text NOT NULL,
    run_id uuid NOT NULL,
    content bytea NOT NULL,
    taken_back boolean DEFAULT false NOT NULL,
    changed_at timestamp with time zone NOT NULL,
    CONSTRAINT small_change_kind_check CHECK ((kind = ANY (ARRAY['evenings'::text, 'nearer'::text, 'fewer'::text, 'same_faces'::text])))
);
ALTER TABLE ONLY public.small_change FORCE ROW LEVEL SECURITY;
COMMENT ON COLUMN public.small_change.run_id IS 'The run of the letter that had the button: pressing twice in one letter is the same as once.';
COMMENT ON COLUMN public.small_change.content IS 'The value before and after, sealed: wishes stand in clear only under a pseudonym.';
CREATE TABLE public.staff (
    organization_id uuid NOT NULL,
    id uuid DEFAULT uuidv7() NOT NULL,
    email bytea NOT NULL,
    email_index bytea NOT NULL,
    name bytea,
    role text NOT NULL,
    created_at timestamp with time zone NOT NULL,
    removed_at timestamp with time zone,
    CONSTRAINT staff_role_check CHECK ((role = ANY (ARRAY['owner'::text, 'staff'::text, 'host'::text, 'operator'::text])))
);
ALTER TABLE ONLY public.staff FORCE ROW LEVEL SECURITY;
CREATE TABLE public.staff_session (
    secret_hash bytea NOT NULL,
    organization_id uuid NOT NULL,
    staff_id uuid NOT NULL,
    created_at timestamp with time zone NOT NULL,
    expires_at timestamp with time zone NOT NULL,
    CONSTRAINT staff_session_check CHECK ((expires_at > created_at)),
    CONSTRAINT staff_session_secret_hash_check CHECK ((length(secret_hash) = 32))
);
ALTER TABLE ONLY public.staff_session FORCE ROW LEVEL SECURITY;
CREATE TABLE public.unmet_demand (
    id uuid DEFAULT uuidv7() NOT NULL,
    region_id uuid NOT NULL,
    cell integer NOT NULL,
    lat double precision NOT NULL,
    lon double precision NOT NULL,
    topic text NOT NULL,
    band smallint NOT NULL,
    day smallint NOT NULL,
    people integer NOT NULL,
    quarter date NOT NULL,
    CONSTRAINT unmet_demand_band_check CHECK (((band >= 0) AND (band <= 5))),
    CONSTRAINT unmet_demand_cell_check CHECK ((cell >= 0)),
    CONSTRAINT unmet_demand_day_check CHECK (((day >= '-1'::integer) AND (day <= 6))),
    CONSTRAINT unmet_demand_lat_check CHECK (((lat >= ('-90'::integer)::double precision) AND (lat <= (90)::double precision))),
    CONSTRAINT unmet_demand_lon_check CHECK (((lon >= ('-180'::integer)::double precision) AND (lon <= (180)::double precision))),
    CONSTRAINT unmet_demand_people_check CHECK (((people >= 10) AND ((people % 10) = 0))),
    CONSTRAINT unmet_demand_quarter_check CHECK ((quarter = (date_trunc('quarter'::text, (quarter)::timestamp with time zone))::date))
);
COMMENT ON COLUMN public.unmet_demand.lat IS 'The middle of the cell of the grid, not a home; likewise lon.';
COMMENT ON COLUMN public.unmet_demand.day IS 'Of the week, Monday 0, on which most of these people are free; -1: no one day suits enough of them.';
COMMENT ON COLUMN public.unmet_demand.people IS 'Floored to tens.';
CREATE TABLE public.walk_in (
    id uuid DEFAULT uuidv7() NOT NULL,
    organization_id uuid NOT NULL,
    session_id uuid NOT NULL,
    first_name text,
    people smallint NOT NULL,
    noted_at timestamp with time zone NOT NULL,
    key uuid NOT NULL,
    host_link_id uuid,
    CONSTRAINT walk_in_first_name_check CHECK (((length(first_name) >= 1) AND (length(first_name) <= 40))),
    CONSTRAINT walk_in_people_check CHECK (((people >= 1) AND (people <= 20)))
);
ALTER TABLE ONLY public.walk_in FORCE ROW LEVEL SECURITY;
COMMENT ON TABLE public.walk_in IS 'People who came without a seat, as the center noted them: a first name, or only how many.';
COMMENT ON COLUMN public.walk_in.key IS 'Made by whoever notes it: the same note sent twice is one row.';
COMMENT ON COLUMN public.walk_in.host_link_id IS 'The id that the link had through which a host noted this; null where a member or key of the center did.';
CREATE TABLE public.week_return (
    region_id uuid NOT NULL,
    week date NOT NULL,
    matched integer NOT NULL,
    came_back integer NOT NULL,
    reachable integer NOT NULL,
    tenth integer NOT NULL,
    tenth_came_back integer NOT NULL,
    tenth_chance double precision,
    counted_at timestamp with time zone NOT NULL,
    CONSTRAINT week_return_check CHECK (((came_back >= 0) AND (came_back <= matched))),
    CONSTRAINT week_return_check1 CHECK ((reachable >= matched)),
    CONSTRAINT week_return_check2 CHECK (((tenth >= 0) AND (tenth <= reachable))),
    CONSTRAINT week_return_check3 CHECK (((tenth_came_back >= 0) AND (tenth_came_back <= tenth))),
    CONSTRAINT week_return_tenth_chance_check CHECK (((tenth_chance >= (0)::double precision) AND (tenth_chance <= (1)::double precision))),
    CONSTRAINT week_return_week_check CHECK ((EXTRACT(isodow FROM week) = (1)::numeric))
);
ALTER TABLE ONLY public.week_return FORCE ROW LEVEL SECURITY;
COMMENT ON TABLE public.week_return IS 'What week_returns gave, counted anew once a day until the week is final.';
ALTER TABLE ONLY public.activity
    ADD CONSTRAINT activity_id_key UNIQUE (id);
ALTER TABLE ONLY public.activity
    ADD CONSTRAINT activity_organization_id_feed_id_uid_key UNIQUE (organization_id, feed_id, uid);
ALTER TABLE ONLY public.activity
    ADD CONSTRAINT activity_organization_id_reference_key UNIQUE (organization_id, reference);
ALTER TABLE ONLY public.activity_past
    ADD CONSTRAINT activity_past_pkey PRIMARY KEY (activity_id);
ALTER TABLE ONLY public.activity
    ADD CONSTRAINT activity_pkey PRIMARY KEY (organization_id, id);
ALTER TABLE ONLY public.activity_silence
    ADD CONSTRAINT activity_silence_pkey PRIMARY KEY (activity_id);
ALTER TABLE ONLY public.activity
    ADD CONSTRAINT activity_slug_key UNIQUE (slug);
ALTER TABLE ONLY public.after_match
    ADD CONSTRAINT after_match_pkey PRIMARY KEY (run_id);
ALTER TABLE ONLY public.answer
    ADD CONSTRAINT answer_pkey PRIMARY KEY (matcher_id, session_id);
ALTER TABLE ONLY public.api_key
    ADD CONSTRAINT api_key_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.api_key
    ADD CONSTRAINT api_key_secret_hash_key UNIQUE (secret_hash);
ALTER TABLE ONLY public.audit
    ADD CONSTRAINT audit_hash_key UNIQUE (hash);
ALTER TABLE ONLY public.audit
    ADD CONSTRAINT audit_pkey PRIMARY KEY (seq);
ALTER TABLE ONLY public.block
    ADD CONSTRAINT block_matcher_id_other_matcher_id_organization_id_activity__key UNIQUE NULLS NOT DISTINCT (matcher_id, other_matcher_id, organization_id, activity_id);
ALTER TABLE ONLY public.block
    ADD CONSTRAINT block_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.calendar_feed
    ADD CONSTRAINT calendar_feed_pkey PRIMARY KEY (resident_id);
ALTER TABLE ONLY public.center_message
    ADD CONSTRAINT center_message_pkey PRIMARY KEY (session_id, key);
ALTER TABLE ONLY public.change_letter
    ADD CONSTRAINT change_letter_letter_id_key UNIQUE (letter_id);
ALTER TABLE ONLY public.change_letter
    ADD CONSTRAINT change_letter_pkey PRIMARY KEY (session_id, resident_id);
ALTER TABLE ONLY public.companion
    ADD CONSTRAINT companion_letter_id_key UNIQUE (letter_id);
ALTER TABLE ONLY public.companion
    ADD CONSTRAINT companion_pkey PRIMARY KEY (session_id, resident_id, starts_at);
ALTER TABLE ONLY public.companion
    ADD CONSTRAINT companion_session_id_other_id_starts_at_key UNIQUE (session_id, other_id, starts_at);
ALTER TABLE ONLY public.confirmation_count
    ADD CONSTRAINT confirmation_count_pkey PRIMARY KEY (form_id, language, month);
ALTER TABLE ONLY public.consent
    ADD CONSTRAINT consent_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.daily
    ADD CONSTRAINT daily_pkey PRIMARY KEY (duty);
ALTER TABLE ONLY public.demand_contributor
    ADD CONSTRAINT demand_contributor_pkey PRIMARY KEY (demand_id, matcher_id);
ALTER TABLE ONLY public.demand_look
    ADD CONSTRAINT demand_look_pkey PRIMARY KEY (region_id, quarter);
ALTER TABLE ONLY public.digest
    ADD CONSTRAINT digest_letter_id_key UNIQUE (letter_id);
ALTER TABLE ONLY public.digest
    ADD CONSTRAINT digest_pkey PRIMARY KEY (resident_id, week);
ALTER TABLE ONLY public.empty_hand
    ADD CONSTRAINT empty_hand_pkey PRIMARY KEY (run_id, matcher_id);
ALTER TABLE ONLY public.enrollment
    ADD CONSTRAINT enrollment_pkey PRIMARY KEY (organization_id, resident_id);
ALTER TABLE ONLY public.feed
    ADD CONSTRAINT feed_id_key UNIQUE (id);
ALTER TABLE ONLY public.feed
    ADD CONSTRAINT feed_organization_id_source_key UNIQUE (organization_id, source);
ALTER TABLE ONLY public.feed
    ADD CONSTRAINT feed_pkey PRIMARY KEY (organization_id, id);
ALTER TABLE ONLY public.feedback
    ADD CONSTRAINT feedback_pkey PRIMARY KEY (session_id, resident_id);
ALTER TABLE ONLY public.first_answer
    ADD CONSTRAINT first_answer_pkey PRIMARY KEY (organization_id, key);
ALTER TABLE ONLY public.forgotten_sign_up
    ADD CONSTRAINT forgotten_sign_up_pkey PRIMARY KEY (form_id, language, month);
ALTER TABLE ONLY public.form
    ADD CONSTRAINT form_organization_id_id_key UNIQUE (organization_id, id);
ALTER TABLE ONLY public.form
    ADD CONSTRAINT form_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.form
    ADD CONSTRAINT form_slug_key UNIQUE (slug);
ALTER TABLE ONLY public.form_use
    ADD CONSTRAINT form_use_pkey PRIMARY KEY (nonce);
ALTER TABLE ONLY public.heartbeat
    ADD CONSTRAINT heartbeat_pkey PRIMARY KEY (worker);
ALTER TABLE ONLY public.host_link
    ADD CONSTRAINT host_link_id_key UNIQUE (id);
ALTER TABLE ONLY public.host_link
    ADD CONSTRAINT host_link_pkey PRIMARY KEY (session_id);
ALTER TABLE ONLY public.key_use
    ADD CONSTRAINT key_use_pkey PRIMARY KEY (key_id);
ALTER TABLE ONLY public.learned_score
    ADD CONSTRAINT learned_score_pkey PRIMARY KEY (region_id, version);
ALTER TABLE ONLY public.lesson
    ADD CONSTRAINT lesson_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.letter
    ADD CONSTRAINT letter_message_id_key UNIQUE (message_id);
ALTER TABLE ONLY public.letter
    ADD CONSTRAINT letter_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.match
    ADD CONSTRAINT match_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.match
    ADD CONSTRAINT match_run_id_matcher_id_rank_key UNIQUE (run_id, matcher_id, rank);
ALTER TABLE ONLY public.match
    ADD CONSTRAINT match_run_id_matcher_id_session_id_key UNIQUE (run_id, matcher_id, session_id);
ALTER TABLE ONLY public.match_run
    ADD CONSTRAINT match_run_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.match_run
    ADD CONSTRAINT match_run_region_id_week_round_key UNIQUE (region_id, week, round);
ALTER TABLE ONLY public.organization
    ADD CONSTRAINT organization_id_kind_key UNIQUE (id, kind);
ALTER TABLE ONLY public.organization
    ADD CONSTRAINT organization_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.organization
    ADD CONSTRAINT organization_slug_key UNIQUE (slug);
ALTER TABLE ONLY public.profile
    ADD CONSTRAINT profile_pkey PRIMARY KEY (matcher_id);
ALTER TABLE ONLY public.pseudonym
    ADD CONSTRAINT pseudonym_matcher_id_key UNIQUE (matcher_id);
ALTER TABLE ONLY public.pseudonym
    ADD CONSTRAINT pseudonym_pkey PRIMARY KEY (resident_id);
ALTER TABLE ONLY public.region
    ADD CONSTRAINT region_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.region
    ADD CONSTRAINT region_slug_key UNIQUE (slug);
ALTER TABLE ONLY public.registration_change
    ADD CONSTRAINT registration_change_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.registration
    ADD CONSTRAINT registration_handle_key UNIQUE (handle);
ALTER TABLE ONLY public.registration
    ADD CONSTRAINT registration_pkey PRIMARY KEY (session_id, resident_id);
ALTER TABLE ONLY public.reminder
    ADD CONSTRAINT reminder_pkey PRIMARY KEY (session_id, resident_id, starts_at, kind);
ALTER TABLE ONLY public.resident
    ADD CONSTRAINT resident_email_index_key UNIQUE (email_index);
ALTER TABLE ONLY public.resident
    ADD CONSTRAINT resident_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.return_count
    ADD CONSTRAINT return_count_pkey PRIMARY KEY (organization_id, quarter);
ALTER TABLE ONLY public.schema_migration
    ADD CONSTRAINT schema_migration_pkey PRIMARY KEY (number);
ALTER TABLE ONLY public.seat_letter
    ADD CONSTRAINT seat_letter_pkey PRIMARY KEY (session_id, resident_id);
ALTER TABLE ONLY public.seats
    ADD CONSTRAINT seats_pkey PRIMARY KEY (session_id);
ALTER TABLE ONLY public.sender_fence
    ADD CONSTRAINT sender_fence_pkey PRIMARY KEY (singleton);
ALTER TABLE ONLY public.session
    ADD CONSTRAINT session_activity_id_original_local_key UNIQUE (activity_id, original_local);
ALTER TABLE ONLY public.session
    ADD CONSTRAINT session_id_key UNIQUE (id);
ALTER TABLE ONLY public.session
    ADD CONSTRAINT session_pkey PRIMARY KEY (organization_id, id);
ALTER TABLE ONLY public.set_up
    ADD CONSTRAINT set_up_pkey PRIMARY KEY (single);
ALTER TABLE ONLY public.sign_in
    ADD CONSTRAINT sign_in_pkey PRIMARY KEY (secret_hash);
ALTER TABLE ONLY public.sign_up
    ADD CONSTRAINT sign_up_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.sign_up_use
    ADD CONSTRAINT sign_up_use_pkey PRIMARY KEY (subject, window_s);
ALTER TABLE ONLY public.small_change
    ADD CONSTRAINT small_change_pkey PRIMARY KEY (resident_id, kind);
ALTER TABLE ONLY public.staff
    ADD CONSTRAINT staff_id_key UNIQUE (id);
ALTER TABLE ONLY public.staff
    ADD CONSTRAINT staff_organization_id_email_index_key UNIQUE (organization_id, email_index);
ALTER TABLE ONLY public.staff
    ADD CONSTRAINT staff_pkey PRIMARY KEY (organization_id, id);
ALTER TABLE ONLY public.staff_session
    ADD CONSTRAINT staff_session_pkey PRIMARY KEY (secret_hash);
ALTER TABLE ONLY public.suppression
    ADD CONSTRAINT suppression_pkey PRIMARY KEY (email_index);
ALTER TABLE ONLY public.unmet_demand
    ADD CONSTRAINT unmet_demand_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.unmet_demand
    ADD CONSTRAINT unmet_demand_region_id_cell_topic_band_key UNIQUE (region_id, cell, topic, band);
ALTER TABLE ONLY public.walk_in
    ADD CONSTRAINT walk_in_key_key UNIQUE (key);
ALTER TABLE ONLY public.walk_in
    ADD CONSTRAINT walk_in_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.week_return
    ADD CONSTRAINT week_return_pkey PRIMARY KEY (region_id, week);
CREATE INDEX activity_lower_place_key_idx ON public.activity USING btree (lower(title), place_key);
CREATE INDEX activity_merged_into_idx ON public.activity USING btree (merged_into) WHERE (merged_into IS NOT NULL);
CREATE INDEX activity_region_id_idx ON public.activity USING btree (region_id) WHERE (status = 'published'::text);
CREATE INDEX activity_silence_organization_id_idx ON public.activity_silence USING btree (organization_id);
CREATE INDEX answer_activity_id_idx ON public.answer USING btree (activity_id);
CREATE INDEX answer_session_id_idx ON public.answer USING btree (session_id);
CREATE INDEX api_key_organization_id_idx ON public.api_key USING btree (organization_id);
CREATE INDEX api_key_replaced_by ON public.api_key USING btree (replaced_by) WHERE (replaced_by IS NOT NULL);
CREATE INDEX block_activity_id_idx ON public.block USING btree (activity_id) WHERE (activity_id IS NOT NULL);
CREATE INDEX block_other_matcher_id_idx ON public.block USING btree (other_matcher_id) WHERE (other_matcher_id IS NOT NULL);
CREATE INDEX center_message_organization_id_session_id_idx ON public.center_message USING btree (organization_id, session_id);
CREATE INDEX center_message_organization_id_staff_id_idx ON public.center_message USING btree (organization_id, staff_id);
CREATE INDEX confirmation_count_organization_id_form_id_idx ON public.confirmation_count USING btree (organization_id, form_id);
CREATE INDEX consent_form_id_idx ON public.consent USING btree (form_id);
CREATE INDEX consent_resident_id_idx ON public.consent USING btree (resident_id);
CREATE INDEX demand_contributor_matcher_id_idx ON public.demand_contributor USING btree (matcher_id);
CREATE INDEX digest_run_id_idx ON public.digest USING btree (run_id);
CREATE INDEX empty_hand_matcher_id_idx ON public.empty_hand USING btree (matcher_id);
CREATE INDEX enrollment_organization_id_form_id_idx ON public.enrollment USING btree (organization_id, form_id);
CREATE INDEX enrollment_resident_id_idx ON public.enrollment USING btree (resident_id);
CREATE INDEX feed_next_fetch_at_idx ON public.feed USING btree (next_fetch_at) WHERE ((status = 'active'::text) AND (next_fetch_at IS NOT NULL));
CREATE INDEX feedback_resident_id_asked_at_idx ON public.feedback USING btree (resident_id, asked_at);
CREATE INDEX first_answer_expires_at_idx ON public.first_answer USING btree (expires_at);
CREATE INDEX form_use_expires_at_idx ON public.form_use USING btree (expires_at);
CREATE INDEX lesson_region_id_learned_at_idx ON public.lesson USING btree (region_id, learned_at);
CREATE INDEX letter_lease_until_idx ON public.letter USING btree (lease_until) WHERE (state = ANY (ARRAY['leased'::text, 'sending'::text, 'ambiguous'::text]));
CREATE INDEX letter_not_before_idx ON public.letter USING btree (not_before) WHERE (state = 'pending'::text);
CREATE INDEX letter_not_before_idx1 ON public.letter USING btree (not_before) WHERE ((state = 'pending'::text) AND (kind <> 'digest'::text));
CREATE INDEX letter_resident_id_kind_idx ON public.letter USING btree (resident_id, kind);
CREATE INDEX letter_staff_id_idx ON public.letter USING btree (staff_id) WHERE (staff_id IS NOT NULL);
CREATE INDEX match_matcher_id_idx ON public.match USING btree (matcher_id);
CREATE INDEX match_session_id_idx ON public.match USING btree (session_id);
CREATE UNIQUE INDEX one_champion ON public.learned_score USING btree (region_id) WHERE (state = 'champion'::text);
CREATE UNIQUE INDEX one_living_consent ON public.consent USING btree (resident_id, purpose) WHERE (withdrawn_at IS NULL);
CREATE INDEX profile_household_id_idx ON public.profile USING btree (household_id) WHERE (household_id IS NOT NULL);
CREATE INDEX profile_region_id_idx ON public.profile USING btree (region_id);
CREATE INDEX registration_change_session_id_resident_id_idx ON public.registration_change USING btree (session_id, resident_id);
CREATE INDEX registration_changed_at_idx ON public.registration USING btree (changed_at);
CREATE INDEX registration_resident_id_idx ON public.registration USING btree (resident_id);
CREATE INDEX registration_session_id_waiting_since_idx ON public.registration USING btree (session_id, waiting_since) WHERE (state = ANY (ARRAY['waiting'::text, 'offered'::text]));
CREATE INDEX resident_form_id_idx ON public.resident USING btree (form_id);
CREATE INDEX session_ends_at_idx ON public.session USING btree (ends_at) WHERE (state = 'scheduled'::text);
CREATE INDEX session_starts_at_idx ON public.session USING btree (starts_at) WHERE (state = 'scheduled'::text);
CREATE INDEX sign_in_organization_id_staff_id_idx ON public.sign_in USING btree (organization_id, staff_id);
CREATE INDEX sign_up_organization_id_form_id_idx ON public.sign_up USING btree (organization_id, form_id);
CREATE INDEX sign_up_resident_id_idx ON public.sign_up USING btree (resident_id);
CREATE INDEX small_change_changed_at_idx ON public.small_change USING btree (changed_at);
CREATE INDEX staff_session_organization_id_staff_id_idx ON public.staff_session USING btree (organization_id, staff_id);
CREATE INDEX walk_in_session_id_idx ON public.walk_in USING btree (session_id);
CREATE TRIGGER activity_of_open_organization AFTER INSERT OR UPDATE OF status, organization_id ON public.activity FOR EACH ROW WHEN ((new.status = 'published'::text)) EXECUTE FUNCTION public.refuse_of_closed();
CREATE TRIGGER count_seats AFTER INSERT OR DELETE OR UPDATE ON public.registration FOR EACH ROW EXECUTE FUNCTION public.count_seats();
CREATE TRIGGER guard_registration AFTER INSERT OR UPDATE OF state, called_off_from ON public.registration FOR EACH ROW EXECUTE FUNCTION public.guard_registration();
CREATE TRIGGER guard_seats BEFORE UPDATE ON public.seats FOR EACH ROW EXECUTE FUNCTION public.guard_seats();
ALTER TABLE ONLY public.activity
    ADD CONSTRAINT activity_merged_into_fkey FOREIGN KEY (merged_into) REFERENCES public.activity(id);
ALTER TABLE ONLY public.activity
    ADD CONSTRAINT activity_organization_id_feed_id_fkey FOREIGN KEY (organization_id, feed_id) REFERENCES public.feed(organization_id, id);
ALTER TABLE ONLY public.activity
    ADD CONSTRAINT activity_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES public.organization(id);
ALTER TABLE ONLY public.activity_past
    ADD CONSTRAINT activity_past_activity_id_fkey FOREIGN KEY (activity_id) REFERENCES public.activity(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.activity
    ADD CONSTRAINT activity_region_id_fkey FOREIGN KEY (region_id) REFERENCES public.region(id);
ALTER TABLE ONLY public.activity_silence
    ADD CONSTRAINT activity_silence_organization_id_activity_id_fkey FOREIGN KEY (organization_id, activity_id) REFERENCES public.activity(organization_id, id) ON DELETE CASCADE;
ALTER TABLE ONLY public.after_match
    ADD CONSTRAINT after_match_run_id_fkey FOREIGN KEY (run_id) REFERENCES public.match_run(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.answer
    ADD CONSTRAINT answer_activity_id_fkey FOREIGN KEY (activity_id) REFERENCES public.activity(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.answer
    ADD CONSTRAINT answer_matcher_id_fkey FOREIGN KEY (matcher_id) REFERENCES public.pseudonym(matcher_id) ON DELETE CASCADE;
ALTER TABLE ONLY public.answer
    ADD CONSTRAINT answer_session_id_fkey FOREIGN KEY (session_id) REFERENCES public.session(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.api_key
    ADD CONSTRAINT api_key_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES public.organization(id);
ALTER TABLE ONLY public.api_key
    ADD CONSTRAINT api_key_replaced_by_fkey FOREIGN KEY (replaced_by) REFERENCES public.api_key(id);
ALTER TABLE ONLY public.block
    ADD CONSTRAINT block_activity_id_fkey FOREIGN KEY (activity_id) REFERENCES public.activity(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.block
    ADD CONSTRAINT block_matcher_id_fkey FOREIGN KEY (matcher_id) REFERENCES public.pseudonym(matcher_id) ON DELETE CASCADE;
ALTER TABLE ONLY public.block
    ADD CONSTRAINT block_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES public.organization(id);
ALTER TABLE ONLY public.block
    ADD CONSTRAINT block_other_matcher_id_fkey FOREIGN KEY (other_matcher_id) REFERENCES public.pseudonym(matcher_id) ON DELETE CASCADE;
ALTER TABLE ONLY public.calendar_feed
    ADD CONSTRAINT calendar_feed_resident_id_fkey FOREIGN KEY (resident_id) REFERENCES public.resident(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.center_message
    ADD CONSTRAINT center_message_organization_id_session_id_fkey FOREIGN KEY (organization_id, session_id) REFERENCES public.session(organization_id, id) ON DELETE CASCADE;
ALTER TABLE ONLY public.center_message
    ADD CONSTRAINT center_message_organization_id_staff_id_fkey FOREIGN KEY (organization_id, staff_id) REFERENCES public.staff(organization_id, id) ON DELETE CASCADE;
ALTER TABLE ONLY public.change_letter
    ADD CONSTRAINT change_letter_letter_id_fkey FOREIGN KEY (letter_id) REFERENCES public.letter(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.change_letter
    ADD CONSTRAINT change_letter_session_id_resident_id_fkey FOREIGN KEY (session_id, resident_id) REFERENCES public.registration(session_id, resident_id) ON DELETE CASCADE;
ALTER TABLE ONLY public.companion
    ADD CONSTRAINT companion_letter_id_fkey FOREIGN KEY (letter_id) REFERENCES public.letter(id) ON DELETE SET NULL;
ALTER TABLE ONLY public.companion
    ADD CONSTRAINT companion_session_id_other_id_fkey FOREIGN KEY (session_id, other_id) REFERENCES public.registration(session_id, resident_id) ON DELETE CASCADE;
ALTER TABLE ONLY public.companion
    ADD CONSTRAINT companion_session_id_resident_id_fkey FOREIGN KEY (session_id, resident_id) REFERENCES public.registration(session_id, resident_id) ON DELETE CASCADE;
ALTER TABLE ONLY public.confirmation_count
    ADD CONSTRAINT confirmation_count_organization_id_form_id_fkey FOREIGN KEY (organization_id, form_id) REFERENCES public.form(organization_id, id);
ALTER TABLE ONLY public.consent
    ADD CONSTRAINT consent_form_id_fkey FOREIGN KEY (form_id) REFERENCES public.form(id);
ALTER TABLE ONLY public.consent
    ADD CONSTRAINT consent_resident_id_fkey FOREIGN KEY (resident_id) REFERENCES public.resident(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.demand_contributor
    ADD CONSTRAINT demand_contributor_demand_id_fkey FOREIGN KEY (demand_id) REFERENCES public.unmet_demand(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.demand_contributor
    ADD CONSTRAINT demand_contributor_matcher_id_fkey FOREIGN KEY (matcher_id) REFERENCES public.pseudonym(matcher_id) ON DELETE CASCADE;
ALTER TABLE ONLY public.demand_look
    ADD CONSTRAINT demand_look_region_id_fkey FOREIGN KEY (region_id) REFERENCES public.region(id);
ALTER TABLE ONLY public.digest
    ADD CONSTRAINT digest_letter_id_fkey FOREIGN KEY (letter_id) REFERENCES public.letter(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.digest
    ADD CONSTRAINT digest_resident_id_fkey FOREIGN KEY (resident_id) REFERENCES public.resident(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.digest
    ADD CONSTRAINT digest_run_id_fkey FOREIGN KEY (run_id) REFERENCES public.match_run(id);
ALTER TABLE ONLY public.empty_hand
    ADD CONSTRAINT empty_hand_matcher_id_fkey FOREIGN KEY (matcher_id) REFERENCES public.pseudonym(matcher_id) ON DELETE CASCADE;
ALTER TABLE ONLY public.empty_hand
    ADD CONSTRAINT empty_hand_run_id_fkey FOREIGN KEY (run_id) REFERENCES public.match_run(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.enrollment
    ADD CONSTRAINT enrollment_organization_id_form_id_fkey FOREIGN KEY (organization_id, form_id) REFERENCES public.form(organization_id, id);
ALTER TABLE ONLY public.enrollment
    ADD CONSTRAINT enrollment_resident_id_fkey FOREIGN KEY (resident_id) REFERENCES public.resident(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.feed
    ADD CONSTRAINT feed_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES public.organization(id);
ALTER TABLE ONLY public.feedback
    ADD CONSTRAINT feedback_session_id_resident_id_fkey FOREIGN KEY (session_id, resident_id) REFERENCES public.registration(session_id, resident_id) ON DELETE CASCADE;
ALTER TABLE ONLY public.first_answer
    ADD CONSTRAINT first_answer_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES public.organization(id);
ALTER TABLE ONLY public.forgotten_sign_up
    ADD CONSTRAINT forgotten_sign_up_form_id_fkey FOREIGN KEY (form_id) REFERENCES public.form(id);
ALTER TABLE ONLY public.form
    ADD CONSTRAINT form_organization_id_organization_kind_fkey FOREIGN KEY (organization_id, organization_kind) REFERENCES public.organization(id, kind);
ALTER TABLE ONLY public.host_link
    ADD CONSTRAINT host_link_organization_id_session_id_fkey FOREIGN KEY (organization_id, session_id) REFERENCES public.session(organization_id, id) ON DELETE CASCADE;
ALTER TABLE ONLY public.key_use
    ADD CONSTRAINT key_use_key_id_fkey FOREIGN KEY (key_id) REFERENCES public.api_key(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.learned_score
    ADD CONSTRAINT learned_score_region_id_fkey FOREIGN KEY (region_id) REFERENCES public.region(id);
ALTER TABLE ONLY public.lesson
    ADD CONSTRAINT lesson_region_id_fkey FOREIGN KEY (region_id) REFERENCES public.region(id);
ALTER TABLE ONLY public.letter
    ADD CONSTRAINT letter_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES public.organization(id);
ALTER TABLE ONLY public.letter
    ADD CONSTRAINT letter_resident_id_fkey FOREIGN KEY (resident_id) REFERENCES public.resident(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.letter
    ADD CONSTRAINT letter_staff_id_fkey FOREIGN KEY (staff_id) REFERENCES public.staff(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.match
    ADD CONSTRAINT match_matcher_id_fkey FOREIGN KEY (matcher_id) REFERENCES public.pseudonym(matcher_id) ON DELETE CASCADE;
ALTER TABLE ONLY public.match
    ADD CONSTRAINT match_run_id_fkey FOREIGN KEY (run_id) REFERENCES public.match_run(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.match_run
    ADD CONSTRAINT match_run_region_id_fkey FOREIGN KEY (region_id) REFERENCES public.region(id);
ALTER TABLE ONLY public.match
    ADD CONSTRAINT match_session_id_fkey FOREIGN KEY (session_id) REFERENCES public.session(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.organization
    ADD CONSTRAINT organization_region_id_fkey FOREIGN KEY (region_id) REFERENCES public.region(id);
ALTER TABLE ONLY public.profile
    ADD CONSTRAINT profile_matcher_id_fkey FOREIGN KEY (matcher_id) REFERENCES public.pseudonym(matcher_id) ON DELETE CASCADE;
ALTER TABLE ONLY public.profile
    ADD CONSTRAINT profile_region_id_fkey FOREIGN KEY (region_id) REFERENCES public.region(id);
ALTER TABLE ONLY public.pseudonym
    ADD CONSTRAINT pseudonym_resident_id_fkey FOREIGN KEY (resident_id) REFERENCES public.resident(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.registration_change
    ADD CONSTRAINT registration_change_session_id_resident_id_fkey FOREIGN KEY (session_id, resident_id) REFERENCES public.registration(session_id, resident_id) ON DELETE CASCADE;
ALTER TABLE ONLY public.registration
    ADD CONSTRAINT registration_organization_id_session_id_fkey FOREIGN KEY (organization_id, session_id) REFERENCES public.session(organization_id, id) ON DELETE CASCADE;
ALTER TABLE ONLY public.registration
    ADD CONSTRAINT registration_resident_id_fkey FOREIGN KEY (resident_id) REFERENCES public.resident(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.reminder
    ADD CONSTRAINT reminder_session_id_resident_id_fkey FOREIGN KEY (session_id, resident_id) REFERENCES public.registration(session_id, resident_id) ON DELETE CASCADE;
ALTER TABLE ONLY public.resident
    ADD CONSTRAINT resident_form_id_fkey FOREIGN KEY (form_id) REFERENCES public.form(id);
ALTER TABLE ONLY public.return_count
    ADD CONSTRAINT return_count_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES public.organization(id);
ALTER TABLE ONLY public.seat_letter
    ADD CONSTRAINT seat_letter_session_id_resident_id_fkey FOREIGN KEY (session_id, resident_id) REFERENCES public.registration(session_id, resident_id) ON DELETE CASCADE;
ALTER TABLE ONLY public.seats
    ADD CONSTRAINT seats_session_id_fkey FOREIGN KEY (session_id) REFERENCES public.session(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.session
    ADD CONSTRAINT session_organization_id_activity_id_fkey FOREIGN KEY (organization_id, activity_id) REFERENCES public.activity(organization_id, id) ON DELETE CASCADE;
ALTER TABLE ONLY public.set_up
    ADD CONSTRAINT set_up_center_id_fkey FOREIGN KEY (center_id) REFERENCES public.organization(id);
ALTER TABLE ONLY public.set_up
    ADD CONSTRAINT set_up_form_id_fkey FOREIGN KEY (form_id) REFERENCES public.form(id);
ALTER TABLE ONLY public.set_up
    ADD CONSTRAINT set_up_operator_id_fkey FOREIGN KEY (operator_id) REFERENCES public.organization(id);
ALTER TABLE ONLY public.set_up
    ADD CONSTRAINT set_up_operator_staff_id_fkey FOREIGN KEY (operator_staff_id) REFERENCES public.staff(id);
ALTER TABLE ONLY public.set_up
    ADD CONSTRAINT set_up_partner_id_fkey FOREIGN KEY (partner_id) REFERENCES public.organization(id);
ALTER TABLE ONLY public.set_up
    ADD CONSTRAINT set_up_test_letter_id_fkey FOREIGN KEY (test_letter_id) REFERENCES public.letter(id) ON DELETE SET NULL;
ALTER TABLE ONLY public.sign_in
    ADD CONSTRAINT sign_in_organization_id_staff_id_fkey FOREIGN KEY (organization_id, staff_id) REFERENCES public.staff(organization_id, id) ON DELETE CASCADE;
ALTER TABLE ONLY public.sign_up
    ADD CONSTRAINT sign_up_organization_id_form_id_fkey FOREIGN KEY (organization_id, form_id) REFERENCES public.form(organization_id, id);
ALTER TABLE ONLY public.sign_up
    ADD CONSTRAINT sign_up_resident_id_fkey FOREIGN KEY (resident_id) REFERENCES public.resident(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.small_change
    ADD CONSTRAINT small_change_resident_id_fkey FOREIGN KEY (resident_id) REFERENCES public.resident(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.staff
    ADD CONSTRAINT staff_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES public.organization(id);
ALTER TABLE ONLY public.staff_session
    ADD CONSTRAINT staff_session_organization_id_staff_id_fkey FOREIGN KEY (organization_id, staff_id) REFERENCES public.staff(organization_id, id) ON DELETE CASCADE;
ALTER TABLE ONLY public.unmet_demand
    ADD CONSTRAINT unmet_demand_region_id_fkey FOREIGN KEY (region_id) REFERENCES public.region(id);
ALTER TABLE ONLY public.walk_in
    ADD CONSTRAINT walk_in_organization_id_session_id_fkey FOREIGN KEY (organization_id, session_id) REFERENCES public.session(organization_id, id) ON DELETE CASCADE;
ALTER TABLE ONLY public.week_return
    ADD CONSTRAINT week_return_region_id_fkey FOREIGN KEY (region_id) REFERENCES public.region(id);
ALTER TABLE public.activity ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.activity_silence ENABLE ROW LEVEL SECURITY;
CREATE POLICY added ON public.region FOR INSERT TO doorstep_app WITH CHECK (true);
ALTER TABLE public.answer ENABLE ROW LEVEL SECURITY;
CREATE POLICY answered ON public.reminder FOR UPDATE TO doorstep_app USING (((resident_id = (NULLIF(current_setting('app.resident_id'::text, true), ''::text))::uuid) AND (kind = 'question'::text))) WITH CHECK (((resident_id = (NULLIF(current_setting('app.resident_id'::text, true), ''::text))::uuid) AND (kind = 'question'::text)));
ALTER TABLE public.api_key ENABLE ROW LEVEL SECURITY;
CREATE POLICY asked ON public.activity_silence FOR SELECT TO doorstep_app USING ((left_at IS NOT NULL));
ALTER TABLE public.block ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.calendar_feed ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.center_message ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.change_letter ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.companion ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.confirmation_count ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.consent ENABLE ROW LEVEL SECURITY;
CREATE POLICY counted ON public.activity_silence FOR SELECT TO doorstep_owner USING (true);
CREATE POLICY counted ON public.digest FOR SELECT TO doorstep_owner USING (true);
CREATE POLICY counted ON public.feedback FOR SELECT TO doorstep_owner USING (true);
CREATE POLICY counted ON public.letter FOR SELECT TO doorstep_owner USING (true);
CREATE POLICY counted ON public.profile FOR SELECT TO doorstep_owner USING (true);
CREATE POLICY counted ON public.pseudonym FOR SELECT TO doorstep_owner USING (true);
CREATE POLICY counted ON public.registration FOR SELECT TO doorstep_owner USING (true);
CREATE POLICY counted ON public.resident FOR SELECT TO doorstep_owner USING (true);
CREATE POLICY counted ON public.seats TO doorstep_owner USING (true) WITH CHECK (true);
ALTER TABLE public.digest ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.empty_hand ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.enrollment ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.feed ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.feedback ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.first_answer ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.form ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.host_link ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.key_use ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.letter ENABLE ROW LEVEL SECURITY;
CREATE POLICY looked_up ON public.block FOR SELECT TO doorstep_owner USING (true);
CREATE POLICY looked_up ON public.set_up FOR SELECT TO doorstep_owner USING (true);
CREATE POLICY looked_up ON public.staff FOR SELECT TO doorstep_owner USING (true);
CREATE POLICY looked_up ON public.staff_session FOR SELECT TO doorstep_owner USING (true);
ALTER TABLE public.match ENABLE ROW LEVEL SECURITY;
CREATE POLICY operated ON public.week_return FOR SELECT TO doorstep_app USING ((public.operator_is_here() OR (EXISTS ( SELECT
   FROM public.organization o
  WHERE ((o.id = (NULLIF(current_setting('app.organization_id'::text, true), ''::text))::uuid) AND (o.kind = 'operator'::text))))));
CREATE POLICY operated_insert ON public.organization FOR INSERT TO doorstep_app WITH CHECK ((public.operator_is_here() OR public.set_up_is_here()));
CREATE POLICY operated_update ON public.organization FOR UPDATE TO doorstep_app USING ((public.operator_is_here() OR public.set_up_is_here())) WITH CHECK ((public.operator_is_here() OR public.set_up_is_here()));
CREATE POLICY operated_update ON public.region FOR UPDATE TO doorstep_app USING ((public.operator_is_here() OR public.set_up_is_here())) WITH CHECK ((public.operator_is_here() OR public.set_up_is_here()));
ALTER TABLE public.organization ENABLE ROW LEVEL SECURITY;
CREATE POLICY own ON public.activity TO doorstep_app USING ((organization_id = (NULLIF(current_setting('app.organization_id'::text, true), ''::text))::uuid));
CREATE POLICY own ON public.activity_silence TO doorstep_app USING ((organization_id = (NULLIF(current_setting('app.organization_id'::text, true), ''::text))::uuid));
CREATE POLICY own ON public.answer TO doorstep_app USING ((matcher_id IN ( SELECT p.matcher_id
   FROM public.pseudonym p)));
CREATE POLICY own ON public.block TO doorstep_app USING ((matcher_id IN ( SELECT p.matcher_id
   FROM public.pseudonym p)));
CREATE POLICY own ON public.calendar_feed TO doorstep_app USING ((resident_id = (NULLIF(current_setting('app.resident_id'::text, true), ''::text))::uuid));
CREATE POLICY own ON public.center_message TO doorstep_app USING ((organization_id = (NULLIF(current_setting('app.organization_id'::text, true), ''::text))::uuid));
CREATE POLICY own ON public.change_letter TO doorstep_app USING (((resident_id = (NULLIF(current_setting('app.resident_id'::text, true), ''::text))::uuid) OR (organization_id = (NULLIF(current_setting('app.organization_id'::text, true), ''::text))::uuid)));
CREATE POLICY own ON public.companion FOR SELECT TO doorstep_app USING ((resident_id = (NULLIF(current_setting('app.resident_id'::text, true), ''::text))::uuid));
CREATE POLICY own ON public.confirmation_count FOR SELECT TO doorstep_app USING (((organization_id = (NULLIF(current_setting('app.organization_id'::text, true), ''::text))::uuid) OR public.operator_is_here()));
CREATE POLICY own ON public.consent TO doorstep_app USING ((resident_id = (NULLIF(current_setting('app.resident_id'::text, true), ''::text))::uuid));
CREATE POLICY own ON public.digest FOR SELECT TO doorstep_app USING ((resident_id = (NULLIF(current_setting('app.resident_id'::text, true), ''::text))::uuid));
CREATE POLICY own ON public.empty_hand FOR SELECT TO doorstep_app USING ((matcher_id IN ( SELECT p.matcher_id
   FROM public.pseudonym p)));
CREATE POLICY own ON public.enrollment TO doorstep_app USING (((organization_id = (NULLIF(current_setting('app.organization_id'::text, true), ''::text))::uuid) OR (resident_id = (NULLIF(current_setting('app.resident_id'::text, true), ''::text))::uuid)));
CREATE POLICY own ON public.feed TO doorstep_app USING ((organization_id = (NULLIF(current_setting('app.organization_id'::text, true), ''::text))::uuid));
CREATE POLICY own ON public.feedback TO doorstep_app USING ((resident_id = (NULLIF(current_setting('app.resident_id'::text, true), ''::text))::uuid));
CREATE POLICY own ON public.first_answer TO doorstep_app USING ((organization_id = (NULLIF(current_setting('app.organization_id'::text, true), ''::text))::uuid));
CREATE POLICY own ON public.form TO doorstep_app USING ((organization_id = (NULLIF(current_setting('app.organization_id'::text, true), ''::text))::uuid)) WITH CHECK ((organization_id = (NULLIF(current_setting('app.organization_id'::text, true), ''::text))::uuid));
CREATE POLICY own ON public.host_link TO doorstep_app USING ((organization_id = (NULLIF(current_setting('app.organization_id'::text, true), ''::text))::uuid));
CREATE POLICY own ON public.key_use TO doorstep_app USING ((EXISTS ( SELECT
   FROM public.api_key k
  WHERE ((k.id = key_use.key_id) AND (k.organization_id = (NULLIF(current_setting('app.organization_id'::text, true), ''::text))::uuid)))));
CREATE POLICY own ON public.letter TO doorstep_app USING (((resident_id = (NULLIF(current_setting('app.resident_id'::text, true), ''::text))::uuid) OR (organization_id = (NULLIF(current_setting('app.organization_id'::text, true), ''::text))::uuid)));
CREATE POLICY own ON public.match FOR SELECT TO doorstep_app USING ((matcher_id IN ( SELECT p.matcher_id
   FROM public.pseudonym p)));
CREATE POLICY own ON public.profile TO doorstep_app USING ((matcher_id IN ( SELECT p.matcher_id
   FROM public.pseudonym p)));
CREATE POLICY own ON public.pseudonym TO doorstep_app USING ((resident_id = (NULLIF(current_setting('app.resident_id'::text, true), ''::text))::uuid));
CREATE POLICY own ON public.registration TO doorstep_app USING (((resident_id = (NULLIF(current_setting('app.resident_id'::text, true), ''::text))::uuid) OR (organization_id = (NULLIF(current_setting('app.organization_id'::text, true), ''::text))::uuid)));
CREATE POLICY own ON public.registration_change TO doorstep_app USING ((EXISTS ( SELECT
   FROM public.registration r
  WHERE ((r.session_id = registration_change.session_id) AND (r.resident_id = registration_change.resident_id)))));
CREATE POLICY own ON public.reminder FOR SELECT TO doorstep_app USING ((resident_id = (NULLIF(current_setting('app.resident_id'::text, true), ''::text))::uuid));
CREATE POLICY own ON public.resident TO doorstep_app USING (((id = (NULLIF(current_setting('app.resident_id'::text, true), ''::text))::uuid) OR (encode(email_index, 'hex'::text) = ANY (string_to_array(current_setting('app.presented'::text, true), ','::text)))));
CREATE POLICY own ON public.return_count FOR SELECT TO doorstep_app USING ((organization_id = (NULLIF(current_setting('app.organization_id'::text, true), ''::text))::uuid));
CREATE POLICY own ON public.seat_letter FOR SELECT TO doorstep_app USING (((resident_id = (NULLIF(current_setting('app.resident_id'::text, true), ''::text))::uuid) OR (organization_id = (NULLIF(current_setting('app.organization_id'::text, true), ''::text))::uuid)));
CREATE POLICY own ON public.seats FOR INSERT TO doorstep_app WITH CHECK ((EXISTS ( SELECT
   FROM public.session s
  WHERE ((s.id = seats.session_id) AND (s.organization_id = (NULLIF(current_setting('app.organization_id'::text, true), ''::text))::uuid)))));
CREATE POLICY own ON public.session TO doorstep_app USING ((organization_id = (NULLIF(current_setting('app.organization_id'::text, true), ''::text))::uuid));
CREATE POLICY own ON public.sign_up TO doorstep_app USING ((resident_id = (NULLIF(current_setting('app.resident_id'::text, true), ''::text))::uuid));
CREATE POLICY own ON public.small_change TO doorstep_app USING ((resident_id = (NULLIF(current_setting('app.resident_id'::text, true), ''::text))::uuid));
CREATE POLICY own ON public.staff TO doorstep_app USING (((organization_id = (NULLIF(current_setting('app.organization_id'::text, true), ''::text))::uuid) OR (encode(email_index, 'hex'::text) = ANY (string_to_array(current_setting('app.presented'::text, true), ','::text))))) WITH CHECK ((organization_id = (NULLIF(current_setting('app.organization_id'::text, true), ''::text))::uuid));
CREATE POLICY own ON public.suppression TO doorstep_app USING ((encode(email_index, 'hex'::text) = ANY (string_to_array(current_setting('app.presented'::text, true), ','::text))));
CREATE POLICY own ON public.walk_in TO doorstep_app USING ((organization_id = (NULLIF(current_setting('app.organization_id'::text, true), ''::text))::uuid));
CREATE POLICY presented ON public.api_key TO doorstep_app USING (((encode(secret_hash, 'hex'::text) = ANY (string_to_array(current_setting('app.presented'::text, true), ','::text))) OR (organization_id = (NULLIF(current_setting('app.organization_id'::text, true), ''::text))::uuid))) WITH CHECK ((organization_id = (NULLIF(current_setting('app.organization_id'::text, true), ''::text))::uuid));
CREATE POLICY presented ON public.host_link FOR SELECT TO doorstep_app USING ((encode(uuid_send(id), 'hex'::text) = ANY (string_to_array(current_setting('app.presented'::text, true), ','::text))));
CREATE POLICY presented ON public.set_up TO doorstep_app USING ((encode(secret_hash, 'hex'::text) = ANY (string_to_array(current_setting('app.presented'::text, true), ','::text))));
CREATE POLICY presented ON public.sign_in TO doorstep_app USING (((encode(secret_hash, 'hex'::text) = ANY (string_to_array(current_setting('app.presented'::text, true), ','::text))) OR (organization_id = (NULLIF(current_setting('app.organization_id'::text, true), ''::text))::uuid))) WITH CHECK ((organization_id = (NULLIF(current_setting('app.organization_id'::text, true), ''::text))::uuid));
CREATE POLICY presented ON public.staff_session TO doorstep_app USING (((encode(secret_hash, 'hex'::text) = ANY (string_to_array(current_setting('app.presented'::text, true), ','::text))) OR (organization_id = (NULLIF(current_setting('app.organization_id'::text, true), ''::text))::uuid))) WITH CHECK ((organization_id = (NULLIF(current_setting('app.organization_id'::text, true), ''::text))::uuid));
ALTER TABLE public.profile ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.pseudonym ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.region ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.registration ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.registration_change ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.reminder ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.resident ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.return_count ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.seat_letter ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.seats ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.session ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.set_up ENABLE ROW LEVEL SECURITY;
CREATE POLICY shown ON public.activity FOR SELECT TO doorstep_app USING ((status <> 'draft'::text));
CREATE POLICY shown ON public.form FOR SELECT TO doorstep_app USING (true);
CREATE POLICY shown ON public.organization FOR SELECT TO doorstep_app USING (true);
CREATE POLICY shown ON public.region FOR SELECT TO doorstep_app USING (true);
CREATE POLICY shown ON public.seats FOR SELECT TO doorstep_app USING (true);
CREATE POLICY shown ON public.session FOR SELECT TO doorstep_app USING ((EXISTS ( SELECT
   FROM public.activity a
  WHERE ((a.id = session.activity_id) AND (a.status <> 'draft'::text)))));
ALTER TABLE public.sign_in ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.sign_up ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.small_change ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.staff ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.staff_session ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.suppression ENABLE ROW LEVEL SECURITY;
CREATE POLICY taken ON public.seats FOR UPDATE TO doorstep_app USING (((NULLIF(current_setting('app.resident_id'::text, true), ''::text) IS NOT NULL) OR (EXISTS ( SELECT
   FROM public.session s
  WHERE ((s.id = seats.session_id) AND (s.organization_id = (NULLIF(current_setting('app.organization_id'::text, true), ''::text))::uuid))))));
CREATE POLICY visits ON public.answer TO doorstep_owner USING (true) WITH CHECK (true);
CREATE POLICY visits ON public.session FOR SELECT TO doorstep_owner USING (true);
ALTER TABLE public.walk_in ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.week_return ENABLE ROW LEVEL SECURITY;
CREATE POLICY withdrawn ON public.letter AS RESTRICTIVE FOR DELETE TO doorstep_app USING (((state = 'pending'::text) AND (EXISTS ( SELECT
   FROM public.change_letter c
  WHERE (c.letter_id = letter.id)))));
CREATE POLICY worker ON public.activity TO doorstep_worker USING (true) WITH CHECK (true);
CREATE POLICY worker ON public.activity_silence TO doorstep_worker USING (true) WITH CHECK (true);
CREATE POLICY worker ON public.answer TO doorstep_worker USING (true) WITH CHECK (true);
CREATE POLICY worker ON public.api_key TO doorstep_worker USING (true) WITH CHECK (true);
CREATE POLICY worker ON public.block TO doorstep_worker USING (true) WITH CHECK (true);
CREATE POLICY worker ON public.calendar_feed TO doorstep_worker USING (true) WITH CHECK (true);
CREATE POLICY worker ON public.center_message TO doorstep_worker USING (true) WITH CHECK (true);
CREATE POLICY worker ON public.change_letter TO doorstep_worker USING (true) WITH CHECK (true);
CREATE POLICY worker ON public.companion TO doorstep_worker USING (true) WITH CHECK (true);
CREATE POLICY worker ON public.confirmation_count TO doorstep_worker USING (true) WITH CHECK (true);
CREATE POLICY worker ON public.consent TO doorstep_worker USING (true) WITH CHECK (true);
CREATE POLICY worker ON public.digest TO doorstep_worker USING (true) WITH CHECK (true);
CREATE POLICY worker ON public.empty_hand TO doorstep_worker USING (true) WITH CHECK (true);
CREATE POLICY worker ON public.enrollment TO doorstep_worker USING (true) WITH CHECK (true);
CREATE POLICY worker ON public.feed TO doorstep_worker USING (true) WITH CHECK (true);
CREATE POLICY worker ON public.feedback TO doorstep_worker USING (true) WITH CHECK (true);
CREATE POLICY worker ON public.first_answer TO doorstep_worker USING (true) WITH CHECK (true);
CREATE POLICY worker ON public.form TO doorstep_worker USING (true) WITH CHECK (true);
CREATE POLICY worker ON public.host_link TO doorstep_worker USING (true) WITH CHECK (true);
CREATE POLICY worker ON public.key_use TO doorstep_worker USING (true) WITH CHECK (true);
CREATE POLICY worker ON public.letter TO doorstep_worker USING (true) WITH CHECK (true);
CREATE POLICY worker ON public.match TO doorstep_worker USING (true) WITH CHECK (true);
CREATE POLICY worker ON public.organization TO doorstep_worker USING (true) WITH CHECK (true);
CREATE POLICY worker ON public.profile TO doorstep_worker USING (true) WITH CHECK (true);
CREATE POLICY worker ON public.pseudonym TO doorstep_worker USING (true) WITH CHECK (true);
CREATE POLICY worker ON public.region TO doorstep_worker USING (true) WITH CHECK (true);
CREATE POLICY worker ON public.registration TO doorstep_worker USING (true) WITH CHECK (true);
CREATE POLICY worker ON public.registration_change TO doorstep_worker USING (true) WITH CHECK (true);
CREATE POLICY worker ON public.reminder TO doorstep_worker USING (true) WITH CHECK (true);
CREATE POLICY worker ON public.resident TO doorstep_worker USING (true) WITH CHECK (true);
CREATE POLICY worker ON public.return_count TO doorstep_worker USING (true) WITH CHECK (true);
CREATE POLICY worker ON public.seat_letter TO doorstep_worker USING (true) WITH CHECK (true);
CREATE POLICY worker ON public.seats TO doorstep_worker USING (true) WITH CHECK (true);
CREATE POLICY worker ON public.session TO doorstep_worker USING (true) WITH CHECK (true);
CREATE POLICY worker ON public.set_up TO doorstep_worker USING (true) WITH CHECK (true);
CREATE POLICY worker ON public.sign_in TO doorstep_worker USING (true) WITH CHECK (true);
CREATE POLICY worker ON public.sign_up TO doorstep_worker USING (true) WITH CHECK (true);
CREATE POLICY worker ON public.small_change TO doorstep_worker USING (true) WITH CHECK (true);
CREATE POLICY worker ON public.staff TO doorstep_worker USING (true) WITH CHECK (true);
CREATE POLICY worker ON public.staff_session TO doorstep_worker USING (true) WITH CHECK (true);
CREATE POLICY worker ON public.suppression TO doorstep_worker USING (true) WITH CHECK (true);
CREATE POLICY worker ON public.walk_in TO doorstep_worker USING (true) WITH CHECK (true);
CREATE POLICY worker ON public.week_return TO doorstep_worker USING (true) WITH CHECK (true);
CREATE POLICY written ON public.seat_letter FOR UPDATE TO doorstep_app USING ((organization_id = (NULLIF(current_setting('app.organization_id'::text, true), ''::text))::uuid)) WITH CHECK ((organization_id = (NULLIF(current_setting('app.organization_id'::text, true), ''::text))::uuid));
REVOKE USAGE ON SCHEMA public FROM PUBLIC;
GRANT ALL ON SCHEMA public TO doorstep_owner;
GRANT USAGE ON SCHEMA public TO doorstep_app;
GRANT USAGE ON SCHEMA public TO doorstep_worker;
REVOKE ALL ON FUNCTION public.company_holds(asked_letter uuid, asked_at timestamp with time zone) FROM PUBLIC;
GRANT ALL ON FUNCTION public.company_holds(asked_letter uuid, asked_at timestamp with time zone) TO doorstep_worker;
REVOKE ALL ON FUNCTION public.digest_counts(since date) FROM PUBLIC;
GRANT ALL ON FUNCTION public.digest_counts(since date) TO doorstep_app;
REVOKE ALL ON FUNCTION public.heard_of(asked_activity uuid, since timestamp with time zone) FROM PUBLIC;
GRANT ALL ON FUNCTION public.heard_of(asked_activity uuid, since timestamp with time zone) TO doorstep_worker;
REVOKE ALL ON FUNCTION public.keep_apart(matcher uuid, household uuid, other_matcher uuid, other_household uuid) FROM PUBLIC;
GRANT ALL ON FUNCTION public.keep_apart(matcher uuid, household uuid, other_matcher uuid, other_household uuid) TO doorstep_worker;
REVOKE ALL ON FUNCTION public.letter_counts() FROM PUBLIC;
GRANT ALL ON FUNCTION public.letter_counts() TO doorstep_app;
REVOKE ALL ON FUNCTION public.message_readers(asked_session uuid, with_waiting boolean) FROM PUBLIC;
GRANT ALL ON FUNCTION public.message_readers(asked_session uuid, with_waiting boolean) TO doorstep_app;
REVOKE ALL ON FUNCTION public.note_visit(noted_handle uuid, noted_at timestamp with time zone) FROM PUBLIC;
GRANT ALL ON FUNCTION public.note_visit(noted_handle uuid, noted_at timestamp with time zone) TO doorstep_app;
REVOKE ALL ON FUNCTION public.operator_is_here() FROM PUBLIC;
GRANT ALL ON FUNCTION public.operator_is_here() TO doorstep_app;
REVOKE ALL ON FUNCTION public.resident_counts() FROM PUBLIC;
GRANT ALL ON FUNCTION public.resident_counts() TO doorstep_app;
REVOKE ALL ON FUNCTION public.returned_to(person uuid, begins date) FROM PUBLIC;
GRANT ALL ON FUNCTION public.returned_to(person uuid, begins date) TO doorstep_worker;
REVOKE ALL ON FUNCTION public.roster_names(asked_session uuid) FROM PUBLIC;
GRANT ALL ON FUNCTION public.roster_names(asked_session uuid) TO doorstep_app;
REVOKE ALL ON FUNCTION public.roster_needs(asked_session uuid) FROM PUBLIC;
GRANT ALL ON FUNCTION public.roster_needs(asked_session uuid) TO doorstep_app;
REVOKE ALL ON FUNCTION public.set_up_is_here() FROM PUBLIC;
GRANT ALL ON FUNCTION public.set_up_is_here() TO doorstep_app;
REVOKE ALL ON FUNCTION public.silence_counts() FROM PUBLIC;
GRANT ALL ON FUNCTION public.silence_counts() TO doorstep_app;
REVOKE ALL ON FUNCTION public.visit_words() FROM PUBLIC;
GRANT ALL ON FUNCTION public.visit_words() TO doorstep_app;
REVOKE ALL ON FUNCTION public.waiting_before(session uuid, since timestamp with time zone, resident uuid, OUT parties integer, OUT smallest integer) FROM PUBLIC;
GRANT ALL ON FUNCTION public.waiting_before(session uuid, since timestamp with time zone, resident uuid, OUT parties integer, OUT smallest integer) TO doorstep_app;
GRANT ALL ON FUNCTION public.waiting_before(session uuid, since timestamp with time zone, resident uuid, OUT parties integer, OUT smallest integer) TO doorstep_worker;
REVOKE ALL ON FUNCTION public.waiting_names(asked_session uuid) FROM PUBLIC;
GRANT ALL ON FUNCTION public.waiting_names(asked_session uuid) TO doorstep_app;
REVOKE ALL ON FUNCTION public.week_returns(asked_region uuid, asked_week date) FROM PUBLIC;
GRANT ALL ON FUNCTION public.week_returns(asked_region uuid, asked_week date) TO doorstep_worker;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.activity TO doorstep_app;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.activity TO doorstep_worker;
GRANT SELECT ON TABLE public.activity_past TO doorstep_app;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.activity_past TO doorstep_worker;
GRANT SELECT,UPDATE ON TABLE public.activity_silence TO doorstep_app;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.activity_silence TO doorstep_worker;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.after_match TO doorstep_worker;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.answer TO doorstep_app;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.answer TO doorstep_worker;
GRANT SELECT,INSERT,UPDATE ON TABLE public.api_key TO doorstep_app;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.api_key TO doorstep_worker;
GRANT SELECT,INSERT ON TABLE public.audit TO doorstep_app;
GRANT SELECT,INSERT ON TABLE public.audit TO doorstep_worker;
GRANT SELECT,INSERT,DELETE ON TABLE public.block TO doorstep_app;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.block TO doorstep_worker;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.calendar_feed TO doorstep_app;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.calendar_feed TO doorstep_worker;
GRANT SELECT,INSERT ON TABLE public.center_message TO doorstep_app;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.center_message TO doorstep_worker;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.change_letter TO doorstep_app;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.change_letter TO doorstep_worker;
GRANT SELECT ON TABLE public.companion TO doorstep_app;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.companion TO doorstep_worker;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.consent TO doorstep_app;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.consent TO doorstep_worker;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.profile TO doorstep_app;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.profile TO doorstep_worker;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.pseudonym TO doorstep_app;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.pseudonym TO doorstep_worker;
GRANT SELECT,INSERT,UPDATE ON TABLE public.registration TO doorstep_app;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.registration TO doorstep_worker;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.resident TO doorstep_app;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.resident TO doorstep_worker;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.session TO doorstep_app;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.session TO doorstep_worker;
GRANT SELECT,INSERT,DELETE ON TABLE public.suppression TO doorstep_app;
GRANT SELECT,INSERT,DELETE ON TABLE public.suppression TO doorstep_worker;
GRANT SELECT ON TABLE public.company_seat TO doorstep_worker;
GRANT SELECT ON TABLE public.confirmation_count TO doorstep_app;
GRANT SELECT,INSERT ON TABLE public.confirmation_count TO doorstep_worker;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.daily TO doorstep_worker;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.demand_contributor TO doorstep_worker;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.demand_look TO doorstep_worker;
GRANT SELECT ON TABLE public.digest TO doorstep_app;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.digest TO doorstep_worker;
GRANT SELECT ON TABLE public.empty_hand TO doorstep_app;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.empty_hand TO doorstep_worker;
GRANT SELECT,INSERT ON TABLE public.enrollment TO doorstep_app;
GRANT SELECT,INSERT,DELETE ON TABLE public.enrollment TO doorstep_worker;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.feed TO doorstep_app;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.feed TO doorstep_worker;
GRANT SELECT,UPDATE ON TABLE public.feedback TO doorstep_app;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.feedback TO doorstep_worker;
GRANT SELECT,INSERT,UPDATE ON TABLE public.first_answer TO doorstep_app;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.first_answer TO doorstep_worker;
GRANT SELECT,INSERT,UPDATE ON TABLE public.forgotten_sign_up TO doorstep_worker;
GRANT SELECT,INSERT,UPDATE ON TABLE public.form TO doorstep_app;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.form TO doorstep_worker;
GRANT SELECT,INSERT ON TABLE public.form_use TO doorstep_app;
GRANT SELECT,INSERT,DELETE ON TABLE public.form_use TO doorstep_worker;
GRANT SELECT ON TABLE public.heartbeat TO doorstep_app;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.heartbeat TO doorstep_worker;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.host_link TO doorstep_app;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.host_link TO doorstep_worker;
GRANT SELECT,INSERT,UPDATE ON TABLE public.key_use TO doorstep_app;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.key_use TO doorstep_worker;
GRANT SELECT ON TABLE public.learned_score TO doorstep_app;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.learned_score TO doorstep_worker;
GRANT SELECT ON TABLE public.lesson TO doorstep_app;
GRANT SELECT,INSERT ON TABLE public.lesson TO doorstep_worker;
GRANT SELECT,INSERT,DELETE ON TABLE public.letter TO doorstep_app;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.letter TO doorstep_worker;
GRANT SELECT ON TABLE public.letter_reader TO doorstep_worker;
GRANT SELECT ON TABLE public.match TO doorstep_app;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.match TO doorstep_worker;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.match_run TO doorstep_worker;
GRANT SELECT(id) ON TABLE public.match_run TO doorstep_app;
GRANT SELECT(region_id) ON TABLE public.match_run TO doorstep_app;
GRANT SELECT(week) ON TABLE public.match_run TO doorstep_app;
GRANT SELECT(round) ON TABLE public.match_run TO doorstep_app;
GRANT SELECT(state) ON TABLE public.match_run TO doorstep_app;
GRANT SELECT(seed) ON TABLE public.match_run TO doorstep_app;
GRANT SELECT(rules_version) ON TABLE public.match_run TO doorstep_app;
GRANT SELECT(model_version) ON TABLE public.match_run TO doorstep_app;
GRANT SELECT(snapshot_hash) ON TABLE public.match_run TO doorstep_app;
GRANT SELECT(result_hash) ON TABLE public.match_run TO doorstep_app;
GRANT SELECT(report) ON TABLE public.match_run TO doorstep_app;
GRANT SELECT(opened_at) ON TABLE public.match_run TO doorstep_app;
GRANT SELECT(closed_at) ON TABLE public.match_run TO doorstep_app;
GRANT SELECT,INSERT,UPDATE ON TABLE public.organization TO doorstep_app;
GRANT SELECT,INSERT,UPDATE ON TABLE public.organization TO doorstep_worker;
GRANT SELECT,INSERT ON TABLE public.region TO doorstep_app;
GRANT SELECT,INSERT ON TABLE public.region TO doorstep_worker;
GRANT UPDATE(slug) ON TABLE public.region TO doorstep_app;
GRANT UPDATE(name) ON TABLE public.region TO doorstep_app;
GRANT UPDATE(zone) ON TABLE public.region TO doorstep_app;
GRANT UPDATE(lat) ON TABLE public.region TO doorstep_app;
GRANT UPDATE(lon) ON TABLE public.region TO doorstep_app;
GRANT SELECT,INSERT ON TABLE public.registration_change TO doorstep_app;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.registration_change TO doorstep_worker;
GRANT SELECT ON TABLE public.reminder TO doorstep_app;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.reminder TO doorstep_worker;
GRANT UPDATE(answer) ON TABLE public.reminder TO doorstep_app;
GRANT SELECT ON TABLE public.return_count TO doorstep_app;
GRANT SELECT,INSERT ON TABLE public.return_count TO doorstep_worker;
GRANT SELECT ON TABLE public.schema_migration TO doorstep_app;
GRANT SELECT ON TABLE public.schema_migration TO doorstep_worker;
GRANT SELECT,UPDATE ON TABLE public.seat_letter TO doorstep_app;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.seat_letter TO doorstep_worker;
GRANT SELECT,INSERT,UPDATE ON TABLE public.seats TO doorstep_app;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.seats TO doorstep_worker;
GRANT SELECT ON TABLE public.sender_fence TO doorstep_app;
GRANT SELECT,INSERT,UPDATE ON TABLE public.sender_fence TO doorstep_worker;
GRANT SELECT,UPDATE ON TABLE public.set_up TO doorstep_app;
GRANT SELECT,INSERT,UPDATE ON TABLE public.set_up TO doorstep_worker;
GRANT SELECT,INSERT,UPDATE ON TABLE public.sign_in TO doorstep_app;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.sign_in TO doorstep_worker;
GRANT SELECT,INSERT,DELETE ON TABLE public.sign_up TO doorstep_app;
GRANT SELECT,INSERT,DELETE ON TABLE public.sign_up TO doorstep_worker;
GRANT UPDATE(reminded_at) ON TABLE public.sign_up TO doorstep_worker;
GRANT SELECT,INSERT,UPDATE ON TABLE public.sign_up_use TO doorstep_app;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.sign_up_use TO doorstep_worker;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.small_change TO doorstep_app;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.small_change TO doorstep_worker;
GRANT SELECT,INSERT,UPDATE ON TABLE public.staff TO doorstep_app;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.staff TO doorstep_worker;
GRANT SELECT,INSERT,DELETE ON TABLE public.staff_session TO doorstep_app;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.staff_session TO doorstep_worker;
GRANT SELECT ON TABLE public.unmet_demand TO doorstep_app;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.unmet_demand TO doorstep_worker;
GRANT SELECT,INSERT,DELETE ON TABLE public.walk_in TO doorstep_app;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.walk_in TO doorstep_worker;
GRANT SELECT ON TABLE public.week_return TO doorstep_app;
GRANT SELECT,INSERT,UPDATE ON TABLE public.week_return TO doorstep_worker;
