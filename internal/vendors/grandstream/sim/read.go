package sim

import (
	"bytes"
	"encoding/xml"
	"strings"

	"bellwether/internal/phone"
	"bellwether/internal/platform/fault"
	"bellwether/internal/platform/mac"
)

// The file as the maker's provisioning guide and template show it.
type provision struct {
	XMLName xml.Name `xml:"gs_provision"`
	MAC     []string `xml:"mac"`
	Config  []config `xml:"config"`
}

type config struct {
	Version string    `xml:"version,attr"`
	Items   []item    `xml:"item"`
	Others  []element `xml:",any"`
}

type element struct {
	XMLName xml.Name
	Text    string `xml:",chardata"`
}

type item struct {
	Name  string `xml:"name,attr"`
	Text  string `xml:",chardata"`
	Parts []part `xml:"part"`
}

type part struct {
	Name string `xml:"name,attr"`
	Text string `xml:",chardata"`
}

// Read takes the alias form (version 2), flat or with parts, or the P-values
// (version 1), as the family does. A file for another
// MAC address is refused as a whole, and so is one that mixes aliases with
// P-values. Settings that the phone does not know are passed over in silence;
// they are listed for tests.
func (p *Persona) Read(d phone.Device, _ string, data []byte) (phone.File, error) {
	if bytes.HasPrefix(data, []byte("Salted__")) {
		return phone.File{}, fault.New(fault.Invalid, "the file is encrypted")
	}
	var f provision
	if err := xml.Unmarshal(data, &f); err != nil {
		return phone.File{}, fault.New(fault.Invalid, "the file is not a configuration: %v", err)
	}
	for _, m := range f.MAC {
		if a, err := mac.Parse(strings.TrimSpace(m)); err != nil || a != d.MAC {
			return phone.File{}, fault.New(fault.Invalid, "the file is for another phone (%s)", m)
		}
	}
	if len(f.Config) != 1 {
		return phone.File{}, fault.New(fault.Invalid, "the file has not one configuration")
	}
	out := phone.File{Settings: map[string]string{}}
	c := f.Config[0]
	switch {
	case c.Version == "1" && p.series.block != "" && len(c.Items) == 0:
		for _, e := range c.Others {
			p.take(d.Model, e.XMLName.Local, e.Text, &out)
		}
		return out, nil
	case c.Version != "2" || p.series.aliases == "" || len(c.Others) > 0:
		return phone.File{}, fault.New(fault.Invalid, "the file is not in the %s form alone", p.series.form())
	}
	for _, it := range f.Config[0].Items {
		if len(it.Parts) == 0 {
			p.take(d.Model, it.Name, it.Text, &out)
		}
		for _, pt := range it.Parts {
			p.take(d.Model, it.Name+"."+pt.Name, pt.Text, &out)
		}
	}
	return out, nil
}

func (p *Persona) take(model, name, value string, out *phone.File) {
	if !p.Knows(model, name) || !p.Takes(name, value) {
		out.Ignored = append(out.Ignored, name)
		return
	}
	out.Settings[name] = value
}

// form names what the family takes.
func (s series) form() string {
	switch {
	case s.block == "":
		return "alias"
	case s.aliases == "":
		return "P-value"
	}
	return "alias or P-value"
}
