-- What a center writes to everybody who comes to a date. Addresses are seen by nobody: the letters go through the ledger.

CREATE TABLE center_message (
  organization_id uuid NOT NULL,
  session_id uuid NOT NULL,
  key uuid NOT NULL,
  staff_id uuid NOT NULL,
  text bytea NOT NULL,
  with_waiting boolean NOT NULL,
  people integer NOT NULL CHECK (people > 0),
  written_at timestamptz NOT NULL,
  PRIMARY KEY (session_id, key),
  FOREIGN KEY (organization_id, session_id) REFERENCES session ON DELETE CASCADE,
  FOREIGN KEY (organization_id, staff_id) REFERENCES staff ON DELETE CASCADE
);
COMMENT ON TABLE center_message IS 'One row for each message, by which a center is kept from writing too often.';
COMMENT ON COLUMN center_message.key IS 'Made with the form: the same form sent twice is one message.';
COMMENT ON COLUMN center_message.staff_id IS 'Who sent it.';
COMMENT ON COLUMN center_message.text IS 'Sealed, bound to the key.';
COMMENT ON COLUMN center_message.people IS 'With a seat, or who waited for one where they were meant, too: what the center was shown.';
CREATE INDEX ON center_message (organization_id, session_id);
CREATE INDEX ON center_message (organization_id, staff_id);
GRANT SELECT, INSERT ON center_message TO doorstep_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON center_message TO doorstep_worker;

ALTER TABLE center_message ENABLE ROW LEVEL SECURITY;
ALTER TABLE center_message FORCE ROW LEVEL SECURITY;
CREATE POLICY own ON center_message TO doorstep_app
  USING (organization_id = nullif(current_setting('app.organization_id', true), '')::uuid);
CREATE POLICY worker ON center_message TO doorstep_worker USING (true) WITH CHECK (true);

-- A center may not see who blocked it, nor by which clock a person lives: its letters ask here. Nobody else gets a row.
CREATE POLICY looked_up ON block FOR SELECT TO doorstep_owner USING (true);
CREATE FUNCTION message_readers(asked_session uuid, with_waiting boolean) RETURNS TABLE (resident_id uuid, zone text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
AS $$
  SELECT r.resident_id, p.zone
  FROM registration AS r JOIN resident AS p ON p.id = r.resident_id
  WHERE r.session_id = asked_session AND r.organization_id = nullif(current_setting('app.organization_id', true), '')::uuid
    AND (r.state IN ('confirmed', 'attended') OR with_waiting AND r.state IN ('waiting', 'offered'))
    AND NOT EXISTS (
      SELECT FROM block AS b JOIN pseudonym AS n ON n.matcher_id = b.matcher_id
      WHERE n.resident_id = r.resident_id AND b.organization_id = r.organization_id)
$$;
COMMENT ON FUNCTION message_readers(uuid, boolean) IS 'Whom a message of the center of this date goes to: not those who blocked the center.';
REVOKE EXECUTE ON FUNCTION message_readers(uuid, boolean) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION message_readers(uuid, boolean) TO doorstep_app;
