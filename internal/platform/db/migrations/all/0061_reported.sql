-- +goose Up
-- what phones told last of their values, name by name, of those that are known in their
-- data model; no secret is among them (domain/manager)
CREATE TABLE reported (
  device_id text PRIMARY KEY REFERENCES devices(id), tenant_id text NOT NULL, org_id text NOT NULL,
  told text NOT NULL DEFAULT '{}', read_at bigint NOT NULL DEFAULT 0, updated_at bigint NOT NULL
);

-- when a managed phone started last and why, and for which values it tells changes by itself
ALTER TABLE managed ADD COLUMN booted_at bigint NOT NULL DEFAULT 0;
ALTER TABLE managed ADD COLUMN boot_reason text NOT NULL DEFAULT '';
ALTER TABLE managed ADD COLUMN watched text NOT NULL DEFAULT '';

-- +goose Down
ALTER TABLE managed DROP COLUMN watched; ALTER TABLE managed DROP COLUMN boot_reason; ALTER TABLE managed DROP COLUMN booted_at;
DROP TABLE reported;
