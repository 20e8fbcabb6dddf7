-- Activities that nobody was heard of for long: their center is told, then the weekly letters stop inviting people to them.

CREATE TABLE activity_silence (
  activity_id uuid PRIMARY KEY,
  organization_id uuid NOT NULL,
  warned_at timestamptz,
  leaves_at timestamptz,
  left_at timestamptz,
  kept_at timestamptz,
  FOREIGN KEY (organization_id, activity_id) REFERENCES activity ON DELETE CASCADE,
  CHECK ((warned_at IS NULL) = (leaves_at IS NULL)),
  CHECK (leaves_at > warned_at),
  CHECK (left_at IS NULL OR left_at >= leaves_at)
);
COMMENT ON TABLE activity_silence IS 'No row, or no warned_at: people are invited as ever.';
COMMENT ON COLUMN activity_silence.leaves_at IS 'When invitations stop, unless somebody is heard of before.';
COMMENT ON COLUMN activity_silence.left_at IS 'From here on no letter invites to it. Seats and the public page stay.';
COMMENT ON COLUMN activity_silence.kept_at IS 'When somebody of the center last pressed "We are here".';
CREATE INDEX ON activity_silence (organization_id);
-- The app changes rows that the worker made, and makes none.
GRANT SELECT, UPDATE ON activity_silence TO doorstep_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON activity_silence TO doorstep_worker;

-- Previews show what letters offer, so everybody's transaction may ask what has left. No page says it of another center.
ALTER TABLE activity_silence ENABLE ROW LEVEL SECURITY;
ALTER TABLE activity_silence FORCE ROW LEVEL SECURITY;
CREATE POLICY asked ON activity_silence FOR SELECT TO doorstep_app USING (left_at IS NOT NULL);
CREATE POLICY own ON activity_silence TO doorstep_app
  USING (organization_id = nullif(current_setting('app.organization_id', true), '')::uuid);
CREATE POLICY worker ON activity_silence TO doorstep_worker USING (true) WITH CHECK (true);
CREATE POLICY counted ON activity_silence FOR SELECT TO doorstep_owner USING (true);

-- The rule, and its only place (service/liveness/actions.py has it in words). A calendar's next_fetch_at is at most four days after its
-- last fetch, and stands still once nobody fetches it; a file that was imported once has none.
CREATE FUNCTION heard_of(asked_activity uuid, since timestamptz) RETURNS boolean LANGUAGE sql STABLE
AS $$
  SELECT EXISTS (SELECT FROM public.answer AS x WHERE x.activity_id = asked_activity AND x.at >= since)
    OR EXISTS (SELECT FROM public.session AS s JOIN public.walk_in AS w ON w.session_id = s.id
               WHERE s.activity_id = asked_activity AND w.noted_at >= since)
    OR EXISTS (SELECT FROM public.activity AS a JOIN public.feed AS f ON f.organization_id = a.organization_id AND f.id = a.feed_id
               WHERE (a.id = asked_activity OR a.merged_into = asked_activity) AND a.status = 'published' AND f.next_fetch_at >= since)
    OR EXISTS (SELECT FROM public.activity_silence AS q WHERE q.activity_id = asked_activity AND q.kept_at >= since)
$$;
COMMENT ON FUNCTION heard_of(uuid, timestamptz) IS 'Whether there was a sign of life since then. It reads rows that only the worker may read.';
REVOKE EXECUTE ON FUNCTION heard_of(uuid, timestamptz) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION heard_of(uuid, timestamptz) TO doorstep_worker;

CREATE FUNCTION silence_counts() RETURNS TABLE (warned integer, gone integer)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
AS $$
  SELECT count(*) FILTER (WHERE q.warned_at IS NOT NULL AND q.left_at IS NULL)::integer, count(*) FILTER (WHERE q.left_at IS NOT NULL)::integer
  FROM activity_silence AS q
  HAVING operator_is_here()
$$;
COMMENT ON FUNCTION silence_counts() IS 'Activities whose center was asked and that are still in the letters, and those that have left. For operators.';
REVOKE EXECUTE ON FUNCTION silence_counts() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION silence_counts() TO doorstep_app;
