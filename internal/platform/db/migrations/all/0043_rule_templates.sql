-- +goose Up
-- the template that a rule names (domain/adoption)
ALTER TABLE adoption_rules ADD COLUMN template_id text NOT NULL DEFAULT '';
-- the template that a new device was promised for its first configuration (domain/revision)
ALTER TABLE device_states ADD COLUMN promised text NOT NULL DEFAULT '';

-- +goose Down
ALTER TABLE device_states DROP COLUMN promised;
ALTER TABLE adoption_rules DROP COLUMN template_id;
