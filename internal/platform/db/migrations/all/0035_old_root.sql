-- +goose Up
-- a second root, by RSA, for phones that check no other signature (platform/pki)
ALTER TABLE pki_roots ADD COLUMN kind text NOT NULL DEFAULT 'ecdsa';
DROP INDEX pki_roots_live;
CREATE UNIQUE INDEX pki_roots_live ON pki_roots (kind, state) WHERE state <> 'retired';

-- +goose Down
DELETE FROM pki_roots WHERE kind <> 'ecdsa';
DROP INDEX pki_roots_live;
CREATE UNIQUE INDEX pki_roots_live ON pki_roots (state) WHERE state <> 'retired';
ALTER TABLE pki_roots DROP COLUMN kind;
