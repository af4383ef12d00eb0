package api

import (
	"bytes"
	"context"
	"net/http"
	"strconv"
	"strings"
	"time"

	"bellwether/internal/domain/access"
	"bellwether/internal/domain/param"
	"bellwether/internal/domain/revision"
	"bellwether/internal/domain/template"
)

// Config is a device's effective configuration with the reason of every value.
type Config struct {
	DeviceID        string       `json:"device_id"`
	Revision        string       `json:"revision" doc:"the published one, empty before first contact"`
	Epoch           int          `json:"epoch"`
	Dialect         string       `json:"dialect"`
	Items           []ConfigItem `json:"items"`
	Overrides       []Item       `json:"overrides_draft" doc:"the device's own values as last saved; they reach it by a push"`
	OverrideVersion int64        `json:"overrides_version"`
	Problem         string       `json:"problem"`
}

// ConfigItem is one value and why the device has it.
type ConfigItem struct {
	Key           string     `json:"key"`
	Label         string     `json:"label"`
	Value         string     `json:"value" doc:"a secret shows as its version"`
	Layer         string     `json:"layer" enum:"default,redirection_left,redirection,model,site,group,config_file,override,line"`
	Source        string     `json:"source"`
	SourceID      string     `json:"source_id"`
	SourceVersion int        `json:"source_version"`
	Author        string     `json:"author"`
	At            *time.Time `json:"at"`
	Shadowed      []Shadowed `json:"shadowed" doc:"weaker layers' values, strongest first"`
	DeliveredAs   string     `json:"delivered_as" doc:"name in the device's dialect"`
	Undeliverable bool       `json:"undeliverable"`
	Why           string     `json:"why" doc:"why it is undeliverable, or what else is to be said of it"`
	State         string     `json:"state" enum:"set,reset,residue"`
	Secret        bool       `json:"secret"`
	Reported      *string    `json:"reported" doc:"what the phone said that it holds; null until it told it"`
	Parameter
}

// Shadowed is a weaker layer's word on a key.
type Shadowed struct {
	Layer         string     `json:"layer"`
	Source        string     `json:"source"`
	SourceVersion int        `json:"source_version"`
	Value         string     `json:"value"`
	Author        string     `json:"author"`
	At            *time.Time `json:"at"`
}

// Item is one value of a template or of a device's overrides.
type Item struct {
	Key    string `json:"key" maxLength:"128"`
	Value  string `json:"value" maxLength:"65536" doc:"a secret comes back as ***; sending *** leaves it as it is"`
	Secret bool   `json:"secret,omitempty" readOnly:"true"`
	// Private is of a template's value alone.
	Private *bool      `json:"private,omitempty" doc:"in include mode it stays out of the shared file; absent: as it was"`
	Author  string     `json:"author,omitempty" readOnly:"true"`
	At      *time.Time `json:"at,omitempty" readOnly:"true"`
}

func itemOf(it template.Item) Item {
	out := Item{Key: string(it.Key), Value: it.Value, Author: it.Author, At: optional(it.At)}
	if it.Private {
		out.Private = &it.Private
	}
	if it.Secret != "" {
		out.Value, out.Secret = "***", true
	}
	return out
}

func itemsOf(items []template.Item) []Item {
	out := make([]Item, len(items))
	for i, it := range items {
		out[i] = itemOf(it)
	}
	return out
}

func itemsFrom(items []Item) []template.Item {
	out := make([]template.Item, len(items))
	for i, it := range items {
		out[i] = template.Item{Key: param.Key(it.Key), Value: it.Value, Unsaid: it.Private == nil}
		out[i].Private = it.Private != nil && *it.Private
	}
	return out
}

func configItem(cat *param.Catalog, on param.Target, v revision.Value) ConfigItem {
	out := ConfigItem{Key: string(v.Key), Value: v.Shown(), Layer: string(v.Layer), Source: v.Source, SourceID: v.SourceID, SourceVersion: v.SourceVersion, Author: v.Author,
		At: optional(v.At), Shadowed: []Shadowed{}, DeliveredAs: v.Name, Undeliverable: v.Undeliverable, Why: v.Why, State: string(v.State), Secret: v.Secret != ""}
	if v.State == revision.Residue {
		out.Value = v.Kept
		if v.Layer != revision.Left {
			out.Layer = string(revision.Default)
		}
	}
	for _, s := range v.Shadowed {
		out.Shadowed = append(out.Shadowed, Shadowed{string(s.Layer), s.Source, s.SourceVersion, s.Shown(), s.Author, optional(s.At)})
	}
	out.Label = string(v.Key)
	if v.Key == revision.IncludeKey {
		out.Label = revision.IncludeLabel
	}
	if p, n, ok := cat.On(v.Key, on); ok {
		out.Label, out.Parameter = p.Label, parameterOf(p)
		out.Secret = out.Secret || p.IsSecret()
		if n > 0 {
			out.Section = strings.ReplaceAll(out.Section, "{n}", strconv.Itoa(n))
			out.Page = strings.ReplaceAll(out.Page, "{n}", strconv.Itoa(n))
		}
	}
	return out
}

func (a *API) config() {
	register(a, op(http.MethodGet, "/orgs/{org}/devices/{device}/config", "get-config", "The effective configuration, and why each value is as it is"), func(ctx context.Context, in *DeviceRef) (*Plain[Config], error) {
		ctx, d, err := a.device(ctx, in, access.DeviceRead)
		if err != nil {
			return nil, err
		}
		cat, target, err := a.Revisions.Catalog(ctx, d)
		if err != nil {
			return nil, err
		}
		over, err := a.Templates.Overrides(ctx, d)
		if err != nil {
			return nil, err
		}
		out := Config{DeviceID: d.ID, Dialect: target.Dialect, Items: []ConfigItem{}, Overrides: itemsOf(over.Draft), OverrideVersion: over.Version}
		if v, ok := a.Vendors.Get(d.Vendor); ok {
			out.Epoch = a.Vendors.Epoch(v)
		}
		eff, st, err := a.Revisions.Explain(ctx, d)
		out.Revision, out.Problem = st.Desired, st.Problem
		if err != nil {
			out.Problem = a.problem(ctx, err).Error()
		}
		told, err := a.Manager.Told(ctx, d)
		if err != nil {
			return nil, err
		}
		for _, v := range eff.Values {
			item := configItem(cat, target, v)
			if t, ok := told[v.Key]; ok && !item.Secret {
				item.Reported = &t
			}
			out.Items = append(out.Items, item)
		}
		return plain(out), nil
	})
	register(a, op(http.MethodGet, "/orgs/{org}/devices/{device}/config/rendered", "get-rendered", "The file that the phone gets, with its secrets blanked"), func(ctx context.Context, in *struct {
		DeviceRef
		Format string `query:"format" maxLength:"16" enum:"native" doc:"native: the vendor's own file"`
		Shared bool   `query:"shared" doc:"the file that it shares with others and pulls in, where its template has it so"`
	}) (*Rendered, error) {
		ctx, d, err := a.device(ctx, &in.DeviceRef, access.DeviceRead)
		if err != nil {
			return nil, err
		}
		preview := a.Previews.Preview
		if in.Shared {
			preview = a.Previews.PreviewShared
		}
		b, err := preview(ctx, d)
		kind := "text/plain; charset=utf-8"
		if bytes.HasPrefix(b, []byte("<")) {
			kind = "text/xml; charset=utf-8"
		}
		return &Rendered{ContentType: kind, Body: b}, err
	})
	a.revisions()
	a.overrides()
	a.ownValues()
}

// Rendered is a file.
type Rendered struct {
	ContentType string `header:"Content-Type"`
	Body        []byte
}
