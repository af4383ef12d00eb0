-- +goose Up
-- why a phone did not get what it asked for, each reason with its code (domain/provision)
ALTER TABLE requests ADD COLUMN codes text NOT NULL DEFAULT '';
ALTER TABLE requests ADD COLUMN findings text NOT NULL DEFAULT '[]';
CREATE INDEX requests_address ON requests (address, last_at);
CREATE INDEX requests_mac ON requests (mac, last_at);

-- +goose Down
DROP INDEX requests_mac; DROP INDEX requests_address;
ALTER TABLE requests DROP COLUMN findings;
ALTER TABLE requests DROP COLUMN codes;
