package archtest_test

import (
	"testing"

	"bellwether/internal/archtest"
)

// TestTree holds the program's own source against the rules.
func TestTree(t *testing.T) {
	t.Parallel()
	found, err := archtest.Check("../..", "bellwether")
	if err != nil {
		t.Fatal(err)
	}
	for _, v := range found {
		t.Error(v)
	}
}
