-- +goose Up
-- bases for handsets (domain/account): which profile and handset mode an account has on a base, and which of the base's lines each handset's lines use
ALTER TABLE device_lines ADD COLUMN profile integer NOT NULL DEFAULT 0;
ALTER TABLE device_lines ADD COLUMN mode text NOT NULL DEFAULT '';
CREATE TABLE handset_lines (
  device_id text NOT NULL REFERENCES devices(id), handset integer NOT NULL, handset_line integer NOT NULL, tenant_id text NOT NULL, org_id text NOT NULL,
  line integer NOT NULL, PRIMARY KEY (device_id, handset, handset_line)
);

-- +goose Down
DROP TABLE handset_lines;
ALTER TABLE device_lines DROP COLUMN mode;
ALTER TABLE device_lines DROP COLUMN profile;
