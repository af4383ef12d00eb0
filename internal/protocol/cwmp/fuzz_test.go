package cwmp_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"bellwether/internal/protocol/cwmp"
)

// FuzzDecode: nothing breaks the decoder, and what it reads is written so that it
// reads as itself.
func FuzzDecode(f *testing.F) {
	for _, pattern := range []string{"golden/*.xml", "foreign/*.xml"} {
		files, err := filepath.Glob(filepath.Join("testdata", pattern))
		if err != nil || len(files) == 0 {
			f.Fatalf("%s: %d files, %v", pattern, len(files), err)
		}
		for _, name := range files {
			b, err := os.ReadFile(name)
			if err != nil {
				f.Fatal(err)
			}
			f.Add(b)
		}
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		e, err := cwmp.Decode(b)
		if err != nil {
			return
		}
		out := cwmp.Append(nil, e, cwmp.Options{Booleans: cwmp.Words})
		again, err := cwmp.Decode(out)
		if err != nil {
			t.Fatalf("%q was read, and its writing %q is not: %v", b, out, err)
		}
		if diff := cmp.Diff(string(out), string(cwmp.Append(nil, again, cwmp.Options{Booleans: cwmp.Words}))); diff != "" {
			t.Errorf("%q reads otherwise (-read +again):\n%s", out, diff)
		}
	})
}
