-- +goose Up
-- what is wrong now, and what was (domain/alarm); org_id '' and tenant_id '' is an alarm of the platform itself
CREATE TABLE alarms (
  id text PRIMARY KEY, tenant_id text NOT NULL, org_id text NOT NULL, site_id text NOT NULL DEFAULT '', subject_kind text NOT NULL, subject_id text NOT NULL,
  subject_name text NOT NULL DEFAULT '', code text NOT NULL, name text NOT NULL, severity text NOT NULL, severity_rank integer NOT NULL, state text NOT NULL,
  source text NOT NULL DEFAULT '', body text NOT NULL DEFAULT '', remedy text NOT NULL DEFAULT '', oid text NOT NULL DEFAULT '', address text NOT NULL DEFAULT '',
  words text NOT NULL DEFAULT '', times bigint NOT NULL DEFAULT 1, first_at bigint NOT NULL, last_at bigint NOT NULL, changed_at bigint NOT NULL,
  ack_by text NOT NULL DEFAULT '', ack_at bigint NOT NULL DEFAULT 0, mask_by text NOT NULL DEFAULT '', mask_until bigint NOT NULL DEFAULT 0,
  cleared_by text NOT NULL DEFAULT '', cleared_at bigint NOT NULL DEFAULT 0, clear_reason text NOT NULL DEFAULT ''
);
-- one open alarm per subject and code
CREATE UNIQUE INDEX alarms_open ON alarms (tenant_id, org_id, subject_kind, subject_id, code) WHERE state <> 'cleared';
CREATE INDEX alarms_list ON alarms (org_id, state, last_at);
CREATE INDEX alarms_mask ON alarms (mask_until) WHERE state = 'masked';
CREATE INDEX alarms_old ON alarms (cleared_at) WHERE state = 'cleared';
CREATE TABLE alarm_notes (
  id text PRIMARY KEY, alarm_id text NOT NULL REFERENCES alarms(id), tenant_id text NOT NULL, org_id text NOT NULL, at bigint NOT NULL, author text NOT NULL, body text NOT NULL
);
CREATE INDEX alarm_notes_alarm ON alarm_notes (alarm_id, id);
-- until when whoever asks from a site's subnets is adopted at first contact; 0 never
ALTER TABLE sites ADD COLUMN trusted_until bigint NOT NULL DEFAULT 0;
-- which phones the legacy flag let in last, and when each came with a proof that needs no flag (domain/identity)
CREATE TABLE legacy_uses (
  device_id text PRIMARY KEY REFERENCES devices(id), tenant_id text NOT NULL, org_id text NOT NULL, proof text NOT NULL, door text NOT NULL, address text NOT NULL,
  last_at bigint NOT NULL, safe_at bigint NOT NULL DEFAULT 0
);
CREATE INDEX legacy_uses_org ON legacy_uses (org_id, last_at);

-- +goose Down
DROP TABLE legacy_uses; ALTER TABLE sites DROP COLUMN trusted_until; DROP TABLE alarm_notes; DROP TABLE alarms;
