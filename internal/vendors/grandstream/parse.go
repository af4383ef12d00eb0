package grandstream

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"strings"

	"bellwether/internal/domain/param"
	"bellwether/internal/platform/fault"
	"bellwether/internal/platform/limit"
	"bellwether/internal/platform/mac"
	"bellwether/internal/protocol/saltedaes"
	"bellwether/internal/vendors"
)

// Parse reads a configuration in any form that phones, GDMS and people write:
// XML with aliases one by one or as items with parts (version 2), XML with
// P-values (version 1), lines of P-values, or the binary form of old firmware. The
// dialect stands in the document's target. A setting that is there twice has its
// last value. It fails with fault.Invalid for anything else, for both dialects in
// one file and beyond the limits of size, depth and count.
func (v *Vendor) Parse(kind vendors.FileKind, data []byte) (vendors.Document, error) {
	if len(data) > limit.ImportBytes {
		return vendors.Document{}, fault.New(fault.Invalid, "the file is larger than %d bytes", limit.ImportBytes)
	}
	r := reader{values: map[string]string{}}
	var err error
	switch {
	case saltedaes.Sealed(data):
		return vendors.Document{}, fault.New(fault.Invalid, "the file is encrypted; its password is needed")
	case isBinary(data):
		err = r.readBinary(data)
	case looksText(data):
		err = r.readLines(data)
	default:
		r.dec = xml.NewDecoder(bytes.NewReader(data))
		if err = r.read(); err != nil {
			line, _ := r.dec.InputPos()
			err = fault.Wrap(fault.Invalid, err, "line %d", line)
		}
	}
	if err != nil {
		return vendors.Document{}, err
	}
	d := vendors.Document{Kind: kind, MAC: r.mac, Target: param.Target{Dialect: r.dialect}, Epoch: epoch}
	for name, value := range r.values {
		d.Values = append(d.Values, vendors.SpelledValue{Name: name, Value: value})
	}
	vendors.SortValues(d.Values)
	return d, nil
}

// reader walks a file's elements: the root, in it mac and config, in config the
// items or P-values, in an item its parts.
type reader struct {
	dec     *xml.Decoder
	tokens  int
	mac     mac.Address
	dialect string
	values  map[string]string
}

// next returns the next token that matters, within the limits.
func (r *reader) next() (xml.Token, error) {
	for {
		tok, err := r.dec.Token()
		if err != nil {
			return nil, plainXML(err)
		}
		if r.tokens++; r.tokens > limit.XMLTokens {
			return nil, fault.New(fault.Invalid, "more than %d elements and texts", limit.XMLTokens)
		}
		switch tok.(type) {
		case xml.Comment, xml.ProcInst:
		case xml.Directive:
			return nil, fault.New(fault.Invalid, "a document type is not accepted")
		default:
			return tok, nil
		}
	}
}

// plainXML drops the decoder's own line number; Parse gives one.
func plainXML(err error) error {
	var syntax *xml.SyntaxError
	if errors.As(err, &syntax) {
		return fault.New(fault.Invalid, "%s", syntax.Msg)
	}
	return err
}

func (r *reader) read() error {
	root, _, err := r.child(false)
	if err != nil {
		return err
	}
	if root == nil || root.Name.Local != "gs_provision" {
		return fault.New(fault.Invalid, "the root is not gs_provision")
	}
	if err := r.readRoot(); err != nil {
		return err
	}
	if r.dialect == "" {
		return fault.New(fault.Invalid, "there is no config")
	}
	switch _, _, err := r.child(false); {
	case errors.Is(err, io.EOF):
		return nil
	case err != nil:
		return err
	}
	return fault.New(fault.Invalid, "something follows the root")
}

func (r *reader) readRoot() error {
	for {
		el, _, err := r.child(false)
		if err != nil || el == nil {
			return err
		}
		switch {
		case el.Name.Local == "mac" && r.mac == "":
			text, err := r.text()
			if err != nil {
				return err
			}
			if r.mac, err = mac.Parse(strings.TrimSpace(text)); err != nil {
				return err
			}
		case el.Name.Local == "config" && r.dialect == "":
			if err := r.readConfig(attr(*el, "version")); err != nil {
				return err
			}
		default:
			return fault.New(fault.Invalid, "%q is unknown here, or there twice", el.Name.Local)
		}
	}
}

func (r *reader) readConfig(version string) error {
	switch version {
	case "1":
		r.dialect = dialectP
	case "2":
		r.dialect = dialectAlias
	default:
		return fault.New(fault.Invalid, "config version %q is neither 1 nor 2", version)
	}
	for {
		el, _, err := r.child(false)
		if err != nil || el == nil {
			return err
		}
		switch name := el.Name.Local; {
		case r.dialect == dialectAlias && name == "item":
			err = r.readItem(attr(*el, "name"))
		case r.dialect == dialectP && isPValue(name):
			err = r.readValue(strings.ToUpper(name))
		default:
			return fault.New(fault.Invalid, "%q does not belong in a config of version %s", name, version)
		}
		if err != nil {
			return err
		}
	}
}

// readItem reads an item with a text, or with parts whose names follow its own.
func (r *reader) readItem(name string) error {
	if !isAlias(name) || isPValue(name) {
		return fault.New(fault.Invalid, "%q is not an alias", name)
	}
	text, parts := "", 0
	for {
		el, before, err := r.child(true)
		if err != nil {
			return err
		}
		text += before
		if el == nil {
			break
		}
		part := attr(*el, "name")
		if el.Name.Local != "part" || !isAlias(part) {
			return fault.New(fault.Invalid, "item %s holds %q", name, el.Name.Local)
		}
		parts++
		if err := r.readValue(name + "." + part); err != nil {
			return err
		}
	}
	if parts == 0 {
		return r.set(name, text)
	}
	if strings.TrimSpace(text) != "" {
		return fault.New(fault.Invalid, "item %s has both parts and a text", name)
	}
	return nil
}

func (r *reader) readValue(name string) error {
	text, err := r.text()
	if err != nil {
		return err
	}
	return r.set(name, text)
}

func (r *reader) set(name, value string) error {
	if len(name) > limit.KeyBytes || len(value) > limit.XMLText {
		return fault.New(fault.Invalid, "%.40q or its value is too long", name)
	}
	r.values[name] = value
	return nil
}

// child returns the next element below the present one, with the text before
// it, or nil at the present one's end. Text is refused where words are not
// wanted.
func (r *reader) child(words bool) (*xml.StartElement, string, error) {
	var text strings.Builder
	for {
		tok, err := r.next()
		if err != nil {
			return nil, "", err
		}
		switch t := tok.(type) {
		case xml.StartElement:
			return &t, text.String(), nil
		case xml.EndElement:
			return nil, text.String(), nil
		case xml.CharData:
			if !words && strings.TrimSpace(string(t)) != "" {
				return nil, "", fault.New(fault.Invalid, "a text stands between the elements")
			}
			text.Write(t)
		}
	}
}

// text returns the text of the present element, which has no elements in it.
func (r *reader) text() (string, error) {
	el, text, err := r.child(true)
	if err != nil {
		return "", err
	}
	if el != nil {
		return "", fault.New(fault.Invalid, "%q stands where a text is wanted", el.Name.Local)
	}
	return text, nil
}

func attr(el xml.StartElement, name string) string {
	for _, a := range el.Attr {
		if a.Name.Local == name {
			return a.Value
		}
	}
	return ""
}
