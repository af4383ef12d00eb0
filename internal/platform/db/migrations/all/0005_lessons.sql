-- +goose Up
-- what a tenant learned from files of phones and their makers (domain/lesson)
CREATE TABLE lessons (
  id text PRIMARY KEY, tenant_id text NOT NULL REFERENCES tenants(id), name text NOT NULL, vendor text NOT NULL, model text NOT NULL, firmware text NOT NULL,
  factory integer NOT NULL, author text NOT NULL, at bigint NOT NULL, defaults integer NOT NULL, content text NOT NULL
);
CREATE INDEX lessons_tenant ON lessons (tenant_id, id);

-- +goose Down
DROP TABLE lessons;
