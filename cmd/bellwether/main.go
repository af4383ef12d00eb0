// Command bellwether provisions, manages and watches over fleets of IP phones.
package main

import (
	"os"

	"bellwether/internal/cli"
)

// version is set when the program is linked.
var version = "dev"

func main() { os.Exit(cli.Main(version)) }
