package trust_test

import (
	"context"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"fmt"
	"net/netip"
	"regexp"
	"strings"
	"testing"

	"bellwether/internal/domain/access"
	"bellwether/internal/domain/audit"
	"bellwether/internal/domain/trust"
	"bellwether/internal/platform/clock"
	"bellwether/internal/platform/db"
	"bellwether/internal/platform/db/dbtest"
	"bellwether/internal/platform/fault"
	"bellwether/internal/platform/limit"
	"bellwether/internal/platform/mac"
	"bellwether/internal/platform/page"
	"bellwether/internal/platform/scope"
	"bellwether/internal/platform/secret"
	"bellwether/internal/testkit"
)

// reasons are an error's fields.
func reasons(err error) (out string) {
	var f *fault.Error
	if errors.As(err, &f) {
		for _, w := range f.Fields {
			out += w.Path + ": " + w.Message + "\n"
		}
	}
	return out
}

type house struct {
	*trust.Service
	t     *testing.T
	db    *db.DB
	audit *audit.Service
}

func (h house) ctx() context.Context { return scope.AsSystem(h.t.Context(), "test") }

func each(t *testing.T, body func(h house)) {
	t.Helper()
	fake := clock.NewFake(now)
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		root, err := secret.NewRoot()
		if err != nil {
			t.Fatal(err)
		}
		v, err := secret.New(t.Context(), d, root)
		if err != nil {
			t.Fatal(err)
		}
		au := audit.New(d, v)
		body(house{trust.New(d, access.New(d, v, au, access.Config{}), au), t, d, au})
	}, dbtest.WithClock(fake))
}

func (h house) add(p trust.Place, a *testkit.Authority) trust.CA {
	h.t.Helper()
	ca, err := h.Add(h.ctx(), p, "", a.PEM())
	if err != nil {
		h.t.Fatal(err)
	}
	return ca
}

// show has a phone show a certificate, and writes down who was seen.
func (h house) show(certs ...*x509.Certificate) trust.Shown {
	h.t.Helper()
	out, err := h.Judge(h.ctx(), certs)
	if err != nil {
		h.t.Fatal(err)
	}
	for _, f := range out.Holders {
		h.Saw(out, f, netip.MustParseAddr("192.0.2.9"))
	}
	if err := h.Flush(h.ctx()); err != nil {
		h.t.Fatal(err)
	}
	return out
}

func (h house) subjects(p trust.Place, id string) ([]trust.Subject, trust.Rule) {
	h.t.Helper()
	list, r, err := h.Subjects(h.ctx(), p, id)
	if err != nil {
		h.t.Fatal(err)
	}
	return list, r
}

// wants fails unless an error is of a kind and says some words.
func (h house) wants(what string, err error, k fault.Kind, words string) {
	h.t.Helper()
	if !fault.Is(err, k) || !strings.Contains(err.Error()+reasons(err), words) {
		h.t.Errorf("%s: %v %s; want %s with %q", what, err, reasons(err), k, words)
	}
}

func TestService_Confirm(t *testing.T) {
	t.Parallel()
	each(t, func(h house) {
		maker, place := testkit.Root(h.t, now, "Maker CA"), trust.Place{}
		ca := h.add(place, maker)
		if ca.Confirmed() || ca.Name != "Maker CA" || len(ca.Certificates) != 1 || len(ca.Certificates[0].Fingerprint) != 64 {
			h.t.Fatalf("%+v", ca)
		}
		if list, r := h.subjects(place, ca.ID); len(list) != 0 || r != (trust.Rule{}) {
			h.t.Fatalf("%d subjects before any, %+v", len(list), r)
		}
		h.show(maker.Issue(h.t, "GHP621W 00-00-5E-00-53-01").Leaf)
		h.show(maker.Issue(h.t, "no address").Leaf)
		list, proposed := h.subjects(place, ca.ID)
		if len(list) != 2 || proposed.Field != trust.CommonName {
			h.t.Fatalf("%d subjects, %+v", len(list), proposed)
		}
		byText := map[string]trust.Subject{}
		for _, s := range list {
			byText[s.Subject] = s
		}
		phone, other := byText["CN=GHP621W 00-00-5E-00-53-01,O=Example"], byText["CN=no address,O=Example"]
		if phone.Address != "192.0.2.9" || phone.Requests != 1 || len(phone.Values) != 1 || phone.Values[0].MAC != "00005e005301" {
			h.t.Fatalf("%+v", phone)
		}
		if m, why, err := h.Try(h.ctx(), place, ca.ID, phone.ID, proposed); err != nil || m != "00005e005301" || why != "" {
			h.t.Errorf("%s %s %v", m, why, err)
		}
		if m, why, err := h.Try(h.ctx(), place, ca.ID, other.ID, proposed); err != nil || m != "" || !strings.Contains(why, "finds no MAC in its CN “no address”") {
			h.t.Errorf("%s %s %v", m, why, err)
		}
		confirm := func(subject string, r trust.Rule, want mac.Address, version int64) error {
			_, err := h.Confirm(h.ctx(), place, ca.ID, subject, r, want, version)
			return err
		}
		h.wants("another MAC", confirm(phone.ID, proposed, "00005e005302", 1), fault.Invalid, "it reads 00:00:5e:00:53:01, not 00:00:5e:00:53:02")
		h.wants("no MAC", confirm(other.ID, proposed, "00005e005301", 1), fault.Invalid, "it reads no MAC")
		h.wants("a subject that was not seen", confirm("elsewhere", proposed, "00005e005301", 1), fault.Invalid, "no such certificate was seen")
		h.wants("another version", confirm(phone.ID, proposed, "00005e005301", 7), fault.Conflict, "changed by someone else")
		for pattern, why := range map[string]string{"": "1 to 200 characters", "(": "not a regular expression", "(a)(b)": "exactly one group", "abc": "exactly one group", "a)(b": "not a regular expression", strings.Repeat("a", 201): "1 to 200"} {
			h.wants("the pattern "+pattern, confirm(phone.ID, trust.Rule{Field: trust.CommonName, Pattern: pattern}, "00005e005301", 1), fault.Invalid, why)
		}
		h.wants("the field", confirm(phone.ID, trust.Rule{Field: "ou", Pattern: "(.*)"}, "00005e005301", 1), fault.Invalid, "one of cn")
		if err := confirm(phone.ID, proposed, "00005e005301", 1); err != nil {
			h.t.Fatal(err)
		}
		ca, err := h.Get(h.ctx(), place, ca.ID)
		if err != nil || !ca.Confirmed() || ca.ConfirmedMAC != "00005e005301" || ca.ConfirmedSubject != phone.Subject || ca.Version != 2 || ca.Subjects != 2 {
			h.t.Fatalf("%+v, %v", ca, err)
		}
		name := "Renamed"
		if ca, err = h.Update(h.ctx(), place, ca.ID, trust.Patch{Name: &name}, 2); err != nil || !ca.Confirmed() || ca.Name != name {
			h.t.Errorf("a name ends the confirmation: %+v, %v", ca, err)
		}
		h.audited("trusted-ca.create", "trusted-ca.confirm", "trusted-ca.update")
	})
}

func (h house) audited(actions ...string) {
	h.t.Helper()
	rows, err := h.audit.List(h.ctx(), audit.Filter{Page: page.Page{Limit: 100}})
	if err != nil {
		h.t.Fatal(err)
	}
	seen := map[string]bool{}
	for _, r := range rows.Items {
		seen[r.Action] = true
	}
	for _, a := range actions {
		if !seen[a] {
			h.t.Errorf("the operation log has no %s", a)
		}
	}
}

func TestService_Add_conflicts(t *testing.T) {
	t.Parallel()
	each(t, func(h house) {
		maker, org := testkit.Root(h.t, now, "Maker CA"), trust.Place{TenantID: "t1", OrgID: "o1"}
		ca := h.add(trust.Place{}, maker)
		_, err := h.Add(h.ctx(), trust.Place{}, "maker ca", testkit.Root(h.t, now, "x").PEM())
		h.wants("the same name", err, fault.Conflict, "is called Maker CA already")
		_, err = h.Add(h.ctx(), trust.Place{}, "Other", maker.PEM())
		h.wants("the same certificate", err, fault.Conflict, "is in the CA Maker CA already")
		_, err = h.Add(h.ctx(), trust.Place{}, strings.Repeat("x", 65), testkit.Root(h.t, now, "x").PEM())
		h.wants("a long name", err, fault.Invalid, "1 to 64")
		h.add(org, maker) // an organization may trust by itself what the platform trusts
		if list, err := h.List(h.ctx(), org); err != nil || len(list) != 1 || list[0].Platform() {
			h.t.Errorf("%+v, %v", list, err)
		}
		_, err = h.Get(h.ctx(), org, ca.ID)
		h.wants("the platform's from inside", err, fault.NotFound, "trusted CA")
		h.wants("a wrong version", h.Delete(h.ctx(), trust.Place{}, ca.ID, 9), fault.Conflict, "changed")
		if err := h.Delete(h.ctx(), trust.Place{}, ca.ID, 1); err != nil {
			h.t.Fatal(err)
		}
		h.audited("trusted-ca.delete")
		for i := len("1"); i < limit.TrustedCAs; i++ {
			_, err = h.Add(h.ctx(), org, fmt.Sprint("CA ", i), testkit.Root(h.t, now, "x").PEM())
			if err != nil {
				h.t.Fatal(err)
			}
		}
		_, err = h.Add(h.ctx(), org, "one more", testkit.Root(h.t, now, "x").PEM())
		h.wants("one too many", err, fault.Conflict, "64 trusted CAs already")
	})
}

// TestService_Subjects_bounded: the latest are kept.
func TestService_Subjects_bounded(t *testing.T) {
	t.Parallel()
	each(t, func(h house) {
		maker, key := testkit.Root(h.t, now, "Maker CA"), testkit.Key(h.t)
		ca := h.add(trust.Place{}, maker)
		for i := range limit.CASubjects + 5 {
			h.show(maker.IssueTo(h.t, key, fmt.Sprintf("0200%08x", i+1)).Leaf)
		}
		if list, _ := h.subjects(trust.Place{}, ca.ID); len(list) != limit.CASubjects {
			h.t.Errorf("%d subjects", len(list))
		}
	})
}

// FuzzRule: whatever a name and a pattern are, what a rule reads is a MAC that
// stands in the name, and it reads none where two stand there.
func FuzzRule(f *testing.F) {
	for _, s := range [][2]string{{"00005e005301", `(.*)`}, {"GHP-00:00:5e:00:53:01", `.*-(.*)`}, {"00005e005301 00005e005302", `(.{12}).*`}, {"\u202e00005e005301", `.(.*)`}, {"000000000000", `(0*)`}} {
		f.Add(s[0], s[1])
	}
	separators := regexp.MustCompile(`[-:.]`)
	f.Fuzz(func(t *testing.T, name, pattern string) {
		c := &x509.Certificate{Subject: pkix.Name{Names: []pkix.AttributeTypeAndValue{{Type: []int{2, 5, 4, 3}, Value: name}}}}
		m, why := trust.Rule{Field: trust.CommonName, Pattern: pattern}.Read(c)
		if (m == "") == (why == "") {
			t.Fatalf("%q, %q", m, why)
		}
		if m == "" {
			return
		}
		if _, err := mac.Parse(m.String()); err != nil || !strings.Contains(strings.ToLower(separators.ReplaceAllString(name, "")), m.String()) {
			t.Fatalf("%q by %q in %q", m, pattern, name)
		}
	})
}
