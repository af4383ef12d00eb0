package command

import (
	"encoding/json"
	"testing"
)

// FuzzCheck holds that no arguments make the check panic, and that what it lets
// through survives being written down.
func FuzzCheck(f *testing.F) {
	f.Add("ping", `{"host":"example.org","count":3}`)
	f.Add("get_values", `{"keys":["Device.DeviceInfo."]}`)
	f.Add("message", `{"text":"back at noon"}`)
	f.Add("try_values", `{"values":{"a":"b"},"until":"2026-03-01T08:00:00Z"}`)
	f.Fuzz(func(t *testing.T, kind, raw string) {
		var a Args
		if json.Unmarshal([]byte(raw), &a) != nil || check(Kind(kind), a) != nil {
			return
		}
		b, err := json.Marshal(a)
		if err != nil {
			t.Fatal(err)
		}
		var again Args
		if err := json.Unmarshal(b, &again); err != nil || check(Kind(kind), again) != nil {
			t.Fatalf("%s reads back as %+v: %v", b, again, err)
		}
	})
}

func TestKinds_have_a_spec(t *testing.T) {
	t.Parallel()
	for _, k := range Kinds() {
		if s, ok := specOf(k); !ok || s.answer <= 0 || s.check == nil {
			t.Errorf("%s: %+v", k, s)
		}
	}
	for k, want := range map[Kind]bool{DeliverRevision: false, GetValues: false, Reboot: true, FactoryReset: true, Upgrade: true, Message: true} {
		if k.Destructive() != want {
			t.Errorf("%s: destructive %v", k, !want)
		}
	}
}
