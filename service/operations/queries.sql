-- name: alive
SELECT true;

-- name: newest_migration
SELECT max(m.number) FROM schema_migration AS m;

-- name: armed_elsewhere
-- False also where no letter ever left: the first sender arms itself.
SELECT EXISTS (
  SELECT FROM sender_fence AS f, pg_control_system() AS s, pg_control_checkpoint() AS c
  WHERE f.system_identifier <> s.system_identifier::text OR f.timeline_id <> c.timeline_id OR f.place <> :place);
