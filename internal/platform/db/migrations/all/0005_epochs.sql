-- +goose Up
-- The renderer epoch that a device's next revision is written in.
ALTER TABLE device_states ADD COLUMN epoch BIGINT NOT NULL DEFAULT 1;
