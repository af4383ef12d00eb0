-- +goose Up
-- names of the data model that phones of a model and firmware refuse to tell: they are
-- not asked again until the firmware changes. Each tenant has its own, since what is
-- written here is what its phones said (domain/manager)
CREATE TABLE refused_names (
  tenant_id text NOT NULL, vendor text NOT NULL, model text NOT NULL, firmware text NOT NULL, name text NOT NULL,
  code bigint NOT NULL, reason text NOT NULL, at bigint NOT NULL,
  PRIMARY KEY (tenant_id, vendor, model, firmware, name)
);
CREATE INDEX refused_names_age ON refused_names (tenant_id, at);

-- +goose Down
DROP TABLE refused_names;
