// Package vendortest is the conformance suite of vendors: what every make of
// phone must keep to, so that nothing outside a vendor's folder needs to know it.
// A vendor's own tests call Run; what is special to it is tested beside it.
package vendortest

import (
	"errors"
	"fmt"
	"testing"

	"bellwether/internal/vendors"
)

// Run checks a vendor, one subtest per rule.
func Run(t *testing.T, v vendors.Vendor) {
	t.Helper()
	for _, r := range Rules() {
		t.Run(r.Name, func(t *testing.T) {
			t.Parallel()
			if err := r.Broken(v); err != nil {
				t.Error(err)
			}
		})
	}
}

// Rule is one thing that a vendor must keep to.
type Rule struct {
	Name  string
	check func(vendors.Vendor, *findings)
}

// Rules returns the suite, in the order in which a new vendor meets it.
func Rules() []Rule {
	return []Rule{
		{"name", checkName},
		{"models", checkModels},
		{"catalog", checkCatalog},
		{"roles", checkRoles},
		{"secrets", checkSecrets},
		{"spelling", checkSpelling},
		{"files", checkFiles},
		{"identify", checkIdentify},
		{"render", checkRender},
		{"refuse", checkRefusals},
		{"parse", checkParse},
		{"bootstrap", checkBootstrap},
		{"common", checkCommoner},
		{"include", checkIncluder},
		{"encode", checkEncoder},
		{"phonebook", checkPhonebook},
		{"learn", checkLearner},
		{"data model", checkDataModel},
	}
}

// Broken returns what is wrong with v, or nil. A panic is a finding too.
func (r Rule) Broken(v vendors.Vendor) (err error) {
	var f findings
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v", p)
		}
	}()
	r.check(v, &f)
	return errors.Join(f...)
}

// findings collects what is wrong; after a screenful it is enough.
type findings []error

func (f *findings) add(format string, args ...any) {
	const enough = 20
	if len(*f) < enough {
		*f = append(*f, fmt.Errorf(format, args...))
	}
}
