package api

import (
	"bellwether/internal/domain/device"
	"bellwether/internal/platform/jobs" // want "the API decodes, calls a service and encodes"
	"bellwether/internal/vendors/acme"  // want "the API decodes, calls a service and encodes"
	"github.com/danielgtaylor/huma/v2"
)
