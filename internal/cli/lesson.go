package cli

import (
	"context"
	"path/filepath"

	"bellwether/internal/app"
	"bellwether/internal/domain/lesson"
	"bellwether/internal/domain/org"
)

type lessonCmd struct {
	Learn lessonLearn `cmd:"" help:"Learn settings from a phone's own export, a maker's template or a list of names. Works while the server runs; changes no phone."`
}

type lessonLearn struct {
	inOrg
	File     string `arg:"" help:"The file."`
	Model    string `required:"" help:"Whose file it is: GRP2614."`
	Firmware string `help:"The firmware that the file is of: 1.0.9.103."`
	Factory  bool   `help:"The phone was fresh from the box, so its values are defaults."`
}

// learned is what a lesson added, for machines.
type learned struct {
	ID          string `json:"id"`
	Names       int    `json:"names"`
	NewKeys     int    `json:"new_keys"`
	NewNames    int    `json:"new_names"`
	NewDefaults int    `json:"new_defaults"`
}

// Run adds what the file tells to the catalogs of the organization's tenant.
func (c *lessonLearn) Run(ctx context.Context, s *session) error {
	data, err := readFile(c.File)
	if err != nil {
		return err
	}
	return c.enter(ctx, s, func(ctx context.Context, a *app.App, o org.Org) error {
		l, err := a.Lessons.Learn(ctx, org.Tenant{ID: o.TenantID}, lesson.Input{Name: filepath.Base(c.File), Data: data, Model: c.Model, Firmware: c.Firmware, Factory: c.Factory})
		if err != nil {
			return err
		}
		if c.JSON {
			return s.printJSON(learned{l.ID, l.Names, l.NewKeys, l.NewNames, l.NewDefaults})
		}
		s.print("%s: %d settings named; new to %s: %d names (%d settings that no catalog had) and %d defaults", l.Name, l.Names, l.Model, l.NewNames, l.NewKeys, l.NewDefaults)
		return nil
	})
}
