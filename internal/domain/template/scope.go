package template

import (
	"context"
	"strings"
	"unicode/utf8"

	"bellwether/internal/platform/fault"
	"bellwether/internal/platform/limit"
)

func checkName(name string) []fault.Field {
	name = strings.TrimSpace(name)
	if n := utf8.RuneCountInString(name); n == 0 || n > limit.Name {
		return []fault.Field{{Path: "name", Message: "1 to 64 characters"}}
	}
	if strings.ContainsFunc(name, func(r rune) bool { return r < ' ' || r == 0x7f }) {
		return []fault.Field{{Path: "name", Message: "control characters are not allowed"}}
	}
	return nil
}

// checkScope checks what a template is for. A site or a group is looked for only
// where the input names one: a template outlives the group that it was made for.
func (s *Service) checkScope(ctx context.Context, src *Source, in Input) ([]fault.Field, error) {
	if wrong := s.checkModel(src); wrong != nil {
		return wrong, nil
	}
	switch src.Kind {
	case Model:
		if src.Vendor == "" {
			return []fault.Field{{Path: "vendor", Message: "a model template needs a vendor or a model"}}, nil
		}
		return s.checkAuto(ctx, src, in)
	case Site:
		if in.SiteID == nil && src.SiteID != "" {
			return nil, nil
		}
		return s.checkSite(ctx, src, "site_id", src.SiteID)
	case Group:
		if in.GroupID == nil || src.GroupID == "" {
			return nil, nil // without a group it is for whomever it is pushed to
		}
		g, err := s.groups.Get(ctx, src.GroupID)
		if fault.Is(err, fault.NotFound) || err == nil && g.OrgID != src.OrgID {
			return []fault.Field{{Path: "group_id", Message: "there is no such group in this organization"}}, nil
		}
		return nil, err
	case Override, ConfigFile:
		return nil, nil
	}
	return []fault.Field{{Path: "kind", Message: "model, site or group"}}, nil
}

// checkModel checks vendor and model where they are named, and writes them as
// the catalog does.
func (s *Service) checkModel(src *Source) []fault.Field {
	if src.Model != "" {
		v, m, ok := s.vendors.ByModel(src.Model)
		if !ok {
			return []fault.Field{{Path: "model", Message: "this model is not known"}}
		}
		src.Vendor, src.Model = v.Name(), m.Name
	}
	if _, ok := s.vendors.Get(src.Vendor); !ok && src.Vendor != "" {
		return []fault.Field{{Path: "vendor", Message: "this vendor is not known"}}
	}
	return nil
}

// checkAuto checks where a model template binds itself.
func (s *Service) checkAuto(ctx context.Context, src *Source, in Input) ([]fault.Field, error) {
	switch src.Auto {
	case "":
		src.Auto = AutoAll
	case AutoAll, AutoNone, AutoSites:
	default:
		return []fault.Field{{Path: "auto", Message: "all, sites or none"}}, nil
	}
	if src.Auto != AutoSites {
		src.AutoSites = nil
	}
	if in.AutoSites == nil {
		return nil, nil
	}
	if len(src.AutoSites) > limit.Sites {
		return []fault.Field{{Path: "auto_sites", Message: "too many sites"}}, nil
	}
	for _, id := range src.AutoSites {
		if wrong, err := s.checkSite(ctx, src, "auto_sites", id); wrong != nil || err != nil {
			return wrong, err
		}
	}
	return nil, nil
}

func (s *Service) checkSite(ctx context.Context, src *Source, path, id string) ([]fault.Field, error) {
	site, err := s.orgs.Site(ctx, id)
	if fault.Is(err, fault.NotFound) || err == nil && site.OrgID != src.OrgID {
		return []fault.Field{{Path: path, Message: "there is no such site in this organization"}}, nil
	}
	return nil, err
}
