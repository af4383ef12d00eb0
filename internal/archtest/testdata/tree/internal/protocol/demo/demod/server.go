package demod

import (
	"bellwether/internal/api" // want "internal/protocol/demo/demod may not import internal/api"
	"bellwether/internal/domain/provision"
	"bellwether/internal/platform/db" // want "internal/protocol/demo/demod may not import internal/platform/db"
	"bellwether/internal/protocol/demo"
	"bellwether/internal/protocol/other/otherd" // want "other endpoints are reached through app"
)
