-- +goose Up
-- One text for SQLite and PostgreSQL. Keys are UUIDv7 text made in Go, times are
-- UTC milliseconds (0 = never), flags are 0 or 1, JSON is text. org_id is '' for
-- rows that belong to a tenant as a whole, tenant_id is '' for platform rows.

-- tenants, organizations, sites (domain/org)
CREATE TABLE tenants (
  id text PRIMARY KEY, slug text NOT NULL UNIQUE, name text NOT NULL, kind text NOT NULL DEFAULT 'business',
  created_at bigint NOT NULL, updated_at bigint NOT NULL, version bigint NOT NULL DEFAULT 1
);
CREATE TABLE orgs (
  id text PRIMARY KEY, tenant_id text NOT NULL REFERENCES tenants(id), slug text NOT NULL UNIQUE, name text NOT NULL,
  description text NOT NULL DEFAULT '', hmac_key text NOT NULL DEFAULT '',
  created_at bigint NOT NULL, updated_at bigint NOT NULL, version bigint NOT NULL DEFAULT 1
);
CREATE INDEX orgs_tenant ON orgs (tenant_id, slug);
CREATE TABLE sites (
  id text PRIMARY KEY, tenant_id text NOT NULL, org_id text NOT NULL REFERENCES orgs(id),
  parent_id text NOT NULL DEFAULT '', name text NOT NULL, name_key text NOT NULL, description text NOT NULL DEFAULT '',
  depth integer NOT NULL, path text NOT NULL, is_default integer NOT NULL DEFAULT 0,
  legacy_until bigint NOT NULL DEFAULT 0,
  created_at bigint NOT NULL, updated_at bigint NOT NULL, version bigint NOT NULL DEFAULT 1,
  UNIQUE (org_id, parent_id, name_key)
);
CREATE INDEX sites_path ON sites (org_id, path);
CREATE TABLE site_subnets (
  site_id text NOT NULL REFERENCES sites(id), tenant_id text NOT NULL, org_id text NOT NULL,
  cidr text NOT NULL, legacy integer NOT NULL DEFAULT 0, PRIMARY KEY (site_id, cidr)
);

-- operators, roles, sessions, tokens (domain/access)
CREATE TABLE operators (
  id text PRIMARY KEY, login text NOT NULL, login_key text NOT NULL UNIQUE, name text NOT NULL DEFAULT '',
  email text NOT NULL DEFAULT '', password_hash text NOT NULL DEFAULT '', disabled integer NOT NULL DEFAULT 0,
  created_at bigint NOT NULL, updated_at bigint NOT NULL, version bigint NOT NULL DEFAULT 1
);
CREATE TABLE roles (
  id text PRIMARY KEY, tenant_id text NOT NULL DEFAULT '', name text NOT NULL, name_key text NOT NULL,
  permissions text NOT NULL, created_at bigint NOT NULL, updated_at bigint NOT NULL, version bigint NOT NULL DEFAULT 1,
  UNIQUE (tenant_id, name_key)
);
CREATE TABLE grants (
  id text PRIMARY KEY, operator_id text NOT NULL REFERENCES operators(id), role_id text NOT NULL,
  tenant_id text NOT NULL DEFAULT '', org_id text NOT NULL DEFAULT '', site_id text NOT NULL DEFAULT '',
  created_at bigint NOT NULL, UNIQUE (operator_id, role_id, tenant_id, org_id, site_id)
);
CREATE INDEX grants_tenant ON grants (tenant_id, operator_id);
CREATE TABLE sessions (
  id text PRIMARY KEY, operator_id text NOT NULL REFERENCES operators(id), token_hash text NOT NULL UNIQUE,
  address text NOT NULL DEFAULT '', user_agent text NOT NULL DEFAULT '',
  created_at bigint NOT NULL, seen_at bigint NOT NULL, expires_at bigint NOT NULL
);
CREATE INDEX sessions_operator ON sessions (operator_id, expires_at);
CREATE TABLE api_tokens (
  id text PRIMARY KEY, operator_id text NOT NULL REFERENCES operators(id), tenant_id text NOT NULL DEFAULT '',
  org_id text NOT NULL DEFAULT '', role_id text NOT NULL, name text NOT NULL DEFAULT '', token_hash text NOT NULL UNIQUE,
  created_at bigint NOT NULL, expires_at bigint NOT NULL DEFAULT 0, used_at bigint NOT NULL DEFAULT 0
);
CREATE TABLE setup_links (
  token_hash text PRIMARY KEY, operator_id text NOT NULL DEFAULT '', kind text NOT NULL,
  created_at bigint NOT NULL, expires_at bigint NOT NULL, used_at bigint NOT NULL DEFAULT 0
);
CREATE TABLE login_failures (
  subject text PRIMARY KEY, failures integer NOT NULL, first_at bigint NOT NULL, last_at bigint NOT NULL,
  locked_until bigint NOT NULL DEFAULT 0
);

-- operation log (domain/audit)
CREATE TABLE audit (
  id text PRIMARY KEY, tenant_id text NOT NULL DEFAULT '', org_id text NOT NULL DEFAULT '', at bigint NOT NULL,
  actor_kind text NOT NULL, actor_id text NOT NULL, actor_name text NOT NULL, address text NOT NULL DEFAULT '',
  action text NOT NULL, subject_kind text NOT NULL, subject_id text NOT NULL, subject_name text NOT NULL DEFAULT '',
  before text NOT NULL DEFAULT '', after text NOT NULL DEFAULT '', seal_seq bigint NOT NULL DEFAULT 0
);
CREATE INDEX audit_org ON audit (tenant_id, org_id, id);
CREATE INDEX audit_unsealed ON audit (seal_seq, id);
CREATE TABLE audit_seals (
  seq bigint PRIMARY KEY, from_id text NOT NULL, to_id text NOT NULL, rows_sealed bigint NOT NULL,
  prev_hash text NOT NULL, hash text NOT NULL, signature text NOT NULL, key_id text NOT NULL, sealed_at bigint NOT NULL
);

-- leases with fencing tokens (platform/db)
CREATE TABLE leases (
  name text PRIMARY KEY, holder text NOT NULL, fence bigint NOT NULL, expires_at bigint NOT NULL
);

-- secrets and keys (platform/secret, platform/pki)
CREATE TABLE data_keys (
  id text PRIMARY KEY, tenant_id text NOT NULL, root_id text NOT NULL, wrapped text NOT NULL,
  created_at bigint NOT NULL, retired_at bigint NOT NULL DEFAULT 0
);
CREATE INDEX data_keys_tenant ON data_keys (tenant_id, created_at);
CREATE TABLE secrets (
  id text NOT NULL, version integer NOT NULL, tenant_id text NOT NULL, org_id text NOT NULL DEFAULT '',
  owner_kind text NOT NULL, owner_id text NOT NULL, key_id text NOT NULL, sealed text NOT NULL,
  created_at bigint NOT NULL, PRIMARY KEY (id, version)
);
CREATE INDEX secrets_owner ON secrets (owner_kind, owner_id);
CREATE TABLE pki_roots (
  id text PRIMARY KEY, cert text NOT NULL, key_secret text NOT NULL, state text NOT NULL,
  created_at bigint NOT NULL, expires_at bigint NOT NULL
);
CREATE UNIQUE INDEX pki_roots_live ON pki_roots (state) WHERE state <> 'retired';

-- devices (domain/device); the hot half is in the schema "hot"
CREATE TABLE devices (
  id text PRIMARY KEY, tenant_id text NOT NULL, org_id text NOT NULL REFERENCES orgs(id), site_id text NOT NULL REFERENCES sites(id),
  mac text NOT NULL UNIQUE, vendor text NOT NULL, model text NOT NULL DEFAULT '', name text NOT NULL DEFAULT '',
  name_key text NOT NULL DEFAULT '', serial text NOT NULL DEFAULT '', life text NOT NULL,
  created_at bigint NOT NULL, updated_at bigint NOT NULL, version bigint NOT NULL DEFAULT 1
);
CREATE INDEX devices_org ON devices (org_id, mac);
CREATE INDEX devices_site ON devices (site_id, mac);
CREATE TABLE device_tokens (
  device_id text NOT NULL REFERENCES devices(id), tenant_id text NOT NULL, org_id text NOT NULL, word text NOT NULL, word_rev text NOT NULL DEFAULT '',
  PRIMARY KEY (device_id, word)
);
CREATE INDEX device_tokens_word ON device_tokens (org_id, word);
CREATE TABLE unclaimed (
  mac text PRIMARY KEY, vendor text NOT NULL, model text NOT NULL DEFAULT '', firmware text NOT NULL DEFAULT '',
  address text NOT NULL DEFAULT '', door text NOT NULL DEFAULT '', first_at bigint NOT NULL, last_at bigint NOT NULL, requests bigint NOT NULL
);
CREATE INDEX unclaimed_last ON unclaimed (last_at);

-- proofs (domain/identity)
CREATE TABLE device_secrets (
  id text PRIMARY KEY, tenant_id text NOT NULL, org_id text NOT NULL, device_id text NOT NULL REFERENCES devices(id),
  kind text NOT NULL, lookup text NOT NULL UNIQUE, secret_ref text NOT NULL, state text NOT NULL,
  created_at bigint NOT NULL, used_at bigint NOT NULL DEFAULT 0, ends_at bigint NOT NULL DEFAULT 0
);
CREATE INDEX device_secrets_device ON device_secrets (device_id, kind, state);

-- SIP servers and accounts (domain/account)
CREATE TABLE sip_servers (
  id text PRIMARY KEY, tenant_id text NOT NULL, org_id text NOT NULL REFERENCES orgs(id), name text NOT NULL, name_key text NOT NULL,
  address text NOT NULL, created_at bigint NOT NULL, updated_at bigint NOT NULL, version bigint NOT NULL DEFAULT 1, UNIQUE (org_id, name_key)
);
CREATE TABLE accounts (
  id text PRIMARY KEY, tenant_id text NOT NULL, org_id text NOT NULL REFERENCES orgs(id), server_id text NOT NULL REFERENCES sip_servers(id),
  user_id text NOT NULL, auth_id text NOT NULL DEFAULT '', name text NOT NULL DEFAULT '', secret_ref text NOT NULL DEFAULT '',
  created_at bigint NOT NULL, updated_at bigint NOT NULL, version bigint NOT NULL DEFAULT 1, UNIQUE (server_id, user_id)
);
CREATE INDEX accounts_org ON accounts (org_id, user_id);
CREATE TABLE device_lines (
  device_id text NOT NULL REFERENCES devices(id), line integer NOT NULL, tenant_id text NOT NULL, org_id text NOT NULL,
  account_id text NOT NULL REFERENCES accounts(id), author text NOT NULL DEFAULT '', at bigint NOT NULL DEFAULT 0, PRIMARY KEY (device_id, line)
);
CREATE INDEX device_lines_account ON device_lines (account_id);

-- sources: templates, overrides (domain/template)
CREATE TABLE sources (
  id text PRIMARY KEY, tenant_id text NOT NULL, org_id text NOT NULL REFERENCES orgs(id), kind text NOT NULL,
  name text NOT NULL, name_key text NOT NULL, description text NOT NULL DEFAULT '',
  vendor text NOT NULL DEFAULT '', model text NOT NULL DEFAULT '', site_id text NOT NULL DEFAULT '', device_id text NOT NULL DEFAULT '',
  follow integer NOT NULL DEFAULT 0, draft text NOT NULL DEFAULT '[]', latest integer NOT NULL DEFAULT 0,
  created_at bigint NOT NULL, updated_at bigint NOT NULL, version bigint NOT NULL DEFAULT 1,
  UNIQUE (org_id, kind, name_key)
);
CREATE INDEX sources_device ON sources (device_id);
CREATE TABLE source_versions (
  source_id text NOT NULL REFERENCES sources(id), number integer NOT NULL, tenant_id text NOT NULL, org_id text NOT NULL,
  items text NOT NULL, note text NOT NULL DEFAULT '', author text NOT NULL, at bigint NOT NULL, PRIMARY KEY (source_id, number)
);

-- bindings, revisions, plans (domain/revision)
CREATE TABLE bindings (
  device_id text NOT NULL REFERENCES devices(id), source_id text NOT NULL, number integer NOT NULL, tenant_id text NOT NULL, org_id text NOT NULL,
  layer text NOT NULL, position integer NOT NULL, author text NOT NULL, at bigint NOT NULL, PRIMARY KEY (device_id, source_id)
);
CREATE INDEX bindings_source ON bindings (source_id, device_id);
CREATE TABLE device_states (
  device_id text PRIMARY KEY REFERENCES devices(id), tenant_id text NOT NULL, org_id text NOT NULL,
  lines text NOT NULL DEFAULT '[]', placeholders text NOT NULL DEFAULT '{}', ever text NOT NULL DEFAULT '{}',
  seq integer NOT NULL DEFAULT 0, desired text NOT NULL DEFAULT '', delivered text NOT NULL DEFAULT '', confirmed text NOT NULL DEFAULT '',
  delivered_at bigint NOT NULL DEFAULT 0, confirmed_at bigint NOT NULL DEFAULT 0, problem text NOT NULL DEFAULT '', updated_at bigint NOT NULL
);
CREATE TABLE revision_parts (
  id text PRIMARY KEY, tenant_id text NOT NULL, org_id text NOT NULL, content text NOT NULL
);
CREATE TABLE revisions (
  device_id text NOT NULL REFERENCES devices(id), seq integer NOT NULL, id text NOT NULL, tenant_id text NOT NULL, org_id text NOT NULL,
  epoch integer NOT NULL, dialect text NOT NULL, family text NOT NULL, firmware text NOT NULL, shared_id text NOT NULL, content text NOT NULL,
  bindings text NOT NULL, plan text NOT NULL DEFAULT '', author text NOT NULL, reason text NOT NULL, pinned integer NOT NULL DEFAULT 0,
  created_at bigint NOT NULL, PRIMARY KEY (device_id, seq)
);
CREATE INDEX revisions_id ON revisions (id);
CREATE TABLE plans (
  hash text NOT NULL, org_id text NOT NULL, tenant_id text NOT NULL, body text NOT NULL, author text NOT NULL, created_at bigint NOT NULL,
  task_id text NOT NULL DEFAULT '', PRIMARY KEY (org_id, hash)
);

-- commands (domain/command)
CREATE TABLE commands (
  id text PRIMARY KEY, tenant_id text NOT NULL, org_id text NOT NULL, device_id text NOT NULL REFERENCES devices(id),
  kind text NOT NULL, payload text NOT NULL DEFAULT '{}', state text NOT NULL, reason text NOT NULL DEFAULT '', run_id text NOT NULL DEFAULT '',
  created_at bigint NOT NULL, deadline bigint NOT NULL, sent_at bigint NOT NULL DEFAULT 0, delivered_at bigint NOT NULL DEFAULT 0, ended_at bigint NOT NULL DEFAULT 0
);
CREATE INDEX commands_device ON commands (device_id, state, id);
CREATE INDEX commands_deadline ON commands (state, deadline);

-- provisioning ledger (domain/provision)
CREATE TABLE requests (
  id text PRIMARY KEY, tenant_id text NOT NULL DEFAULT '', org_id text NOT NULL DEFAULT '', device_id text NOT NULL DEFAULT '', mac text NOT NULL DEFAULT '',
  at bigint NOT NULL, last_at bigint NOT NULL, count bigint NOT NULL, door text NOT NULL, address text NOT NULL, name text NOT NULL, user_agent text NOT NULL DEFAULT '',
  verdict text NOT NULL, reason text NOT NULL, status integer NOT NULL, bytes bigint NOT NULL DEFAULT 0, revision text NOT NULL DEFAULT '', millis integer NOT NULL DEFAULT 0
);
CREATE INDEX requests_org ON requests (org_id, id);
CREATE INDEX requests_device ON requests (device_id, id);
CREATE INDEX requests_last ON requests (last_at);

-- tasks (domain/task)
CREATE TABLE tasks (
  id text PRIMARY KEY, tenant_id text NOT NULL, org_id text NOT NULL REFERENCES orgs(id), kind text NOT NULL, name text NOT NULL,
  state text NOT NULL, plan text NOT NULL DEFAULT '', author text NOT NULL,
  created_at bigint NOT NULL, started_at bigint NOT NULL DEFAULT 0, ended_at bigint NOT NULL DEFAULT 0, deadline bigint NOT NULL DEFAULT 0, version bigint NOT NULL DEFAULT 1
);
CREATE INDEX tasks_org ON tasks (org_id, id);
CREATE INDEX tasks_state ON tasks (state, deadline);
CREATE TABLE runs (
  id text PRIMARY KEY, tenant_id text NOT NULL, org_id text NOT NULL, task_id text NOT NULL REFERENCES tasks(id), device_id text NOT NULL,
  state text NOT NULL, reason text NOT NULL DEFAULT '', from_revision text NOT NULL DEFAULT '', to_revision text NOT NULL DEFAULT '',
  created_at bigint NOT NULL, started_at bigint NOT NULL DEFAULT 0, ended_at bigint NOT NULL DEFAULT 0, UNIQUE (task_id, device_id)
);
CREATE INDEX runs_device ON runs (device_id, id);
CREATE INDEX runs_state ON runs (task_id, state);

-- API (idempotency keys)
CREATE TABLE idempotency (
  owner text NOT NULL, idem_key text NOT NULL, tenant_id text NOT NULL DEFAULT '', body_hash text NOT NULL, status integer NOT NULL, response text NOT NULL, created_at bigint NOT NULL,
  PRIMARY KEY (owner, idem_key)
);
CREATE INDEX idempotency_created ON idempotency (created_at);

-- +goose Down
DROP TABLE idempotency; DROP TABLE runs; DROP TABLE tasks; DROP TABLE requests; DROP TABLE commands; DROP TABLE plans; DROP TABLE revisions;
DROP TABLE revision_parts; DROP TABLE device_states; DROP TABLE bindings; DROP TABLE source_versions; DROP TABLE sources; DROP TABLE device_lines;
DROP TABLE accounts; DROP TABLE sip_servers; DROP TABLE device_secrets; DROP TABLE unclaimed; DROP TABLE device_tokens; DROP TABLE devices;
DROP TABLE pki_roots; DROP TABLE secrets; DROP TABLE data_keys; DROP TABLE leases; DROP TABLE audit_seals; DROP TABLE audit; DROP TABLE login_failures;
DROP TABLE setup_links; DROP TABLE api_tokens; DROP TABLE sessions; DROP TABLE grants; DROP TABLE roles; DROP TABLE operators; DROP TABLE site_subnets;
DROP TABLE sites; DROP TABLE orgs; DROP TABLE tenants;
