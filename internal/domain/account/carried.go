package account

import (
	"context"

	"bellwether/internal/platform/db"
)

// CarriedIn lists the ids of the devices of the scope whose lines carry an
// account, inside a transaction; NotFound for an unknown account.
func (s *Service) CarriedIn(ctx context.Context, q db.Q, id string) ([]string, error) {
	a, err := findAccount(ctx, q, id)
	return a.Devices, err
}

// ServedIn lists the ids of the devices of the scope with an account of a SIP
// server on a line, inside a transaction; NotFound for an unknown server.
func (s *Service) ServedIn(ctx context.Context, q db.Q, serverID string) ([]string, error) {
	if _, err := findServer(ctx, q, serverID); err != nil {
		return nil, err
	}
	return servedBy(ctx, q, serverID)
}

// Served is ServedIn in a transaction of its own.
func (s *Service) Served(ctx context.Context, serverID string) (ids []string, err error) {
	err = s.db.Read(ctx, func(q db.Q) error {
		ids, err = s.ServedIn(ctx, q, serverID)
		return err
	})
	return ids, err
}

// ByUserIn returns the account of a user at a SIP server of an organization, or
// NotFound.
func (s *Service) ByUserIn(ctx context.Context, q db.Q, orgID, serverID, userID string) (Account, error) {
	var r accountRow
	if err := db.One(ctx, selectAccounts(ctx, q, &r).Where("a.org_id = ? AND a.server_id = ? AND a.user_id = ?", orgID, serverID, userID), "account"); err != nil {
		return Account{}, err
	}
	return r.account(), nil
}

// ServerAtIn returns the SIP server of an organization that has an address, in any case,
// or NotFound.
func (s *Service) ServerAtIn(ctx context.Context, q db.Q, orgID, address string) (Server, error) {
	return serverAt(ctx, q, orgID, address)
}
