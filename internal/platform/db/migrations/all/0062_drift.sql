-- +goose Up
-- where what a phone told is not what it should have, a row for each key, until they
-- agree; and what is to be done about it, for an organization and for single devices
-- (domain/manager)
CREATE TABLE drift (
  device_id text NOT NULL REFERENCES devices(id), key text NOT NULL, tenant_id text NOT NULL, org_id text NOT NULL,
  desired text NOT NULL, reported text NOT NULL, revision text NOT NULL,
  found_at bigint NOT NULL, seen_at bigint NOT NULL, enforced_at bigint NOT NULL DEFAULT 0,
  PRIMARY KEY (device_id, key)
);
CREATE INDEX drift_org ON drift (org_id);
CREATE TABLE drift_policies (
  org_id text NOT NULL, device_id text NOT NULL, key text NOT NULL, tenant_id text NOT NULL,
  policy text NOT NULL, author text NOT NULL, at bigint NOT NULL,
  PRIMARY KEY (org_id, device_id, key)
);

-- +goose Down
DROP TABLE drift_policies;
DROP TABLE drift;
