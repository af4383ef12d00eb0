package cli

import (
	"context"
	"runtime"
)

type versionCmd struct {
	JSON bool `help:"For machines."`
}

// Run prints the version.
func (c *versionCmd) Run(_ context.Context, s *session) error {
	if c.JSON {
		return s.printJSON(map[string]string{"version": s.version, "go": runtime.Version(), "os": runtime.GOOS, "arch": runtime.GOARCH})
	}
	s.print("bellwether %s (%s, %s/%s)", s.version, runtime.Version(), runtime.GOOS, runtime.GOARCH)
	return nil
}
