package ipp_test

import (
	"testing"
	"unicode/utf8"

	"bellwether/internal/platform/limit"
	"bellwether/internal/protocol/ipp"

	"github.com/google/go-cmp/cmp"
)

// FuzzDecode: whatever comes is refused or is read, within its limits; what was read
// is read the same once it was written.
func FuzzDecode(f *testing.F) {
	for _, s := range []string{captured, `{"alerts":[{"uniqueId":2,"name":"x","severity":"0",}],}`, `{"requests":["{\"cmd\": \"reset\"}"]}`, `{"a":"\ud83d\u0000"`, "{\"status\":\"\xff\"}"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		if p, err := ipp.DecodeReport(b); err == nil {
			for _, s := range []string{p.Session, p.User, p.MAC, p.UserName, p.Location, string(p.Status)} {
				if len(s) > 2*limit.IPPText || !utf8.ValidString(s) {
					t.Fatalf("%d bytes, %q", len(s), s)
				}
			}
			again, err := ipp.DecodeReport(ipp.AppendReport(nil, p, "x"))
			if err != nil {
				t.Fatal(err)
			}
			if len(p.Status) <= limit.IPPText {
				if diff := cmp.Diff(p, again); diff != "" {
					t.Fatal(diff)
				}
			}
		}
		if a, err := ipp.DecodeAlerts(b); err == nil {
			again, err := ipp.DecodeAlerts(ipp.AppendAlerts(nil, a, "x"))
			if err != nil || len(again.List) != len(a.List) {
				t.Fatalf("%d alarms, then %d, %v", len(a.List), len(again.List), err)
			}
		}
		if todo, err := ipp.DecodeReply(b); err == nil {
			again, err := ipp.DecodeReply(ipp.AppendReply(nil, todo))
			if err != nil || len(again) != len(todo) {
				t.Fatalf("%v, then %v, %v", todo, again, err)
			}
		}
		ipp.ParsePath(string(b))
	})
}
