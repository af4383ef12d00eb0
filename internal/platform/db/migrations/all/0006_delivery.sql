-- +goose Up
-- the type of SIP server that a model template is for, and whether its values go
-- into a file that phones share (domain/template)
ALTER TABLE sources ADD COLUMN server text NOT NULL DEFAULT '';
ALTER TABLE sources ADD COLUMN include integer NOT NULL DEFAULT 0;
ALTER TABLE source_versions ADD COLUMN include integer NOT NULL DEFAULT 0;

-- the secret that opens configuration files on the phone, as of its last delivery
-- (domain/revision)
ALTER TABLE device_states ADD COLUMN file_password text NOT NULL DEFAULT '';

-- +goose Down
ALTER TABLE device_states DROP COLUMN file_password;
ALTER TABLE source_versions DROP COLUMN include;
ALTER TABLE sources DROP COLUMN include;
ALTER TABLE sources DROP COLUMN server;
