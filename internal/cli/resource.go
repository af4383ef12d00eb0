package cli

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"text/tabwriter"

	"bellwether/internal/app"
	"bellwether/internal/domain/org"
	"bellwether/internal/domain/resource"
	"bellwether/internal/platform/fault"
	"bellwether/internal/platform/limit"
	"bellwether/internal/platform/page"
)

type firmwareCmd struct {
	List   firmwareList   `cmd:"" help:"List an organization's firmware images. Works while the server runs, as does the other."`
	Upload firmwareUpload `cmd:"" help:"Store a firmware image. Phones that ask for its name get it from then on."`
}

type resourceCmd struct {
	List   resourceList   `cmd:"" help:"List an organization's ringtones, wallpapers, phonebooks and language packs. Works while the server runs, as does the other."`
	Upload resourceUpload `cmd:"" help:"Store a ringtone, a wallpaper, a phonebook or a language pack."`
}

// ofFile is what both kinds of upload are told.
type ofFile struct {
	inOrg
	File        string   `arg:"" help:"The file." type:"existingfile"`
	Vendor      string   `help:"May be left out where a model is named."`
	Model       []string `help:"It is for; without one for every model of the vendor. May be repeated."`
	Name        []string `help:"By which phones ask for it; without one the usual names. May be repeated."`
	Description string   `help:"A note."`
	Hold        bool     `help:"Store it only: no phone gets it yet."`
}

type firmwareUpload struct {
	ofFile
	FileVersion string `help:"1.0.1.54; without it the one in the file's name."`
	Anyone      bool   `help:"A party that proves nothing gets it too, as a phone in recovery."`
}

// Run stores the image.
func (c *firmwareUpload) Run(ctx context.Context, s *session) error {
	in := c.input(resource.Firmware)
	in.FileVersion, in.Anyone = &c.FileVersion, &c.Anyone
	return c.store(ctx, s, in)
}

type resourceUpload struct {
	ofFile
	Kind string `required:"" enum:"ringtone,wallpaper,phonebook,language" help:"ringtone, wallpaper, phonebook or language."`
}

// Run stores the file.
func (c *resourceUpload) Run(ctx context.Context, s *session) error {
	return c.store(ctx, s, c.input(resource.Kind(c.Kind)))
}

func (c *ofFile) input(k resource.Kind) resource.Input {
	served := !c.Hold
	in := resource.Input{Kind: k, Name: filepath.Base(c.File), Vendor: c.Vendor, Description: &c.Description, Served: &served}
	if len(c.Model) > 0 {
		in.Models = &c.Model
	}
	if len(c.Name) > 0 {
		in.Names = &c.Name
	}
	return in
}

func (c *ofFile) store(ctx context.Context, s *session, in resource.Input) error {
	f, err := os.Open(c.File)
	if err != nil {
		return fault.Wrap(fault.NotFound, err, "read the file")
	}
	defer f.Close()
	return c.enter(ctx, s, func(ctx context.Context, a *app.App, o org.Org) error {
		t, err := a.Resources.Take(ctx, o, f, in.Kind.MaxBytes())
		if err != nil {
			return err
		}
		r, err := a.Resources.Create(ctx, o, in, t)
		if err != nil {
			return err
		}
		if c.JSON {
			return s.printJSON(listedFileOf(r))
		}
		s.print("%s: %d bytes, %s; phones ask for %s", r.Name, r.Size, r.Hash[:12], strings.Join(r.Names, ", "))
		return nil
	})
}

type (
	firmwareList struct{ inOrg }
	resourceList struct{ inOrg }
)

// listedFile is a stored file in a list for machines.
type listedFile struct {
	ID          string   `json:"id"`
	Kind        string   `json:"kind"`
	Name        string   `json:"name"`
	Vendor      string   `json:"vendor"`
	Models      []string `json:"models"`
	FileVersion string   `json:"file_version"`
	Names       []string `json:"names"`
	Hash        string   `json:"hash"`
	Size        int64    `json:"size"`
	Served      bool     `json:"served"`
	Anyone      bool     `json:"anyone"`
}

func listedFileOf(r resource.Resource) listedFile {
	return listedFile{r.ID, string(r.Kind), r.Name, r.Vendor, append([]string{}, r.Models...), r.FileVersion, r.Names, string(r.Hash), r.Size, r.Served, r.Anyone}
}

// Run lists all images.
func (c *firmwareList) Run(ctx context.Context, s *session) error {
	return c.list(ctx, s, []resource.Kind{resource.Firmware})
}

// Run lists all other files.
func (c *resourceList) Run(ctx context.Context, s *session) error {
	return c.list(ctx, s, resource.Kinds())
}

func (c inOrg) list(ctx context.Context, s *session, kinds []resource.Kind) error {
	return c.enter(ctx, s, func(ctx context.Context, a *app.App, o org.Org) error {
		list := []listedFile{}
		f := resource.Filter{OrgID: o.ID, Kinds: kinds}
		f.Page = page.Page{Limit: limit.ListMax}
		for more := true; more; more = f.Cursor != "" {
			part, err := a.Resources.List(ctx, f)
			if err != nil {
				return err
			}
			for _, r := range part.Items {
				list = append(list, listedFileOf(r))
			}
			f.Cursor = part.Next
		}
		if c.JSON {
			return s.printJSON(list)
		}
		w := tabwriter.NewWriter(s.out, 0, 0, 2, ' ', 0)
		_, _ = fmt.Fprintln(w, "FILE\tKIND\tVERSION\tMODELS\tBYTES\tPHONES ASK FOR\tGIVEN TO")
		for _, l := range list {
			_, _ = fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%d\t%s\t%s\n", l.Name, l.Kind, l.FileVersion, strings.Join(l.Models, ","), l.Size, strings.Join(l.Names, ","), givenTo(l))
		}
		return w.Flush()
	})
}

func givenTo(l listedFile) string {
	switch {
	case !l.Served:
		return "nobody"
	case l.Anyone:
		return "anyone"
	}
	return "its phones"
}
