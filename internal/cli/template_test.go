package cli

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"bellwether/internal/testkit"
)

// TestSources works on templates and config files beside a running server.
func TestSources(t *testing.T) {
	t.Parallel()
	h := testkit.New(t)
	w := h.World(t)
	dir := t.TempDir()
	file := func(name, content string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	text := file("rooms.txt", "# rooms\nP30=192.0.2.7\naudio.volume.ring=3\nP99999=x\n")
	xml := file("rooms.xml", `<gs_provision version="1"><config version="2"><item name="audio.volume.ring">5</item></config></gs_provision>`)
	mac := w.Phones[0].MAC.String()
	good := file(mac+".xml", `<gs_provision version="1"><config version="2"><item name="audio.volume.ring">6</item><item name="never.heard">6</item></config></gs_provision>`)
	names := file("names.json", `[{"pvalue":"","alias":"brand.new.thing"},{"pvalue":"77777","alias":"brand.new.thing"}]`)
	bad := file("phone.xml", "<gs_provision/>")
	for _, step := range []struct {
		args []string
		code int
		says string
	}{
		{[]string{"template", "list"}, 0, "Every room"},
		{[]string{"template", "import", text, "--template", "Rooms"}, 1, "a vendor or a model"},
		{[]string{"template", "import", text, "--template", "Rooms", "--model", "ghp621w", "--save", "from a file"}, 0, "Rooms: 3 values in the draft, saved as version 1"},
		{[]string{"template", "import", text, "--template", "Rooms"}, 0, "1 not in the catalog"},
		{[]string{"template", "export", "rooms"}, 0, "\ndatetime.ntp.server.1=192.0.2.7\n"},
		{[]string{"template", "export", "Rooms", "--format", "native", "--out", filepath.Join(dir, "out.xml")}, 0, "1 values have no words"},
		{[]string{"template", "export", "Quiet floor", "--format", "native"}, 1, "model"},
		{[]string{"template", "export", "Rooms", "--version", "7"}, 1, "not found"},
		{[]string{"template", "export", "Nobody"}, 1, "has no template"},
		{[]string{"template", "import", xml, "--template", "Rooms", "--json"}, 0, `"values": 1`},
		{[]string{"template", "import", file("bad.txt", "P30\n"), "--template", "Rooms"}, 1, "line 1"},
		{[]string{"template", "import", file("worse.txt", "P30\n"), "--template", "Never", "--model", "GHP621W"}, 1, "line 1"},
		{[]string{"template", "export", "Never"}, 1, "has no template"},
		{[]string{"template", "import", filepath.Join(dir, "none"), "--template", "Rooms"}, 1, "none"},
		{[]string{"config-file", "upload", good}, 0, "2 values for " + w.Phones[0].MAC.Colons()},
		{[]string{"config-file", "upload", good, bad}, 1, "1 of 2 files were not taken"},
		{[]string{"config-file", "upload"}, 2, "file"},
		{[]string{"lesson", "learn", names, "--model", "GRP2614", "--firmware", "1.0.9.103"}, 0, "3 settings named; new to GRP2614: 1 names (1 settings that no catalog had)"},
		{[]string{"lesson", "learn", names, "--model", "grp2614"}, 1, "tells nothing"},
		{[]string{"lesson", "learn", names, "--model", "XYZ"}, 1, "not known"},
		{[]string{"lesson", "learn", names}, 2, "model"},
		{[]string{"firmware", "upload", names, "--model", "GHP610", "--name", "ghp610fw.bin", "--file-version", "1.0.1.54"}, 0, "phones ask for ghp610fw.bin"},
		{[]string{"firmware", "upload", names, "--model", "GHP610"}, 1, "very file already"},
		{[]string{"firmware", "upload", text}, 1, "name a vendor"},
		{[]string{"firmware", "upload", text, "--model", "420HD", "--anyone", "--json"}, 0, `"420hd.img"`},
		{[]string{"firmware", "list"}, 0, "1.0.1.54  GHP610"},
		{[]string{"resource", "upload", text, "--vendor", "grandstream", "--kind", "ringtone", "--hold"}, 0, "phones ask for rooms.txt"},
		{[]string{"resource", "upload", text, "--vendor", "grandstream"}, 2, "kind"},
		{[]string{"resource", "list"}, 0, "nobody"},
	} {
		out, errs, code := call(t, nil, append(step.args, "--data", h.Dir, "--org", w.Org.Slug)...)
		if code != step.code || !strings.Contains(out+errs, step.says) {
			t.Errorf("%v: exit code %d, want %d; %q is wanted in\n%s%s", step.args, code, step.code, step.says, out, errs)
		}
	}
	if b, err := os.ReadFile(filepath.Join(dir, "out.xml")); err != nil || !strings.Contains(string(b), "<gs_provision") {
		t.Errorf("the exported file: %s %v", b, err)
	}
	out, _, _ := call(t, nil, "config-file", "upload", good, bad, "--json", "--data", h.Dir, "--org", w.Org.ID)
	var list []uploaded
	if err := json.Unmarshal([]byte(out), &list); err != nil || len(list) != 2 || list[0].Values != 2 || len(list[0].Warnings) != 1 || list[1].Error == "" {
		t.Errorf("for machines: %v\n%s", err, out)
	}
	if _, errs, code := call(t, nil, "template", "list", "--data", h.Dir, "--org", "none"); code != 1 || !strings.Contains(errs, "organization none") {
		t.Errorf("an unknown organization: %d %s", code, errs)
	}
	if _, _, code := call(t, nil, "template", "list", "--data", h.Dir); code != 2 {
		t.Errorf("no organization: %d", code)
	}
}
