-- +goose Up
-- How a phone says that it stands with its SIP server, and when somebody last came
-- under its name who proved nothing: the latter says nothing else of it.
ALTER TABLE twins ADD COLUMN status text NOT NULL DEFAULT '';
ALTER TABLE twins ADD COLUMN status_at bigint NOT NULL DEFAULT 0;
ALTER TABLE twins ADD COLUMN glimpsed_at bigint NOT NULL DEFAULT 0;

-- +goose Down
ALTER TABLE twins DROP COLUMN glimpsed_at;
ALTER TABLE twins DROP COLUMN status_at;
ALTER TABLE twins DROP COLUMN status;
