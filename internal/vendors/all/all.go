// Package all lists the vendors that the program knows. A new vendor adds one
// line here, and one in allsim.
package all

import (
	"fmt"

	"bellwether/internal/vendors"
	"bellwether/internal/vendors/audiocodes"
	"bellwether/internal/vendors/grandstream"
)

// New loads every vendor. It fails where an embedded catalog is broken.
func New() (*vendors.Set, error) {
	gs, err := grandstream.New()
	if err != nil {
		return nil, fmt.Errorf("load vendors: %w", err)
	}
	ac, err := audiocodes.New()
	if err != nil {
		return nil, fmt.Errorf("load vendors: %w", err)
	}
	return vendors.NewSet(
		gs,
		ac,
	)
}
