-- The three roles, and what they may do in this database. Safe to run again; the runner runs it before every migration.
-- Run it by hand as a superuser where the application's login may not create roles, then GRANT the three to that login.
--   doorstep_owner   owns every table; migrations run as this role and nothing else does
--   doorstep_app     pages and API: sees one organization's rows, by row-level security
--   doorstep_worker  jobs and mail
-- None may log in: a login takes one on with SET ROLE, and by itself (NOINHERIT) may do nothing.
DO $$
DECLARE
  role_name text;
BEGIN
  FOREACH role_name IN ARRAY ARRAY['doorstep_owner', 'doorstep_app', 'doorstep_worker'] LOOP
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = role_name) THEN
      BEGIN
        EXECUTE format('CREATE ROLE %I NOLOGIN NOSUPERUSER NOBYPASSRLS NOINHERIT NOCREATEROLE NOCREATEDB', role_name);
      EXCEPTION WHEN duplicate_object OR unique_violation THEN
        NULL;  -- roles belong to the whole cluster: another database's migration made it at this moment
      END;
    END IF;
    -- The login that embedded.py makes. A NOINHERIT login gains nothing until it says SET ROLE.
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'doorstep' AND NOT rolsuper)
       AND NOT EXISTS (SELECT FROM pg_auth_members AS m JOIN pg_roles AS r ON r.oid = m.roleid JOIN pg_roles AS l ON l.oid = m.member
                        WHERE r.rolname = role_name AND l.rolname = 'doorstep') THEN
      EXECUTE format('GRANT %I TO doorstep', role_name);
    END IF;
  END LOOP;
  EXECUTE format('GRANT CREATE ON DATABASE %I TO doorstep_owner', current_database());
  REVOKE ALL ON SCHEMA public FROM PUBLIC;
  GRANT USAGE, CREATE ON SCHEMA public TO doorstep_owner;
  GRANT USAGE ON SCHEMA public TO doorstep_app, doorstep_worker;
END
$$;
