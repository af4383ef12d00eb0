package cli

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"text/tabwriter"

	"bellwether/internal/app"
	"bellwether/internal/domain/org"
	"bellwether/internal/domain/template"
	"bellwether/internal/platform/fault"
	"bellwether/internal/platform/limit"
	"bellwether/internal/platform/page"
)

type templateCmd struct {
	List   templateList   `cmd:"" help:"List an organization's templates. Works while the server runs, as do the others."`
	Export templateExport `cmd:"" help:"Write a template to a file or standard output, its secrets blanked."`
	Import templateImport `cmd:"" help:"Make a file a template's draft; a name that is not there yet becomes a new template. Changes no phone."`
}

// inOrg is how the commands about an organization find it.
type inOrg struct {
	where
	Org  string `required:"" help:"Organization: id or slug."`
	JSON bool   `help:"For machines."`
}

// enter opens the program's data and finds the organization.
func (c inOrg) enter(ctx context.Context, s *session, do func(ctx context.Context, a *app.App, o org.Org) error) error {
	return s.with(ctx, c.where, func(ctx context.Context, a *app.App) error {
		o, err := a.Orgs.Org(ctx, c.Org)
		if err != nil {
			return fmt.Errorf("organization %s: %w", c.Org, err)
		}
		return do(ctx, a, o)
	})
}

type templateList struct{ inOrg }

// listedTemplate is a template in a list for machines.
type listedTemplate struct {
	ID      string `json:"id"`
	Name    string `json:"name"`
	Kind    string `json:"kind"`
	Vendor  string `json:"vendor"`
	Model   string `json:"model"`
	Values  int    `json:"values"`
	Latest  int    `json:"latest"`
	Devices int    `json:"devices"`
}

// Run lists all templates, whatever their number.
func (c *templateList) Run(ctx context.Context, s *session) error {
	return c.enter(ctx, s, func(ctx context.Context, a *app.App, o org.Org) error {
		all, err := templates(ctx, a, template.Filter{OrgID: o.ID})
		if err != nil {
			return err
		}
		list := make([]listedTemplate, len(all))
		for i, t := range all {
			list[i] = listedTemplate{t.ID, t.Name, string(t.Kind), t.Vendor, t.Model, len(t.Draft), t.Latest, t.Devices}
		}
		if c.JSON {
			return s.printJSON(list)
		}
		w := tabwriter.NewWriter(s.out, 0, 0, 2, ' ', 0)
		_, _ = fmt.Fprintln(w, "NAME\tKIND\tMODEL\tVALUES\tVERSION\tDEVICES")
		for _, l := range list {
			_, _ = fmt.Fprintf(w, "%s\t%s\t%s\t%d\t%d\t%d\n", l.Name, l.Kind, l.Model, l.Values, l.Latest, l.Devices)
		}
		return w.Flush()
	})
}

// templates lists all that the filter lets through.
func templates(ctx context.Context, a *app.App, f template.Filter) (all []template.Source, err error) {
	f.Page = page.Page{Limit: limit.ListMax}
	for {
		part, err := a.Templates.List(ctx, f)
		if err != nil {
			return nil, err
		}
		all = append(all, part.Items...)
		if f.Cursor = part.Next; f.Cursor == "" {
			return all, nil
		}
	}
}

// findTemplate finds a template by id or by name; kind decides between several of
// one name.
func findTemplate(ctx context.Context, a *app.App, o org.Org, ref, kind string) (template.Source, error) {
	all, err := templates(ctx, a, template.Filter{OrgID: o.ID, Kind: template.Kind(kind)})
	if err != nil {
		return template.Source{}, err
	}
	var found []template.Source
	for _, t := range all {
		if t.ID == ref || strings.EqualFold(t.Name, ref) {
			found = append(found, t)
		}
	}
	switch len(found) {
	case 0:
		return template.Source{}, fault.New(fault.NotFound, "%s has no template %q", o.Name, ref)
	case 1:
		return found[0], nil
	}
	return template.Source{}, wrongUse("there are %d templates %q; name a --kind", len(found), ref)
}

type templateExport struct {
	inOrg
	Template string `arg:"" help:"Its name or id."`
	Kind     string `help:"model, site or group, where several have the name." enum:"model,site,group," default:""`
	Format   string `help:"text: key=value lines; native: the vendor's own file." enum:"text,native" default:"text"`
	Version  int    `help:"Number of a saved version; without it the draft."`
	Model    string `help:"Of a native file, where the template is not for one model."`
	Out      string `help:"File to write; without it standard output." placeholder:"FILE"`
}

// Run writes a template down.
func (c *templateExport) Run(ctx context.Context, s *session) error {
	return c.enter(ctx, s, func(ctx context.Context, a *app.App, o org.Org) error {
		t, err := findTemplate(ctx, a, o, c.Template, c.Kind)
		if err != nil {
			return err
		}
		f, err := a.Templates.Export(ctx, t.ID, c.Version, template.Format(c.Format), c.Model)
		if err != nil {
			return err
		}
		if f.LeftOut > 0 {
			s.say("%d values have no words in this file and were left out", f.LeftOut)
		}
		if c.Out != "" {
			if err := os.WriteFile(c.Out, f.Body, 0o600); err != nil {
				return err
			}
		}
		switch {
		case c.JSON:
			return s.printJSON(map[string]any{"id": t.ID, "name": t.Name, "file": f.Name, "left_out": f.LeftOut, "body": string(f.Body)})
		case c.Out == "":
			_, err = s.out.Write(f.Body)
		}
		return err
	})
}

type templateImport struct {
	inOrg
	File     string `arg:"" help:"File with key=value lines (a key may be an alias or a P-value), or the vendor's own file."`
	Template string `required:"" help:"Name or id of the template."`
	Kind     string `help:"Kind of the template." enum:"model,site,group" default:"model"`
	Vendor   string `help:"Of a new model template for every model of a vendor."`
	Model    string `help:"Of a new model template."`
	Site     string `help:"Of a new site template: the site's id." placeholder:"ID"`
	Save     string `help:"Also save the draft as a version, with this note." placeholder:"NOTE"`
}

// Run takes a file over into a draft. What it tells about the file is the same as
// in the console.
func (c *templateImport) Run(ctx context.Context, s *session) error {
	data, err := readFile(c.File)
	if err != nil {
		return err
	}
	format := template.AsText
	if bytes.HasPrefix(bytes.TrimLeft(data, "\ufeff \t\r\n"), []byte("<")) {
		format = template.AsNative
	}
	return c.enter(ctx, s, func(ctx context.Context, a *app.App, o org.Org) error {
		target, made, err := c.target(ctx, a, o)
		if err != nil {
			return err
		}
		t, warnings, err := a.Templates.Import(ctx, target.ID, format, data, target.Version)
		if err != nil {
			if made { // nothing is left of what did not come to be
				err = errors.Join(err, a.Templates.Delete(ctx, target.ID, target.Version))
			}
			return err
		}
		number := 0
		if c.Save != "" {
			v, err := a.Templates.SaveVersion(ctx, t.ID, c.Save, t.Version)
			if err != nil {
				return err
			}
			number = v.Number
		}
		if c.JSON {
			return s.printJSON(map[string]any{"id": t.ID, "name": t.Name, "values": len(t.Draft), "version": number, "warnings": warnings})
		}
		for _, w := range warnings {
			s.say("%s", w)
		}
		s.print("%s: %d values in the draft%s", t.Name, len(t.Draft), saved(number))
		return nil
	})
}

func saved(number int) string {
	if number == 0 {
		return ""
	}
	return fmt.Sprintf(", saved as version %d", number)
}

// target is the template to write, made where it is not there yet.
func (c *templateImport) target(ctx context.Context, a *app.App, o org.Org) (t template.Source, made bool, err error) {
	t, err = findTemplate(ctx, a, o, c.Template, c.Kind)
	if !fault.Is(err, fault.NotFound) {
		return t, false, err
	}
	in := template.Input{Kind: template.Kind(c.Kind), Name: &c.Template, Vendor: &c.Vendor, Model: &c.Model}
	if c.Site != "" {
		in.SiteID = &c.Site
	}
	t, err = a.Templates.Create(ctx, o, in)
	return t, err == nil, err
}

// readFile reads a file that is to be taken over, within the limit.
func readFile(name string) ([]byte, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, fault.Wrap(fault.NotFound, err, "read the file")
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, limit.ImportBytes+1))
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", name, err)
	}
	if len(data) > limit.ImportBytes {
		return nil, fault.New(fault.Invalid, "%s is larger than %d bytes", name, limit.ImportBytes)
	}
	return data, nil
}
