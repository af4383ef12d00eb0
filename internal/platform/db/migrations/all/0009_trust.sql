-- +goose Up
-- the CAs whose certificates may prove a device (domain/trust); no tenant: for every organization
CREATE TABLE trusted_cas (
  id text PRIMARY KEY, tenant_id text NOT NULL, org_id text NOT NULL, name text NOT NULL, name_key text NOT NULL, content text NOT NULL,
  rule_field text NOT NULL DEFAULT '', rule_pattern text NOT NULL DEFAULT '',
  confirmed_at bigint NOT NULL DEFAULT 0, confirmed_by text NOT NULL DEFAULT '', confirmed_subject text NOT NULL DEFAULT '', confirmed_mac text NOT NULL DEFAULT '',
  created_at bigint NOT NULL, updated_at bigint NOT NULL, version bigint NOT NULL DEFAULT 1, UNIQUE (org_id, name_key)
);
-- the names that a CA's certificates sign under, by which a device's certificate finds its CA
CREATE TABLE trusted_ca_names (
  ca_id text NOT NULL REFERENCES trusted_cas(id), tenant_id text NOT NULL, org_id text NOT NULL, name_hash text NOT NULL, PRIMARY KEY (name_hash, ca_id)
);
CREATE INDEX trusted_ca_names_ca ON trusted_ca_names (ca_id);
-- devices' certificates that were shown and chain to a CA
CREATE TABLE trusted_ca_subjects (
  id text PRIMARY KEY, ca_id text NOT NULL REFERENCES trusted_cas(id), tenant_id text NOT NULL, org_id text NOT NULL, fingerprint text NOT NULL, subject text NOT NULL, content text NOT NULL,
  address text NOT NULL, first_at bigint NOT NULL, last_at bigint NOT NULL, requests bigint NOT NULL, UNIQUE (ca_id, fingerprint)
);
-- the certificate by which a device last proved who it is
CREATE TABLE certificate_uses (
  device_id text PRIMARY KEY REFERENCES devices(id), tenant_id text NOT NULL, org_id text NOT NULL, ca_id text NOT NULL, subject text NOT NULL, fingerprint text NOT NULL, ends_at bigint NOT NULL, last_at bigint NOT NULL
);
CREATE INDEX certificate_uses_ca ON certificate_uses (ca_id);
ALTER TABLE claims ADD COLUMN subject text NOT NULL DEFAULT '';
ALTER TABLE unclaimed ADD COLUMN subject text NOT NULL DEFAULT '';

-- +goose Down
ALTER TABLE unclaimed DROP COLUMN subject; ALTER TABLE claims DROP COLUMN subject;
DROP TABLE certificate_uses; DROP TABLE trusted_ca_subjects; DROP TABLE trusted_ca_names; DROP TABLE trusted_cas;
