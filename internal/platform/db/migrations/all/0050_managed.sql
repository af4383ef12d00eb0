-- +goose Up
-- each device's credential for TR-069: its password is made from the row's id, so
-- the row holds none (domain/identity)
INSERT INTO device_secrets (id, tenant_id, org_id, device_id, kind, lookup, secret_ref, state, created_at)
SELECT d.id, d.tenant_id, d.org_id, d.id, 'manager', d.id, '', 'current', d.created_at FROM devices d;

-- what managed phones told of themselves and of how to call them (domain/manager)
CREATE TABLE managed (
  device_id text PRIMARY KEY REFERENCES devices(id), tenant_id text NOT NULL, org_id text NOT NULL, protocol text NOT NULL,
  told text NOT NULL DEFAULT '{}', call_url text NOT NULL DEFAULT '', call_udp text NOT NULL DEFAULT '', call_at bigint NOT NULL DEFAULT 0,
  call_problem text NOT NULL DEFAULT '', every_seconds bigint NOT NULL DEFAULT 0, updated_at bigint NOT NULL
);

-- +goose Down
DROP TABLE managed;
DELETE FROM device_secrets WHERE kind = 'manager';
