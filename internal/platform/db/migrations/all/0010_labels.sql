-- +goose Up
-- what a phone's label says that proves it is at hand, and how often it was said wrong (domain/identity)
CREATE TABLE device_labels (
  device_id text PRIMARY KEY REFERENCES devices(id), tenant_id text NOT NULL, org_id text NOT NULL, sticker_ref text NOT NULL DEFAULT '',
  day text NOT NULL DEFAULT '', wrong integer NOT NULL DEFAULT 0
);
-- take over what the phone holds when it is first online (domain/device)
ALTER TABLE devices ADD COLUMN sync_configuration integer NOT NULL DEFAULT 0;

-- +goose Down
ALTER TABLE devices DROP COLUMN sync_configuration; DROP TABLE device_labels;
