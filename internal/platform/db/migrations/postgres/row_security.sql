-- Run by Migrate after the numbered migrations, as the owner of the tables; it
-- changes only what is missing. The program works as bellwether_app, which owns
-- nothing and so is bound by the policies.
DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'bellwether_app') THEN
    CREATE ROLE bellwether_app NOLOGIN NOSUPERUSER NOBYPASSRLS;
  END IF;
EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; -- another database of the same server was quicker
END $$;
DO $$
BEGIN
  IF NOT pg_has_role(current_user, 'bellwether_app', 'MEMBER') THEN
    EXECUTE format('GRANT bellwether_app TO %I', current_user);
  END IF;
END $$;

GRANT USAGE ON SCHEMA public, hot TO bellwether_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public, hot TO bellwether_app;
GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public, hot TO bellwether_app;
REVOKE INSERT, UPDATE, DELETE ON public.schema_all, hot.schema_hot FROM bellwether_app;

-- A row is visible to the platform, or to its tenant: as a whole where it names
-- no organization, else to those who may see that organization. The settings are
-- read once per query. A changed rule is a policy of a new name; the old one goes.
DO $$
DECLARE
  t record;
  rule text;
  sees_org constant text := $x$(%1$s = '' OR (SELECT current_setting('bellwether.orgs', true)) = '*' OR %1$s = ANY (string_to_array((SELECT current_setting('bellwether.orgs', true)), ',')))$x$;
  sees_all constant text := $x$(SELECT current_setting('bellwether.platform', true)) = 'on'$x$;
  sees_tenant constant text := $x$(%1$s <> '' AND %1$s = (SELECT current_setting('bellwether.tenant', true)))$x$;
  p record;
BEGIN
  FOR t IN
    SELECT c.oid, n.nspname, c.relname,
      EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attname = 'tenant_id' AND NOT a.attisdropped) AS has_tenant,
      EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attname = 'org_id' AND NOT a.attisdropped) AS has_org
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relkind IN ('r', 'p') AND n.nspname IN ('public', 'hot')
  LOOP
    IF t.nspname = 'public' AND t.relname = 'tenants' THEN
      rule := format(sees_tenant, 'id');
    ELSIF NOT t.has_tenant THEN
      CONTINUE;
    ELSE
      rule := format(sees_tenant, 'tenant_id');
      IF t.nspname = 'public' AND t.relname = 'orgs' THEN
        rule := rule || ' AND ' || format(sees_org, 'id');
      ELSIF t.has_org THEN
        rule := rule || ' AND ' || format(sees_org, 'org_id');
      END IF;
    END IF;
    FOR p IN SELECT polname FROM pg_policy WHERE polrelid = t.oid AND polname <> 'scope_1' LOOP
      EXECUTE format('DROP POLICY %I ON %I.%I', p.polname, t.nspname, t.relname);
    END LOOP;
    IF NOT EXISTS (SELECT FROM pg_policy WHERE polrelid = t.oid AND polname = 'scope_1') THEN
      EXECUTE format('CREATE POLICY scope_1 ON %I.%I USING (%s OR %s)', t.nspname, t.relname, sees_all, rule);
      EXECUTE format('ALTER TABLE %I.%I ENABLE ROW LEVEL SECURITY', t.nspname, t.relname);
    END IF;
  END LOOP;
END $$;
