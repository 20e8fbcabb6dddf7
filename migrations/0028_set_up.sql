-- The one-time set-up link of a new installation, what only an operator may write, and the counts that only an operator may see.

CREATE TABLE set_up (
  single boolean PRIMARY KEY DEFAULT true CHECK (single),
  secret_hash bytea NOT NULL CHECK (length(secret_hash) = 32),
  expires_at timestamptz NOT NULL,
  operator_id uuid REFERENCES organization,
  operator_staff_id uuid REFERENCES staff (id),
  sender_seen_at timestamptz,
  test_letter_id uuid REFERENCES letter ON DELETE SET NULL,
  center_id uuid REFERENCES organization,
  partner_id uuid REFERENCES organization,
  form_id uuid REFERENCES form,
  finished_at timestamptz
);
COMMENT ON TABLE set_up IS 'One row at most: how far the set-up of this installation has come. Each start writes a new secret until it is finished.';

GRANT SELECT, UPDATE ON set_up TO doorstep_app;
GRANT SELECT, INSERT, UPDATE ON set_up TO doorstep_worker;
ALTER TABLE set_up ENABLE ROW LEVEL SECURITY;
ALTER TABLE set_up FORCE ROW LEVEL SECURITY;
CREATE POLICY presented ON set_up TO doorstep_app
  USING (encode(secret_hash, 'hex') = ANY (string_to_array(current_setting('app.presented', true), ',')));
CREATE POLICY worker ON set_up TO doorstep_worker USING (true) WITH CHECK (true);

-- A letter to an address that belongs to nobody here: the test letter of the set-up.
ALTER TABLE letter ADD COLUMN to_email bytea, ADD COLUMN to_email_index bytea;
ALTER TABLE letter DROP CONSTRAINT letter_check;
ALTER TABLE letter
  ADD CONSTRAINT letter_check CHECK (num_nonnulls(resident_id, staff_id, to_email) = 1),
  ADD CONSTRAINT letter_to_email_check CHECK ((to_email IS NULL) = (to_email_index IS NULL));
COMMENT ON COLUMN letter.to_email IS 'Sealed, bound to this row; only where the reader is neither a resident nor staff.';

-- The functions below run as the owner of the tables, which sees these rows and nobody signs in as. They answer with a yes, a no or
-- counts, never with a row. The program checks in the same transaction that the session or the link has not expired, by its own clock.
CREATE POLICY looked_up ON staff FOR SELECT TO doorstep_owner USING (true);
CREATE POLICY looked_up ON staff_session FOR SELECT TO doorstep_owner USING (true);
CREATE POLICY looked_up ON set_up FOR SELECT TO doorstep_owner USING (true);
CREATE POLICY counted ON resident FOR SELECT TO doorstep_owner USING (true);
CREATE POLICY counted ON pseudonym FOR SELECT TO doorstep_owner USING (true);
CREATE POLICY counted ON profile FOR SELECT TO doorstep_owner USING (true);
CREATE POLICY counted ON letter FOR SELECT TO doorstep_owner USING (true);
CREATE POLICY counted ON digest FOR SELECT TO doorstep_owner USING (true);

CREATE FUNCTION operator_is_here() RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
AS $$
  SELECT EXISTS (
    SELECT FROM staff_session AS s JOIN staff AS p ON p.organization_id = s.organization_id AND p.id = s.staff_id
    WHERE encode(s.secret_hash, 'hex') = ANY (string_to_array(current_setting('app.presented', true), ','))
      AND p.role = 'operator' AND p.removed_at IS NULL)
$$;
COMMENT ON FUNCTION operator_is_here() IS 'Whether this transaction presented the session of an operator.';

CREATE FUNCTION set_up_is_here() RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
AS $$
  SELECT EXISTS (
    SELECT FROM set_up AS s
    WHERE s.finished_at IS NULL AND encode(s.secret_hash, 'hex') = ANY (string_to_array(current_setting('app.presented', true), ',')))
$$;
COMMENT ON FUNCTION set_up_is_here() IS 'Whether this transaction presented the link of a set-up that is not finished.';

CREATE FUNCTION resident_counts() RETURNS TABLE (region_id uuid, active integer, unconfirmed integer)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
AS $$
  SELECT f.region_id, count(*) FILTER (WHERE r.status = 'active')::integer, count(*) FILTER (WHERE r.status = 'unconfirmed')::integer
  FROM resident AS r JOIN pseudonym AS p ON p.resident_id = r.id JOIN profile AS f ON f.matcher_id = p.matcher_id
  WHERE operator_is_here()
  GROUP BY f.region_id
$$;
COMMENT ON FUNCTION resident_counts() IS 'Residents of each region, for operators; nobody else gets a row.';

CREATE FUNCTION letter_counts() RETURNS TABLE (state text, letters integer)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
AS $$
  SELECT l.state, count(*)::integer FROM letter AS l
  WHERE operator_is_here() AND l.state NOT IN ('sent', 'skipped')
  GROUP BY l.state
$$;
COMMENT ON FUNCTION letter_counts() IS 'Letters that are not done, by state, for operators; nobody else gets a row.';

CREATE FUNCTION digest_counts(since date) RETURNS TABLE (run_id uuid, letters integer)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
AS $$
  SELECT d.run_id, count(*)::integer FROM digest AS d
  WHERE operator_is_here() AND d.week >= since
  GROUP BY d.run_id
$$;
COMMENT ON FUNCTION digest_counts(date) IS 'Weekly letters of each match run since a week, for operators; nobody else gets a row.';

REVOKE EXECUTE ON FUNCTION operator_is_here(), set_up_is_here(), resident_counts(), letter_counts(), digest_counts(date) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION operator_is_here(), set_up_is_here(), resident_counts(), letter_counts(), digest_counts(date) TO doorstep_app;

-- Everybody may read who the organizations are. Pages make and change one only for an operator's session or the set-up link.
GRANT INSERT, UPDATE ON organization TO doorstep_app;
ALTER TABLE organization ENABLE ROW LEVEL SECURITY;
ALTER TABLE organization FORCE ROW LEVEL SECURITY;
CREATE POLICY shown ON organization FOR SELECT TO doorstep_app USING (true);
CREATE POLICY operated_insert ON organization FOR INSERT TO doorstep_app WITH CHECK (operator_is_here() OR set_up_is_here());
CREATE POLICY operated_update ON organization FOR UPDATE TO doorstep_app
  USING (operator_is_here() OR set_up_is_here()) WITH CHECK (operator_is_here() OR set_up_is_here());
CREATE POLICY worker ON organization TO doorstep_worker USING (true) WITH CHECK (true);

-- The same for towns, whose name the set-up may still mend. Sign-ups and calendars from a new place add one as before.
GRANT UPDATE (slug, name, lat, lon, zone) ON region TO doorstep_app;
ALTER TABLE region ENABLE ROW LEVEL SECURITY;
ALTER TABLE region FORCE ROW LEVEL SECURITY;
CREATE POLICY shown ON region FOR SELECT TO doorstep_app USING (true);
CREATE POLICY added ON region FOR INSERT TO doorstep_app WITH CHECK (true);
CREATE POLICY operated_update ON region FOR UPDATE TO doorstep_app
  USING (operator_is_here() OR set_up_is_here()) WITH CHECK (operator_is_here() OR set_up_is_here());
CREATE POLICY worker ON region TO doorstep_worker USING (true) WITH CHECK (true);
