package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestRun(t *testing.T) {
	t.Parallel()
	lock := filepath.Join(t.TempDir(), "package-lock.json")
	content := `{"packages": {"": {"version": "0"}, "node_modules/b": {"version": "2"}, "node_modules/b/node_modules/@x/a": {"version": "1"}, "node_modules/tool": {"version": "3", "dev": true}}}`
	if err := os.WriteFile(lock, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if err := run(self, lock, "1.2.3", &out); err != nil {
		t.Fatal(err)
	}
	var got bom
	if err := json.Unmarshal(out.Bytes(), &got); err != nil {
		t.Fatal(err)
	}
	if got.Metadata.Component.Version != "1.2.3" || got.Components[0].Name != "stdlib" {
		t.Errorf("%+v", got)
	}
	want := []component{{"library", "@x/a", "1", "pkg:npm/%40x/a@1"}, {"library", "b", "2", "pkg:npm/b@2"}}
	if diff := cmp.Diff(want, got.Components[len(got.Components)-2:]); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
