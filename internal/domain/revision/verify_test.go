package revision

import (
	"testing"

	"bellwether/internal/domain/param"
	"bellwether/internal/platform/fault"
	"bellwether/internal/platform/mac"
	"bellwether/internal/vendors/all"
)

// TestVerify has what does not read back as it was written refused before it is published.
func TestVerify(t *testing.T) {
	t.Parallel()
	set, err := all.New()
	if err != nil {
		t.Fatal(err)
	}
	v, ok := set.Get("grandstream")
	if !ok {
		t.Fatal("no grandstream")
	}
	m := v.Models()[0]
	addr, err := mac.Parse("020000000001")
	if err != nil {
		t.Fatal(err)
	}
	s := &Service{vendors: set}
	for name, tc := range map[string]struct {
		entries []Entry
		refused bool
	}{
		"as it should be":     {entries: []Entry{{Key: "a", Name: "account.1.sip.userid", Value: "pbx.example.org & <more>"}}},
		"a control character": {entries: []Entry{{Key: "a", Name: "account.1.sip.userid", Value: "pbx\x01example"}}, refused: true},
		"no UTF-8":            {entries: []Entry{{Key: "a", Name: "account.1.sip.userid", Value: "pbx\xffexample"}}, refused: true},
		"one name twice":      {entries: []Entry{{Key: "a", Name: "account.1.sip.userid", Value: "x"}, {Key: "b", Name: "account.1.sip.userid", Value: "y"}}, refused: true},
		"not a name":          {entries: []Entry{{Key: "a", Name: "account 1<", Value: "x"}}, refused: true},
	} {
		r := Revision{MAC: addr, Vendor: v.Name(), Epoch: set.Epoch(v), Entries: tc.entries, Target: param.Target{Dialect: m.Dialect, Family: m.Family, Model: m.Name}}
		err := s.verify(r)
		if (err != nil) != tc.refused || err != nil && !fault.Is(err, fault.Invalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestVerify_both_files: in include mode the shared file is read back as well.
func TestVerify_both_files(t *testing.T) {
	t.Parallel()
	set, err := all.New()
	if err != nil {
		t.Fatal(err)
	}
	s := &Service{vendors: set}
	in := Entry{Key: IncludeKey, Name: "include", Value: "AudioCodes_420HD_global_0.cfg"}
	for name, tc := range map[string]struct {
		entries []Entry
		refused bool
	}{
		"as they should be":            {entries: []Entry{in, {Key: "a", Name: "system/a", Value: "1", Global: true}, {Key: "b", Name: "system/b", Value: "2"}}},
		"a line end in the shared one": {entries: []Entry{in, {Key: "a", Name: "system/a", Value: "1\nsystem/b=2", Global: true}}, refused: true},
		"a line end in its own":        {entries: []Entry{in, {Key: "a", Name: "system/a", Value: "1\nsystem/b=2"}}, refused: true},
		"no name of a file":            {entries: []Entry{{Key: IncludeKey, Name: "include", Value: "../x.cfg"}}, refused: true},
	} {
		r := Revision{MAC: "020000000001", Vendor: "audiocodes", Epoch: 1, Entries: tc.entries, Target: param.Target{Dialect: "ac-cfg", Family: "400hd", Model: "420HD"}}
		if err := s.verify(r); (err != nil) != tc.refused || err != nil && !fault.Is(err, fault.Invalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
