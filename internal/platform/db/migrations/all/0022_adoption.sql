-- +goose Up
-- which strangers an organization takes in, and where (domain/adoption)
CREATE TABLE adoption_rules (
  id text PRIMARY KEY, tenant_id text NOT NULL, org_id text NOT NULL REFERENCES orgs(id), name text NOT NULL, name_key text NOT NULL,
  position integer NOT NULL, enabled integer NOT NULL, action text NOT NULL, matches text NOT NULL, site_id text NOT NULL DEFAULT '', group_id text NOT NULL DEFAULT '',
  hits bigint NOT NULL DEFAULT 0, last_hit bigint NOT NULL DEFAULT 0,
  created_at bigint NOT NULL, updated_at bigint NOT NULL, version bigint NOT NULL DEFAULT 1, UNIQUE (org_id, name_key)
);
CREATE INDEX adoption_rules_order ON adoption_rules (org_id, position, id);
-- the certificate that it showed last is good and tells this MAC (domain/device)
ALTER TABLE unclaimed ADD COLUMN proved integer NOT NULL DEFAULT 0;

-- +goose Down
ALTER TABLE unclaimed DROP COLUMN proved; DROP TABLE adoption_rules;
