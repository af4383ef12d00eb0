-- +goose Up
-- groups of devices (domain/group)
CREATE TABLE device_groups (
  id text PRIMARY KEY, tenant_id text NOT NULL, org_id text NOT NULL REFERENCES orgs(id), name text NOT NULL, name_key text NOT NULL,
  description text NOT NULL DEFAULT '', created_at bigint NOT NULL, updated_at bigint NOT NULL, version bigint NOT NULL DEFAULT 1, UNIQUE (org_id, name_key)
);
CREATE TABLE group_members (
  group_id text NOT NULL REFERENCES device_groups(id), device_id text NOT NULL REFERENCES devices(id), tenant_id text NOT NULL, org_id text NOT NULL,
  PRIMARY KEY (group_id, device_id)
);
CREATE INDEX group_members_device ON group_members (device_id);

-- placeholders (domain/placeholder): scope_key is the model, the site's or the device's id, '' for the system level
CREATE TABLE placeholders (
  id text PRIMARY KEY, tenant_id text NOT NULL, org_id text NOT NULL REFERENCES orgs(id), level text NOT NULL, scope_key text NOT NULL DEFAULT '',
  name text NOT NULL, value text NOT NULL, description text NOT NULL DEFAULT '',
  created_at bigint NOT NULL, updated_at bigint NOT NULL, version bigint NOT NULL DEFAULT 1, UNIQUE (org_id, level, scope_key, name)
);
CREATE INDEX placeholders_scope ON placeholders (level, scope_key);

-- where a template binds itself, and what a config file was made from (domain/template)
ALTER TABLE sources ADD COLUMN group_id text NOT NULL DEFAULT '';
ALTER TABLE sources ADD COLUMN auto text NOT NULL DEFAULT 'all';
ALTER TABLE sources ADD COLUMN auto_sites text NOT NULL DEFAULT '[]';
ALTER TABLE source_versions ADD COLUMN original text NOT NULL DEFAULT '';
ALTER TABLE source_versions ADD COLUMN size bigint NOT NULL DEFAULT 0;

-- what is told of a revision for ever, and what is kept of it (domain/revision)
ALTER TABLE revisions ADD COLUMN kept integer NOT NULL DEFAULT 1;
ALTER TABLE revisions ADD COLUMN delivered_at bigint NOT NULL DEFAULT 0;
ALTER TABLE revisions ADD COLUMN placeholders text NOT NULL DEFAULT '{}';
CREATE INDEX revisions_shared ON revisions (shared_id);

-- +goose Down
DROP INDEX revisions_shared;
ALTER TABLE revisions DROP COLUMN placeholders;
ALTER TABLE revisions DROP COLUMN delivered_at;
ALTER TABLE revisions DROP COLUMN kept;
ALTER TABLE source_versions DROP COLUMN size;
ALTER TABLE source_versions DROP COLUMN original;
ALTER TABLE sources DROP COLUMN auto_sites;
ALTER TABLE sources DROP COLUMN auto;
ALTER TABLE sources DROP COLUMN group_id;
DROP TABLE placeholders; DROP TABLE group_members; DROP TABLE device_groups;
