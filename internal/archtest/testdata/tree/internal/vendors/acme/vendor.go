package acme

import (
	"bellwether/internal/domain/device" // want "a vendor is pure"
	"bellwether/internal/vendors"
	"bellwether/internal/vendors/zenith" // want "a vendor is pure"
)
