package device

import "bellwether/internal/platform/secret"

func show(s secret.String) string {
	return s.Reveal() // want "internal/domain/device may not call Reveal of a secret"
}
