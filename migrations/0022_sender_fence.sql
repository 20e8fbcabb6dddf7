-- Which copy of the data may send letters: a copied folder, a restored dump or a cloned volume is another place and sends nothing.

CREATE TABLE sender_fence (
  singleton boolean PRIMARY KEY DEFAULT true CHECK (singleton),
  system_identifier text NOT NULL,
  timeline_id integer NOT NULL,
  place text NOT NULL,
  armed_at timestamptz NOT NULL
);
COMMENT ON TABLE sender_fence IS 'Where letters leave from: the database cluster, its timeline, and what the deployment calls this place.';
COMMENT ON COLUMN sender_fence.place IS 'DOORSTEP_SENDER_ARM, or a fingerprint of the data folder; never part of the data itself.';
GRANT SELECT, INSERT, UPDATE ON sender_fence TO doorstep_worker;
-- /readyz says whether letters may leave.
GRANT SELECT ON sender_fence TO doorstep_app;
