package command_test

import (
	"context"
	"testing"
	"time"

	"bellwether/internal/domain/command"
	"bellwether/internal/platform/db"
)

// TestService_Next_house: what the house itself asks a phone holds up nothing that an
// operator asks: not before its time, and not where the channel cannot carry it.
func TestService_Next_house(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, ctx context.Context, h *house) {
		d := h.device(t, ctx, "02005e005301")
		var asked command.Command
		ok(t, h.db.Write(ctx, func(tx *db.Tx) (err error) {
			asked, err = h.commands.Enqueue(ctx, tx, d, command.Order{Kind: command.GetValues, Args: command.Args{For: command.ForReadBack}, NotBefore: h.clock.Now().Add(time.Minute)})
			return err
		}))
		for _, carries := range []func(command.Kind) bool{
			func(command.Kind) bool { return true },                  // its time has not come
			func(k command.Kind) bool { return k == command.Reboot }, // it cannot be carried
		} {
			boot, err := h.commands.Ask(ctx, d, command.Order{Kind: command.Reboot})
			ok(t, err)
			got, found, err := h.commands.Next(ctx, d.ID, "test", carries)
			ok(t, err)
			if !found || got.ID != boot.ID {
				t.Fatalf("handed out: %v %s, not the restart", found, got.Kind)
			}
			ok(t, h.db.Write(ctx, func(tx *db.Tx) error {
				return h.commands.Answer(ctx, tx, boot.ID, command.Outcome{State: command.Confirmed})
			}))
			h.clock.Advance(2 * time.Minute)
		}
		got, found, err := h.commands.Next(ctx, d.ID, "test", func(command.Kind) bool { return true })
		ok(t, err)
		if !found || got.ID != asked.ID {
			t.Errorf("handed out last: %v %s", found, got.Kind)
		}
	})
}
