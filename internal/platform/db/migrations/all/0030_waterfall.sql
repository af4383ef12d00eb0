-- +goose Up
-- what a request asked for and what it showed, for the way of a phone (domain/provision)
ALTER TABLE requests ADD COLUMN kind text NOT NULL DEFAULT '';
ALTER TABLE requests ADD COLUMN shown text NOT NULL DEFAULT '';

-- +goose Down
ALTER TABLE requests DROP COLUMN shown;
ALTER TABLE requests DROP COLUMN kind;
