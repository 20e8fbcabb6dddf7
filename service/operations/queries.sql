-- name: alive
SELECT true;

-- name: newest_migration
SELECT max(m.number) FROM schema_migration AS m;

-- name: armed_elsewhere
-- False also where no letter ever left: the first sender arms itself.
SELECT EXISTS (
  SELECT FROM sender_fence AS f, pg_control_system() AS s, pg_control_checkpoint() AS c
  WHERE f.system_identifier <> s.system_identifier::text OR f.timeline_id <> c.timeline_id OR f.place <> :place);

-- The functions answer an operator's transaction only; anybody else gets no row.

-- name: residents
SELECT c.region_id, c.active, c.unconfirmed FROM resident_counts() AS c;

-- name: letters
SELECT c.state, c.letters FROM letter_counts() AS c;

-- name: towns
-- Beside each town its published activities.
SELECT r.id, r.name,
       (SELECT count(*)::integer FROM activity AS a WHERE a.region_id = r.id AND a.status = 'published') AS activities
FROM region AS r ORDER BY r.name, r.id;

-- name: runs
-- The newest first. people: who was looked at; letters: weekly letters that were written after it.
SELECT r.name AS town, m.week, m.state, coalesce((m.report #>> '{done,residents}')::integer, 0) AS people,
       coalesce((m.report #>> '{done,matches}')::integer, 0) AS matches, coalesce(d.letters, 0) AS letters
FROM match_run AS m JOIN region AS r ON r.id = m.region_id LEFT JOIN digest_counts(CAST(:since AS date)) AS d ON d.run_id = m.id
WHERE m.week >= CAST(:since AS date)
ORDER BY m.week DESC, m.opened_at DESC, r.name LIMIT 40;

-- name: worker_seen
SELECT max(h.beat_at) FROM heartbeat AS h;
