-- Whether people with a seat still come, where somebody waits for one: asked once of each seat and hour, as a reminder is written once.

ALTER TABLE reminder ADD COLUMN kind text NOT NULL DEFAULT 'reminder' CHECK (kind IN ('reminder', 'question'));
ALTER TABLE reminder ADD COLUMN answer text CHECK (answer IS NULL OR kind = 'question' AND answer IN ('yes', 'no'));
ALTER TABLE reminder DROP CONSTRAINT reminder_pkey;
ALTER TABLE reminder ADD PRIMARY KEY (session_id, resident_id, starts_at, kind);
COMMENT ON TABLE reminder IS 'The primary key is the promise: one reminder and one question of each seat and hour; a date that moves has its own.';
COMMENT ON COLUMN reminder.kind IS 'question: whether the person still comes, two days before the date.';
COMMENT ON COLUMN reminder.answer IS 'To the question. No answer: the seat stays as it is.';

-- A resident answers, and changes nothing else of it.
GRANT UPDATE (answer) ON reminder TO doorstep_app;
CREATE POLICY answered ON reminder FOR UPDATE TO doorstep_app
  USING (resident_id = nullif(current_setting('app.resident_id', true), '')::uuid AND kind = 'question')
  WITH CHECK (resident_id = nullif(current_setting('app.resident_id', true), '')::uuid AND kind = 'question');
