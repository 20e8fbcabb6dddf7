-- People who like to meet the same few people again say so, and take it back, also straight from a letter.
-- profile.cohorts follows this consent: it is what the matcher sees of it.

ALTER TABLE consent DROP CONSTRAINT consent_purpose_check;
ALTER TABLE consent ADD CONSTRAINT consent_purpose_check
  CHECK (purpose IN ('digest', 'partner_statistics', 'research', 'company', 'company_name', 'welcome_host', 'same_faces'));

ALTER TABLE small_change DROP CONSTRAINT small_change_kind_check;
ALTER TABLE small_change ADD CONSTRAINT small_change_kind_check CHECK (kind IN ('evenings', 'nearer', 'fewer', 'same_faces'));
