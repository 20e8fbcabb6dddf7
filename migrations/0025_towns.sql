-- Places that close, keys that are replaced, and which sites may frame a form.

ALTER TABLE organization ADD COLUMN closed_at timestamptz;
COMMENT ON COLUMN organization.closed_at IS 'From here on nobody signs in, posts or signs up there. Its rows stay: letters and visits point at them.';

ALTER TABLE api_key ADD COLUMN replaced_by text REFERENCES api_key;
CREATE INDEX api_key_replaced_by ON api_key (replaced_by) WHERE replaced_by IS NOT NULL;
COMMENT ON COLUMN api_key.replaced_by IS 'The key that was made in its place; this one works until expires_at.';

-- https://host[:port], or http for this machine. The text goes into a header: a space or a semicolon would begin another directive.
ALTER TABLE form ADD CONSTRAINT form_origins_check CHECK (
  cardinality(origins) <= 20
  AND array_position(origins, NULL) IS NULL
  AND array_to_string(origins, ' ') ~
    '^((https://[a-z0-9]([a-z0-9.-]*[a-z0-9])?|http://(localhost|127\.0\.0\.1))(:[0-9]{1,5})?( (?=h)|$))*$');

-- The last guard against a post that was under way while its center closed. It runs after the foreign key has waited for the row.
CREATE FUNCTION refuse_of_closed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (SELECT FROM organization AS o WHERE o.id = NEW.organization_id AND o.closed_at IS NOT NULL) THEN
    RAISE check_violation USING MESSAGE = 'the organization is closed', CONSTRAINT = 'activity_of_open_organization';
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER activity_of_open_organization AFTER INSERT OR UPDATE OF status, organization_id ON activity
  FOR EACH ROW WHEN (NEW.status = 'published') EXECUTE FUNCTION refuse_of_closed();
