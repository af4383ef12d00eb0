-- +goose Up
-- The hot half of devices, written by nobody but the twin's flush. The text
-- names no schema: the migration runs with "hot" as the schema in force, and
-- queries say hot.twins.
CREATE TABLE twins (
  device_id text PRIMARY KEY, tenant_id text NOT NULL, org_id text NOT NULL, mac text NOT NULL,
  reach text NOT NULL DEFAULT 'offline', reach_at bigint NOT NULL DEFAULT 0, expected_by bigint NOT NULL DEFAULT 0,
  last_seen bigint NOT NULL DEFAULT 0, address text NOT NULL DEFAULT '', address_at bigint NOT NULL DEFAULT 0,
  door text NOT NULL DEFAULT '', user_agent text NOT NULL DEFAULT '', firmware text NOT NULL DEFAULT '', firmware_at bigint NOT NULL DEFAULT 0,
  model text NOT NULL DEFAULT '', model_at bigint NOT NULL DEFAULT 0
);
CREATE INDEX twins_org ON twins (org_id, last_seen);

-- +goose Down
DROP TABLE twins;
