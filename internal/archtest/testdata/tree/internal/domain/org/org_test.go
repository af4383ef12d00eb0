package org

import (
	"os/exec"
	"time"

	"bellwether/internal/domain/device" // want "internal/domain/org may not import internal/domain/device"
	"bellwether/internal/platform/db/dbtest"
	"bellwether/internal/vendors/acme"
)

var state = time.Now()
