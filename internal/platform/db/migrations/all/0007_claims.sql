-- +goose Up
-- who asked for a device with nothing but a bootstrap token (domain/identity)
CREATE TABLE claims (
  id text PRIMARY KEY, tenant_id text NOT NULL, org_id text NOT NULL, device_id text NOT NULL REFERENCES devices(id), address text NOT NULL, state text NOT NULL,
  agent text NOT NULL DEFAULT '', first_at bigint NOT NULL, last_at bigint NOT NULL, requests bigint NOT NULL DEFAULT 1, taken_at bigint NOT NULL DEFAULT 0,
  decided_by text NOT NULL DEFAULT '', decided_at bigint NOT NULL DEFAULT 0, UNIQUE (device_id, address)
);
CREATE INDEX claims_org ON claims (org_id, last_at);
-- until when the first one that asks from a device's own subnet gets it
CREATE TABLE claim_windows (
  device_id text PRIMARY KEY REFERENCES devices(id), tenant_id text NOT NULL, org_id text NOT NULL, until bigint NOT NULL
);

-- +goose Down
DROP TABLE claim_windows; DROP TABLE claims;
