package db

import "context"

// Rehome gives a device's rows of some tables to another organization of its
// tenant. Each table has the columns device_id and org_id.
func Rehome(ctx context.Context, tx *Tx, deviceID, orgID string, tables ...string) error {
	for _, table := range tables {
		if _, err := tx.NewUpdate().Table(table).Set("org_id = ?", orgID).Where("device_id = ?", deviceID).Exec(ctx); err != nil {
			return err
		}
	}
	return nil
}
