package param

import "bellwether/internal/vendors" // want "param stands below the vendors' contract"
