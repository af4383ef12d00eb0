-- +goose Up
-- what a phone says of its alarm besides: the kind of event and the probable cause by
-- ITU-T X.733 in its maker's words, and what else it told (domain/alarm)
ALTER TABLE alarms ADD COLUMN event_type text NOT NULL DEFAULT '';
ALTER TABLE alarms ADD COLUMN probable_cause text NOT NULL DEFAULT '';
ALTER TABLE alarms ADD COLUMN info text NOT NULL DEFAULT '';

-- +goose Down
ALTER TABLE alarms DROP COLUMN info;
ALTER TABLE alarms DROP COLUMN probable_cause;
ALTER TABLE alarms DROP COLUMN event_type;
