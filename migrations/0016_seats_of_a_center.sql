-- Seats are changed by whoever takes one for themselves, or by the center whose date it is; everybody may see how many are left.

ALTER TABLE seats ENABLE ROW LEVEL SECURITY;
ALTER TABLE seats FORCE ROW LEVEL SECURITY;
CREATE POLICY shown ON seats FOR SELECT TO doorstep_app USING (true);
CREATE POLICY own ON seats FOR INSERT TO doorstep_app
  WITH CHECK (EXISTS (
    SELECT FROM session AS s
    WHERE s.id = seats.session_id AND s.organization_id = nullif(current_setting('app.organization_id', true), '')::uuid));
-- A row lock (SELECT FOR UPDATE) asks this one too, so another center's seats cannot even be held.
CREATE POLICY taken ON seats FOR UPDATE TO doorstep_app
  USING (
    nullif(current_setting('app.resident_id', true), '') IS NOT NULL
    OR EXISTS (
      SELECT FROM session AS s
      WHERE s.id = seats.session_id AND s.organization_id = nullif(current_setting('app.organization_id', true), '')::uuid));
CREATE POLICY worker ON seats TO doorstep_worker USING (true) WITH CHECK (true);
