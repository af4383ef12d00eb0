package adoption

import "bellwether/internal/domain/device"

// Misses is why a cleaned match does not mean a stranger.
func (m Match) Misses(u device.Unclaimed) string { return m.misses(u) }

// Clean brings a match into its one form.
func (m Match) Clean() (Match, error) { return m.clean() }
