package cli

import (
	"context"
	"path/filepath"

	"bellwether/internal/app"
	"bellwether/internal/domain/org"
	"bellwether/internal/platform/fault"
)

type configFileCmd struct {
	Upload configFileUpload `cmd:"" help:"Upload config files, each named by its device's MAC: 000b82afd0b0.xml. Works while the server runs; changes no phone."`
}

type configFileUpload struct {
	inOrg
	Files []string `arg:"" name:"file" help:"The files."`
}

// uploaded is what became of one file, for machines.
type uploaded struct {
	File     string   `json:"file"`
	MAC      string   `json:"mac,omitempty"`
	Values   int      `json:"values"`
	Warnings []string `json:"warnings"`
	Error    string   `json:"error,omitempty"`
}

// Run uploads the files one by one. One that is refused does not keep the others
// from being taken, and makes the command fail.
func (c *configFileUpload) Run(ctx context.Context, s *session) error {
	return c.enter(ctx, s, func(ctx context.Context, a *app.App, o org.Org) error {
		list, refused := []uploaded{}, 0
		for _, name := range c.Files {
			u := upload(ctx, a, o, name)
			list = append(list, u)
			switch {
			case u.Error != "":
				refused++
				s.say("%s: %s", name, u.Error)
			case !c.JSON:
				for _, w := range u.Warnings {
					s.say("%s: %s", name, w)
				}
				s.print("%s: %d values for %s", name, u.Values, u.MAC)
			}
		}
		if c.JSON {
			if err := s.printJSON(list); err != nil {
				return err
			}
		}
		if refused > 0 {
			return fault.New(fault.Invalid, "%d of %d files were not taken", refused, len(c.Files))
		}
		return nil
	})
}

func upload(ctx context.Context, a *app.App, o org.Org, name string) uploaded {
	out := uploaded{File: name, Warnings: []string{}}
	data, err := readFile(name)
	if err != nil {
		out.Error = err.Error()
		return out
	}
	up, err := a.Templates.UploadConfigFile(ctx, o, filepath.Base(name), data)
	if err != nil {
		out.Error = err.Error()
		return out
	}
	out.MAC, out.Values, out.Warnings = up.Device.MAC.Colons(), len(up.Version.Items), append(out.Warnings, up.Warnings...)
	return out
}
