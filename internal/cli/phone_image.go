package cli

import (
	"crypto/rand"
	"os"

	"bellwether/internal/phone"
	"bellwether/internal/platform/fault"
	"bellwether/internal/platform/limit"
)

type phoneImageCmd struct {
	File        string   `arg:"" help:"Where it is written; ghp610fw.bin is what the virtual hotel phones ask for."`
	Model       []string `required:"" help:"It is for. May be repeated."`
	FileVersion string   `required:"" help:"To which a phone moves that takes it: 1.0.1.60."`
	Bytes       int      `default:"1000000" help:"How many it is filled with."`
}

// Run writes firmware for virtual phones. No real phone takes it.
func (c *phoneImageCmd) Run(s *session) error {
	if c.Bytes < 0 || c.Bytes > limit.FirmwareBytes/2 {
		return wrongUse("--bytes: 0 to %d", limit.FirmwareBytes/2)
	}
	i := phone.Image{Models: c.Model, Version: c.FileVersion, Payload: make([]byte, c.Bytes)}
	_, _ = rand.Read(i.Payload)                                     // it never fails
	if err := os.WriteFile(c.File, i.Encode(), 0o644); err != nil { //nolint:gosec // it is for anybody
		return fault.Wrap(fault.Invalid, err, "write the image")
	}
	s.print("%s: firmware %s of virtual phones, which no real phone takes\n", c.File, c.FileVersion)
	return nil
}
