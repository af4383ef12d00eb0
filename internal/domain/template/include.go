package template

import (
	"strings"

	"bellwether/internal/platform/fault"
)

// GenericServer is the type of SIP server of a template that no other type's
// takes the place of.
const GenericServer = "generic"

// servers are the types of SIP server that templates are made for: the phone
// manager's own two kinds of template (EMS 7.0 IP phone manager guide, B.1).
func servers() []string { return []string{"", GenericServer, "lync"} }

// checkInclude sets include mode, and refuses it where nothing would come of it,
// with the code "include_unsupported".
func (s *Service) checkInclude(src *Source, in Input) error {
	if in.Include != nil {
		src.Include = *in.Include
	}
	if !src.Include {
		return nil
	}
	v, ok := s.vendors.Get(src.Vendor)
	if ok {
		_, ok = s.vendors.AsIncluder(v)
	}
	if ok && src.Kind == Model {
		return nil
	}
	return fault.InvalidFields("the template cannot be in include mode",
		fault.Field{Path: "include", Message: "a shared file is for model templates of phones that can pull one in, which AudioCodes' can"}).WithCode("include_unsupported")
}

// checkServer checks the type of SIP server, and that a template for one type
// does not bind itself to every phone of the model.
func checkServer(src *Source) []fault.Field {
	src.Server = strings.ToLower(strings.TrimSpace(src.Server))
	known := false
	for _, s := range servers() {
		known = known || s == src.Server
	}
	switch {
	case !known:
		return []fault.Field{{Path: "server", Message: "generic or lync, or empty for any"}}
	case src.Server != "" && (src.Kind != Model || src.Model == ""):
		return []fault.Field{{Path: "server", Message: "only a template for one model is for a type of server"}}
	}
	return nil
}

// Yields reports whether s stands back where it and other both cover a device at
// its first contact: one that names sites goes before one for all, and the
// generic one before another.
func (s Source) Yields(other Source) bool {
	if !s.Replaces(other) {
		return false
	}
	if s.Auto != other.Auto {
		return other.Auto == AutoSites
	}
	return other.Server == GenericServer
}

// Replaces reports whether binding s to a device takes other's place: two
// templates of one model for different types of server.
func (s Source) Replaces(other Source) bool {
	return s.ID != other.ID && s.Kind == Model && other.Kind == Model && s.Model != "" && s.Model == other.Model &&
		s.Server != "" && other.Server != "" && s.Server != other.Server
}
