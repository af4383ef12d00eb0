-- +goose Up
-- What a device's next revision is written for: the renderer's epoch, and the
-- firmware that it was last known to run when something was moved.
ALTER TABLE device_states ADD COLUMN epoch bigint NOT NULL DEFAULT 1;
ALTER TABLE device_states ADD COLUMN firmware text NOT NULL DEFAULT '';
-- The firmware as the device last told it, beside the hot half: plans need it.
ALTER TABLE devices ADD COLUMN told_firmware text NOT NULL DEFAULT '';

-- +goose Down
ALTER TABLE devices DROP COLUMN told_firmware;
ALTER TABLE device_states DROP COLUMN firmware;
ALTER TABLE device_states DROP COLUMN epoch;
