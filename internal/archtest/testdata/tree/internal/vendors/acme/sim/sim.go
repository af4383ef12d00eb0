package sim

import (
	"bellwether/internal/phone"
	"bellwether/internal/vendors/acme" // want "a persona is an independent reading of the manuals"
)
