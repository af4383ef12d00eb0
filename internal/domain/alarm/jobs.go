package alarm

import (
	"context"
	"encoding/json"
	"fmt"

	"bellwether/internal/platform/db"
	"bellwether/internal/platform/limit"
	"bellwether/internal/platform/scope"
)

// The jobs: one ends masks whose time has come, each minute; the other drops
// history, each hour.
const (
	JobUnmask = "alarm.unmask"
	JobPrune  = "alarm.prune"
)

// chunk is how many rows one transaction of a job touches.
const chunk = 500

// HandleUnmask is JobUnmask's handler.
func (s *Service) HandleUnmask(ctx context.Context, _ json.RawMessage) error {
	ctx = scope.AsSystem(ctx, JobUnmask)
	for {
		var n int
		err := s.db.Write(ctx, func(tx *db.Tx) error {
			due, err := lapsed(ctx, tx, s.db.Now(), chunk)
			n = len(due)
			for i := range due {
				if err != nil {
					break
				}
				a := &due[i]
				a.lapse(s.db.Now())
				a.ChangedAt = s.db.Now()
				s.announce(tx, *a)
				err = save(ctx, tx, *a)
			}
			return err
		})
		if err != nil {
			return fmt.Errorf("end the masks of alarms: %w", err)
		}
		if n < chunk {
			return nil
		}
	}
}

// HandlePrune is JobPrune's handler: history older than limit.AlarmDays and
// beyond limit.AlarmHistory rows goes, and of more than limit.AlarmsOpen open
// alarms of an organization those raised longest ago are cleared.
func (s *Service) HandlePrune(ctx context.Context, _ json.RawMessage) error {
	ctx = scope.AsSystem(ctx, JobPrune)
	if err := s.trimOpen(ctx, limit.AlarmsOpen); err != nil {
		return fmt.Errorf("clear alarms beyond the limit: %w", err)
	}
	if err := s.trimHistory(ctx, limit.AlarmHistory); err != nil {
		return fmt.Errorf("drop the history of alarms: %w", err)
	}
	return nil
}

func (s *Service) trimOpen(ctx context.Context, most int) error {
	for {
		var n int
		err := s.db.Write(ctx, func(tx *db.Tx) error {
			list, err := beyond(ctx, tx, most, chunk)
			n = len(list)
			for i := range list {
				if err == nil {
					err = s.clear(ctx, tx, &list[i], "", "more alarms were open than are kept, and this was raised longest ago")
				}
			}
			return err
		})
		if err != nil || n == 0 {
			return err
		}
	}
}

func (s *Service) trimHistory(ctx context.Context, most int) error {
	before := s.db.Now().AddDate(0, 0, -limit.AlarmDays)
	for {
		var n int
		err := s.db.Write(ctx, func(tx *db.Tx) (err error) {
			n, err = dropOld(ctx, tx, before, most, chunk)
			return err
		})
		if err != nil || n == 0 {
			return err
		}
	}
}
