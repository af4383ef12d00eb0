-- +goose Up
-- which of a site's subnets are trusted until trusted_until, with spaces between (domain/org)
ALTER TABLE sites ADD COLUMN trusted_nets text NOT NULL DEFAULT '';

-- +goose Down
ALTER TABLE sites DROP COLUMN trusted_nets;
