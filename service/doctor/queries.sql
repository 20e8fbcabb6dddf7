-- name: town
-- What a town needs before its first letter. Dates that lie behind help nobody.
SELECT EXISTS (SELECT FROM organization AS o WHERE o.kind = 'center') AS center,
       EXISTS (SELECT FROM organization AS o WHERE o.kind = 'partner') AS partner,
       EXISTS (SELECT FROM form) AS form,
       EXISTS (SELECT FROM session AS s JOIN activity AS a ON a.organization_id = s.organization_id AND a.id = s.activity_id
               WHERE a.status = 'published' AND a.merged_into IS NULL AND s.state = 'scheduled' AND s.starts_at > :now) AS activity;

-- name: last_beat
-- By the clock of the workers, who write it.
SELECT max(h.beat_at) FROM heartbeat AS h;
