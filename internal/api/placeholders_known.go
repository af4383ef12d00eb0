package api

import (
	"context"
	"net/http"

	"bellwether/internal/domain/access"
	"bellwether/internal/domain/placeholder"
)

// KnownPlaceholder is a placeholder that a maker's own phone manager has.
type KnownPlaceholder struct {
	Vendor  string              `json:"vendor"`
	Level   string              `json:"level" enum:"system,model" doc:"on which it is given"`
	Name    string              `json:"name" doc:"without %ITCS_ and %"`
	Help    string              `json:"help"`
	Default string              `json:"default" doc:"what it stands for until somebody says otherwise; empty: nothing"`
	Options []PlaceholderOption `json:"options" doc:"its values, where there are but a few"`
	Given   []Placeholder       `json:"given" doc:"what the organization says on that level"`
	Shown   bool                `json:"shown" doc:"false while another one makes it useless"`
	Used    bool                `json:"used" doc:"false: nothing in the organization holds it, so a value changes no phone"`
}

// PlaceholderOption is a value with its label.
type PlaceholderOption struct {
	Value string `json:"value"`
	Label string `json:"label"`
}

func (a *API) knownPlaceholders() {
	register(a, op(http.MethodGet, "/orgs/{org}/placeholders/known", "list-known-placeholders", "The placeholders of the makers' own phone managers, with their defaults and what the organization says"), func(ctx context.Context, in *OrgRef) (*List[KnownPlaceholder], error) {
		ctx, o, err := a.in(ctx, in.Org, access.TemplateRead)
		if err != nil {
			return nil, err
		}
		all, err := a.Holders.Known(ctx, o.ID)
		if err != nil {
			return nil, err
		}
		used, err := a.Templates.Held(ctx, o.ID)
		if err != nil {
			return nil, err
		}
		return whole(all, func(k placeholder.Known) KnownPlaceholder {
			out := KnownPlaceholder{Vendor: k.Vendor, Level: string(k.Level), Name: k.Name, Help: k.Help, Default: k.Default, Options: []PlaceholderOption{}, Given: []Placeholder{}, Shown: k.Shown, Used: used[k.Name]}
			for _, o := range k.Options {
				out.Options = append(out.Options, PlaceholderOption{o.Value, o.Label})
			}
			for _, p := range k.Given {
				out.Given = append(out.Given, placeholderOf(nil)(p))
			}
			return out
		}), nil
	})
}
