package db

import "bellwether/internal/domain/org" // want "plumbing knows no noun"
