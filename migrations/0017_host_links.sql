-- The link by which a host without an account notes who came to one date, and what was noted through it.

CREATE TABLE host_link (
  session_id uuid PRIMARY KEY,
  organization_id uuid NOT NULL,
  id uuid NOT NULL UNIQUE DEFAULT gen_random_uuid(),
  made_at timestamptz NOT NULL,
  FOREIGN KEY (organization_id, session_id) REFERENCES session ON DELETE CASCADE
);
COMMENT ON TABLE host_link IS 'A link that opens the roster of this one date and nothing else. No row: there is none, or it was withdrawn.';
COMMENT ON COLUMN host_link.id IS 'Part of the address. A new one makes every link before it worthless.';
GRANT SELECT, INSERT, UPDATE, DELETE ON host_link TO doorstep_app, doorstep_worker;

-- Whoever opens the page has only the link: its id is presented, and shows this one row to read.
ALTER TABLE host_link ENABLE ROW LEVEL SECURITY;
ALTER TABLE host_link FORCE ROW LEVEL SECURITY;
CREATE POLICY own ON host_link TO doorstep_app
  USING (organization_id = nullif(current_setting('app.organization_id', true), '')::uuid);
CREATE POLICY presented ON host_link FOR SELECT TO doorstep_app
  USING (encode(uuid_send(id), 'hex') = ANY (string_to_array(current_setting('app.presented', true), ',')));
CREATE POLICY worker ON host_link TO doorstep_worker USING (true) WITH CHECK (true);

-- Not a foreign key: what was noted stays with its author when the link is withdrawn.
ALTER TABLE registration_change ADD COLUMN host_link_id uuid;
ALTER TABLE registration_change DROP CONSTRAINT registration_change_actor_check;
ALTER TABLE registration_change ADD CONSTRAINT registration_change_actor_check CHECK (actor IN ('resident', 'staff', 'system', 'host'));
ALTER TABLE registration_change ADD CONSTRAINT host_has_a_link CHECK ((actor = 'host') = (host_link_id IS NOT NULL));
COMMENT ON COLUMN registration_change.host_link_id IS 'The id that the link had through which a host noted this.';
ALTER TABLE walk_in ADD COLUMN host_link_id uuid;
COMMENT ON COLUMN walk_in.host_link_id IS 'The id that the link had through which a host noted this; null where a member or key of the center did.';
