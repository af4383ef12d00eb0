-- +goose Up
-- redirection profiles of tenants (domain/rps); a deleted one stays, so that what it did stays readable
CREATE TABLE rps_profiles (
  id text PRIMARY KEY, tenant_id text NOT NULL REFERENCES tenants(id), name text NOT NULL, name_key text NOT NULL, number integer NOT NULL,
  created_at bigint NOT NULL, updated_at bigint NOT NULL, deleted_at bigint NOT NULL DEFAULT 0, pending integer NOT NULL DEFAULT 0, version bigint NOT NULL DEFAULT 1
);
CREATE UNIQUE INDEX rps_profiles_name ON rps_profiles (tenant_id, name_key) WHERE deleted_at = 0;
-- their immutable states, which devices are bound to; password is a reference to a secret
CREATE TABLE rps_versions (
  profile_id text NOT NULL REFERENCES rps_profiles(id), number integer NOT NULL, tenant_id text NOT NULL, name text NOT NULL, via text NOT NULL, path text NOT NULL,
  username text NOT NULL DEFAULT '', password text NOT NULL DEFAULT '', auth_first integer NOT NULL DEFAULT 0, prefix text NOT NULL DEFAULT '', postfix text NOT NULL DEFAULT '',
  author text NOT NULL, at bigint NOT NULL, PRIMARY KEY (profile_id, number)
);
-- who is associated with a profile: an organization, or one device of it; an ended association stays as a row
CREATE TABLE rps_assignments (
  id text PRIMARY KEY, tenant_id text NOT NULL REFERENCES tenants(id), org_id text NOT NULL REFERENCES orgs(id), profile_id text NOT NULL REFERENCES rps_profiles(id),
  device_id text NOT NULL DEFAULT '', author text NOT NULL, at bigint NOT NULL, ended_at bigint NOT NULL DEFAULT 0, ended_by text NOT NULL DEFAULT ''
);
CREATE UNIQUE INDEX rps_assignments_org ON rps_assignments (org_id) WHERE ended_at = 0 AND device_id = '';
CREATE UNIQUE INDEX rps_assignments_device ON rps_assignments (device_id) WHERE ended_at = 0 AND device_id <> '';
CREATE INDEX rps_assignments_profile ON rps_assignments (profile_id, ended_at);

-- +goose Down
DROP TABLE rps_assignments; DROP TABLE rps_versions; DROP TABLE rps_profiles;
