-- +goose Up
-- what a phone held that was led here through its own web page (domain/onboard)
CREATE TABLE page_kept (
  device_id text PRIMARY KEY, tenant_id text NOT NULL, org_id text NOT NULL REFERENCES orgs(id), mac text NOT NULL,
  address text NOT NULL, port integer NOT NULL, kept_ref text NOT NULL, author text NOT NULL, at bigint NOT NULL, done_at bigint NOT NULL DEFAULT 0
);
-- passwords that were shown to a phone's page and not taken, by MAC and by address
CREATE TABLE page_tries (
  org_id text NOT NULL REFERENCES orgs(id), subject text NOT NULL, tenant_id text NOT NULL, at bigint NOT NULL, PRIMARY KEY (org_id, subject)
);

-- +goose Down
DROP TABLE page_tries; DROP TABLE page_kept;
