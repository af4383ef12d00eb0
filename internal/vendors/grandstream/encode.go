package grandstream

import (
	"bellwether/internal/platform/fault"
	"bellwether/internal/protocol/saltedaes"
	"bellwether/internal/vendors"
	"bellwether/internal/vendors/grandstream/dialplan"
)

// Encode packs a rendered file for the wire: sealed with the password that the
// phone holds ("XML config file password"), or framed as the binary form of old
// firmware, which takes P-values only and is written for the oldest range of
// addresses alone.
func (v *Vendor) Encode(how vendors.Delivery, rendered []byte) ([]byte, error) {
	switch how.Encoding {
	case vendors.Sealed:
		return saltedaes.Encrypt(rendered, how.Password, how.Salt)
	case vendors.Binary:
		d, err := v.Parse(vendors.Config, rendered)
		if err != nil {
			return nil, err
		}
		if d.MAC == "" {
			d.MAC = how.MAC
		}
		if d.MAC != how.MAC {
			return nil, fault.New(fault.Invalid, "the file is for %s, not for %s", d.MAC, how.MAC)
		}
		return packBinary(d)
	}
	return nil, fault.New(fault.Invalid, "encoding %q is not known", how.Encoding)
}

// Decode undoes Encode: a sealed file gives the rendered bytes, a binary one the
// same settings as XML.
func (v *Vendor) Decode(how vendors.Delivery, data []byte) ([]byte, error) {
	switch how.Encoding {
	case vendors.Sealed:
		return saltedaes.Decrypt(data, how.Password)
	case vendors.Binary:
		if !isBinary(data) {
			return nil, fault.New(fault.Invalid, "the file is not in the binary form")
		}
		d, err := v.Parse(vendors.Config, data)
		if err != nil {
			return nil, err
		}
		return v.Render(d)
	}
	return nil, fault.New(fault.Invalid, "encoding %q is not known", how.Encoding)
}

// Dial tells what a phone with a dial plan dials for a number.
func (v *Vendor) Dial(plan, number string) (dialled string, ok bool, err error) {
	p, err := dialplan.Parse(plan)
	if err != nil {
		return "", false, err
	}
	dialled, ok = p.Match(number)
	return dialled, ok, nil
}
