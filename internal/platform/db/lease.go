package db

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"bellwether/internal/platform/clock"
)

// Lease takes or renews the lease name for holder until ttl from now. It reports
// false where another holder's lease still runs. The fence grows with each
// change of holder; whoever writes under a lease writes its fence too.
func (d *DB) Lease(ctx context.Context, name, holder string, ttl time.Duration) (fence int64, ok bool, err error) {
	now := d.Now()
	err = d.Write(ctx, func(tx *Tx) error {
		return tx.NewRaw(`INSERT INTO leases (name, holder, fence, expires_at) VALUES (?, ?, 1, ?)
			ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, expires_at = excluded.expires_at,
			fence = CASE WHEN leases.holder = excluded.holder AND leases.expires_at > ? THEN leases.fence ELSE leases.fence + 1 END
			WHERE leases.expires_at <= ? OR leases.holder = excluded.holder
			RETURNING fence`,
			name, holder, clock.Millis(now.Add(ttl)), clock.Millis(now), clock.Millis(now)).Scan(ctx, &fence)
	})
	if errors.Is(err, sql.ErrNoRows) {
		return 0, false, nil
	}
	return fence, err == nil, err
}

// ReleaseLease ends holder's lease name; another's is left alone.
func (d *DB) ReleaseLease(ctx context.Context, name, holder string) error {
	return d.Write(ctx, func(tx *Tx) error {
		_, err := tx.NewRaw(`UPDATE leases SET expires_at = 0 WHERE name = ? AND holder = ?`, name, holder).Exec(ctx)
		return err
	})
}
