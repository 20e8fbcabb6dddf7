-- The one-time set-up link of a new installation. Who presents it may make the first organizations: see the policies in 0002.

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
CREATE POLICY looked_up ON set_up FOR SELECT TO doorstep_owner USING (true);
