-- +goose Up
-- each device's key for the addresses by which it tells of events: it is made from
-- what stands in lookup, so the row holds none (domain/identity)
INSERT INTO device_secrets (id, tenant_id, org_id, device_id, kind, lookup, secret_ref, state, created_at)
SELECT d.id || '.r', d.tenant_id, d.org_id, d.id, 'report', 'report ' || substr(replace(d.id, '-', ''), 13), '', 'current', d.created_at FROM devices d;

-- +goose Down
DELETE FROM device_secrets WHERE kind = 'report';
