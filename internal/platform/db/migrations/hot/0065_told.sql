-- +goose Up
-- what devices told of events on them: the last word on each line and on the calls,
-- and the last events (domain/device)
CREATE TABLE told (
  device_id text NOT NULL, tenant_id text NOT NULL, org_id text NOT NULL, subject text NOT NULL,
  state text NOT NULL, at bigint NOT NULL, PRIMARY KEY (device_id, subject)
);
CREATE TABLE events (
  id text PRIMARY KEY, tenant_id text NOT NULL, org_id text NOT NULL, device_id text NOT NULL,
  at bigint NOT NULL, event text NOT NULL, line bigint NOT NULL DEFAULT 0, number text NOT NULL DEFAULT '', address text NOT NULL DEFAULT ''
);
CREATE INDEX events_device ON events (device_id, id);
CREATE INDEX events_at ON events (at);

-- +goose Down
DROP TABLE events; DROP TABLE told;
