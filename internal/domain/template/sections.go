package template

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"strings"

	"bellwether/internal/domain/param"
	"bellwether/internal/platform/fault"
	"bellwether/internal/platform/limit"
)

// The XML form of a template has two sections, as the phone manager's has (EMS
// 7.0 IP phone manager guide, B.2.1): above what goes into the file that phones
// share, below what goes into each phone's own. How the maker's is written in
// detail is not known, so the form is ours:
//
//	<template model="420HD" server="lync" include="yes">
//	<global>
//	management/telnet/enabled=0
//	</global>
//	<private>
//	network/lan/vlan/mode=%ITCS_VLANMode%
//	</private>
//	</template>
//
// In a section stand lines of the text form, with the dialect's names.
const (
	sectionRoot    = "template"
	sectionGlobal  = "global"
	sectionPrivate = "private"
)

// xmlTemplate is a file in that form.
type xmlTemplate struct {
	model, server, include string
	text                   map[string]string // by section
}

// sections writes a template in the XML form. What the dialect has no words for
// stands under its key.
func (s *Service) sections(src Source, items []Item, of string) (File, error) {
	v, m, ok := s.vendors.ByModel(src.Model)
	if !ok {
		return File{}, fault.InvalidFields("the file cannot be written", fault.Field{Path: "format", Message: "the XML form is for a template of one model"})
	}
	x := xmlTemplate{model: m.Name, server: src.Server, include: "no", text: map[string]string{}}
	if src.Include {
		x.include = "yes"
	}
	on := param.Target{Dialect: m.Dialect, Family: m.Family, Model: m.Name}
	for _, it := range items {
		name, value, ok := spelled(v.Catalog(), it, on)
		if !ok {
			name, value = string(it.Key), it.Value
		}
		section := sectionGlobal
		if it.Private || it.Secret != "" {
			section = sectionPrivate
		}
		x.text[section] += name + "=" + quoted(value) + "\n"
	}
	return File{Name: fileName(src.Name, of) + ".xml", ContentType: "application/xml; charset=utf-8", Body: x.write()}, nil
}

func (x xmlTemplate) write() []byte {
	var b bytes.Buffer
	b.WriteString(xml.Header + "<" + sectionRoot)
	for _, a := range [][2]string{{"model", x.model}, {"server", x.server}, {"include", x.include}} {
		if a[1] != "" {
			b.WriteString(" " + a[0] + `="` + escaped(a[1]) + `"`)
		}
	}
	b.WriteString(">\n")
	for _, name := range []string{sectionGlobal, sectionPrivate} {
		b.WriteString("<" + name + ">\n" + escaped(x.text[name]) + "</" + name + ">\n")
	}
	b.WriteString("</" + sectionRoot + ">\n")
	return b.Bytes()
}

// escaped is a text between tags or in an attribute; line ends stay as they are.
func escaped(s string) string {
	return strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", `"`, "&quot;").Replace(s)
}

// sections takes a file in the XML form over.
func (in *intake) sections(data []byte) error {
	x, err := readSections(data)
	if err != nil {
		return err
	}
	if x.model != "" && !strings.EqualFold(x.model, in.src.Model) {
		return fault.InvalidFields("the file is not taken", fault.Field{Path: "model", Message: "the file is a template for the " + x.model})
	}
	if x.server != "" && x.server != in.src.Server {
		return fault.InvalidFields("the file is not taken", fault.Field{Path: "server", Message: "the file is a template for servers of the type " + x.server})
	}
	if x.include != "" {
		on := x.include == "yes"
		in.include = &on
	}
	first := map[param.Key]string{}
	for _, name := range []string{sectionGlobal, sectionPrivate} {
		lines, wrong := readText([]byte(x.text[name]))
		in.wrong = append(in.wrong, wrong...)
		in.section = name
		in.takeLines(lines, first, name+", ")
	}
	return in.verdict()
}

// readSections reads the XML form. It fails with fault.Invalid for anything
// else, a document type among it.
func readSections(data []byte) (xmlTemplate, error) {
	x := xmlTemplate{text: map[string]string{}}
	if len(data) > limit.ImportBytes {
		return x, fault.New(fault.Invalid, "the file is larger than %d bytes", limit.ImportBytes)
	}
	dec := xml.NewDecoder(bytes.NewReader(data))
	var open []string
	rooted := false
	for range limit.XMLTokens {
		tok, err := dec.Token()
		if errors.Is(err, io.EOF) {
			if !rooted {
				return x, fault.New(fault.Invalid, "the file holds no template")
			}
			return x, nil
		}
		if err == nil {
			open, err = x.token(open, tok, rooted)
		}
		if err != nil {
			line, _ := dec.InputPos()
			return xmlTemplate{}, fault.Wrap(fault.Invalid, err, "line %d", line)
		}
		rooted = rooted || len(open) > 0
	}
	return xmlTemplate{}, fault.New(fault.Invalid, "more than %d tokens", limit.XMLTokens)
}

// token takes one token; open are the elements around it.
func (x *xmlTemplate) token(open []string, tok xml.Token, rooted bool) ([]string, error) {
	switch t := tok.(type) {
	case xml.Directive:
		return nil, fault.New(fault.Invalid, "a document type is not taken")
	case xml.StartElement:
		return x.start(open, t, rooted)
	case xml.EndElement:
		return open[:len(open)-1], nil
	case xml.CharData:
		if len(open) == 2 {
			x.text[open[1]] += string(t)
		} else if strings.TrimSpace(string(t)) != "" {
			return nil, fault.New(fault.Invalid, "text stands outside the sections")
		}
	}
	return open, nil
}

func (x *xmlTemplate) start(open []string, t xml.StartElement, rooted bool) ([]string, error) {
	name := t.Name.Local
	switch {
	case len(open) == 0 && !rooted && name == sectionRoot:
		for _, a := range t.Attr {
			switch a.Name.Local {
			case "model":
				x.model = a.Value
			case "server":
				x.server = a.Value
			case "include":
				x.include = a.Value
			}
		}
		if x.include != "" && x.include != "yes" && x.include != "no" {
			return nil, fault.New(fault.Invalid, "include is yes or no")
		}
	case len(open) == 1 && (name == sectionGlobal || name == sectionPrivate):
		if _, twice := x.text[name]; twice {
			return nil, fault.New(fault.Invalid, "the section %s is there twice", name)
		}
		x.text[name] = ""
	default:
		return nil, fault.New(fault.Invalid, "<%.40s> has no place there: a template holds <global> and <private>", name)
	}
	return append(open, name), nil
}
