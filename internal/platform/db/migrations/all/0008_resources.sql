-- +goose Up
-- stored files of organizations (domain/resource): images, ringtones, phonebooks; names and models are JSON arrays
CREATE TABLE resources (
  id text PRIMARY KEY, tenant_id text NOT NULL REFERENCES tenants(id), org_id text NOT NULL REFERENCES orgs(id), kind text NOT NULL, name text NOT NULL,
  description text NOT NULL DEFAULT '', vendor text NOT NULL, models text NOT NULL DEFAULT '[]', file_version text NOT NULL DEFAULT '', names text NOT NULL DEFAULT '[]',
  hash text NOT NULL, size bigint NOT NULL, served integer NOT NULL DEFAULT 1, anyone integer NOT NULL DEFAULT 0, author text NOT NULL DEFAULT '',
  created_at bigint NOT NULL, updated_at bigint NOT NULL, version bigint NOT NULL DEFAULT 1, UNIQUE (org_id, kind, hash)
);
-- by which names phones ask for a file, in lower case
CREATE TABLE resource_names (
  resource_id text NOT NULL REFERENCES resources(id), tenant_id text NOT NULL, org_id text NOT NULL, name text NOT NULL, PRIMARY KEY (resource_id, name)
);
CREATE INDEX resource_names_name ON resource_names (name, org_id);
-- the one image that a party without any proof gets under a name, whoever it belongs to
CREATE TABLE anyone_names (name text PRIMARY KEY, resource_id text NOT NULL REFERENCES resources(id));
CREATE INDEX anyone_names_resource ON anyone_names (resource_id);
-- how many rows need a blob; the row is locked while one comes or goes
CREATE TABLE blob_uses (hash text PRIMARY KEY, uses bigint NOT NULL);

-- +goose Down
DROP TABLE blob_uses; DROP TABLE anyone_names; DROP TABLE resource_names; DROP TABLE resources;
