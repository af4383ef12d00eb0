-- +goose Up
-- Commands over channels: who asked, what with, over what, how often, and what came back.
ALTER TABLE commands ADD COLUMN author text NOT NULL DEFAULT '';
ALTER TABLE commands ADD COLUMN channel text NOT NULL DEFAULT '';
ALTER TABLE commands ADD COLUMN attempts integer NOT NULL DEFAULT 0;
ALTER TABLE commands ADD COLUMN answer_by bigint NOT NULL DEFAULT 0;
ALTER TABLE commands ADD COLUMN not_before bigint NOT NULL DEFAULT 0;
ALTER TABLE commands ADD COLUMN result text NOT NULL DEFAULT '';
ALTER TABLE commands ADD COLUMN late text NOT NULL DEFAULT '';
ALTER TABLE commands ADD COLUMN wake_at bigint NOT NULL DEFAULT 0;
ALTER TABLE commands ADD COLUMN wakes integer NOT NULL DEFAULT 0;
CREATE INDEX commands_wake ON commands (state, wake_at);
CREATE INDEX commands_answer ON commands (state, answer_by);
CREATE INDEX commands_created ON commands (state, created_at);

-- The freeze switch: of the platform (no tenant), a tenant, an organization or one device.
CREATE TABLE freezes (
  id text PRIMARY KEY, tenant_id text NOT NULL DEFAULT '', org_id text NOT NULL DEFAULT '', device_id text NOT NULL DEFAULT '',
  reason text NOT NULL, author text NOT NULL, at bigint NOT NULL,
  UNIQUE (tenant_id, org_id, device_id)
);

-- +goose Down
DROP TABLE freezes;
DROP INDEX commands_created; DROP INDEX commands_answer; DROP INDEX commands_wake;
ALTER TABLE commands DROP COLUMN wakes; ALTER TABLE commands DROP COLUMN wake_at; ALTER TABLE commands DROP COLUMN late; ALTER TABLE commands DROP COLUMN result;
ALTER TABLE commands DROP COLUMN not_before; ALTER TABLE commands DROP COLUMN answer_by; ALTER TABLE commands DROP COLUMN attempts;
ALTER TABLE commands DROP COLUMN channel; ALTER TABLE commands DROP COLUMN author;
