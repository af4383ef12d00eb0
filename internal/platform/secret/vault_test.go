package secret_test

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/uptrace/bun"

	"bellwether/internal/platform/db"
	"bellwether/internal/platform/db/dbtest"
	"bellwether/internal/platform/fault"
	"bellwether/internal/platform/scope"
	"bellwether/internal/platform/secret"
)

const canary = "kanarienvogel-4711-geheim"

var account = secret.Owner{TenantID: "t1", OrgID: "o1", Kind: "account", ID: "a1"}

func newVault(t *testing.T, d *db.DB) *secret.Vault {
	t.Helper()
	root, err := secret.NewRoot()
	if err != nil {
		t.Fatal(err)
	}
	return vaultOf(t, d, root)
}

func vaultOf(t *testing.T, d *db.DB, root *secret.Root) *secret.Vault {
	t.Helper()
	v, err := secret.New(t.Context(), d, root)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func system(t *testing.T) context.Context { return scope.AsSystem(t.Context(), "test") }

func seal(t *testing.T, d *db.DB, v *secret.Vault, o secret.Owner, text string) (ref secret.Ref) {
	t.Helper()
	err := d.Write(system(t), func(tx *db.Tx) (err error) {
		ref, err = v.Seal(system(t), tx, o, secret.NewString(text))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return ref
}

func open(ctx context.Context, d *db.DB, v *secret.Vault, ref secret.Ref, p secret.Purpose) (got string, err error) {
	err = d.Read(ctx, func(q db.Q) error {
		s, err := v.Open(ctx, q, ref, p)
		got = s.Reveal()
		return err
	})
	return got, err
}

func exec(t *testing.T, d *db.DB, query string, args ...any) {
	t.Helper()
	err := d.Write(system(t), func(tx *db.Tx) error {
		_, err := tx.NewRaw(query, args...).Exec(system(t))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestVault_Open(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		v := newVault(t, d)
		first := seal(t, d, v, account, canary)
		var second secret.Ref
		err := d.Write(system(t), func(tx *db.Tx) (err error) {
			second, err = v.Reseal(system(t), tx, first, secret.NewString("second"))
			return err
		})
		if err != nil || second.Version() != 2 || second.ID() != first.ID() {
			t.Fatalf("Reseal = %s, %v", second, err)
		}
		for ref, want := range map[secret.Ref]string{first: canary, second: "second", first.Current(): "second"} {
			if got, err := open(system(t), d, v, ref, secret.ForDevice("d1")); got != want || err != nil {
				t.Errorf("Open(%s) = %q, %v; want %q", ref, got, err, want)
			}
		}
		t.Run("other tenants and organizations see nothing", func(t *testing.T) {
			for name, ctx := range map[string]context.Context{
				"no scope":           t.Context(),
				"other tenant":       scope.InOrg(t.Context(), "t2", "o1"),
				"other organization": scope.InOrg(t.Context(), "t1", "o2"),
			} {
				if got, err := open(ctx, d, v, first, secret.ForDevice("d1")); !fault.Is(err, fault.NotFound) {
					t.Errorf("%s: Open = %q, %v", name, got, err)
				}
			}
			if got, err := open(scope.InOrg(t.Context(), "t1", "o1"), d, v, first, secret.ForDevice("d1")); got != canary {
				t.Errorf("own organization: Open = %q, %v", got, err)
			}
		})
		t.Run("a secret deleted is gone", func(t *testing.T) {
			err := d.Write(system(t), func(tx *db.Tx) error { return v.Delete(system(t), tx, first.Current()) })
			if err != nil {
				t.Fatal(err)
			}
			if _, err := open(system(t), d, v, second, secret.ForDevice("d1")); !fault.Is(err, fault.NotFound) {
				t.Fatalf("Open = %v", err)
			}
		})
	})
}

func TestVault_Open_purpose(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	v := newVault(t, d)
	pki := seal(t, d, v, secret.Owner{Kind: secret.OwnerPKI, ID: "r"}, "root")
	sip := seal(t, d, v, account, "sip")
	for name, tc := range map[string]struct {
		ref secret.Ref
		p   secret.Purpose
		ok  bool
	}{
		"none":                   {sip, secret.Purpose{}, false},
		"a device's":             {sip, secret.ForDevice("d"), true},
		"a device without name":  {sip, secret.ForDevice(""), false},
		"reveal":                 {sip, secret.Reveal("op", "shown on the phone's page"), true},
		"reveal without reason":  {sip, secret.Reveal("op", ""), false},
		"reveal a signing key":   {pki, secret.Reveal("op", "curious"), false},
		"outbound":               {sip, secret.Outbound("d", "sip"), true},
		"connection":             {sip, secret.Connection("pbx", "p"), true},
		"pki":                    {pki, secret.ForPKI(), true},
		"pki for another's":      {sip, secret.ForPKI(), false},
		"pbx host":               {sip, secret.ForPBXHost(), true},
		"backup":                 {pki, secret.ForBackup(), true},
		"a signing key outbound": {pki, secret.Outbound("d", "sip"), false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := open(system(t), d, v, tc.ref, tc.p)
			if (err == nil) != tc.ok || err != nil && !fault.Is(err, fault.Denied) {
				t.Fatalf("Open for %q = %v", tc.p, err)
			}
		})
	}
}

// A sealed row opens in its own place alone.
func TestVault_moved_row_does_not_open(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		root, err := secret.NewRoot()
		if err != nil {
			t.Fatal(err)
		}
		v := vaultOf(t, d, root)
		other := seal(t, d, v, secret.Owner{TenantID: "t2", OrgID: "o1", Kind: "account", ID: "a1"}, "theirs")
		for column, value := range map[string]any{
			"tenant_id": "t2", "org_id": "o9", "owner_kind": "device", "owner_id": "a2", "version": 7, "id": "0197-moved",
		} {
			ref := seal(t, d, v, account, canary)
			exec(t, d, "UPDATE secrets SET ? = ? WHERE id = ?", bun.Ident(column), value, ref.ID())
			moved := secret.Ref("secret:" + ref.ID())
			if column == "id" {
				moved = "secret:0197-moved"
			}
			if got, err := open(system(t), d, v, moved, secret.ForDevice("d")); err == nil || got != "" {
				t.Errorf("%s changed: Open = %q, %v", column, got, err)
			}
		}
		mine := seal(t, d, v, account, canary)
		exec(t, d, "UPDATE secrets SET sealed = (SELECT sealed FROM secrets WHERE id = ?) WHERE id = ?", mine.ID(), other.ID())
		if got, err := open(system(t), d, v, other, secret.ForDevice("d")); err == nil {
			t.Errorf("sealed text of another tenant: Open = %q", got)
		}
		// The tenant's data key and the row together, for another tenant. A
		// new vault has the key from its row and not from memory.
		exec(t, d, "UPDATE data_keys SET tenant_id = 't3' WHERE tenant_id = 't1'")
		if got, err := open(system(t), d, vaultOf(t, d, root), mine, secret.ForDevice("d")); err == nil {
			t.Errorf("data key of another tenant: Open = %q", got)
		}
		exec(t, d, "UPDATE secrets SET tenant_id = 't3' WHERE tenant_id = 't1'")
		if got, err := open(system(t), d, vaultOf(t, d, root), mine, secret.ForDevice("d")); err == nil {
			t.Errorf("row and data key of another tenant: Open = %q", got)
		}
	})
}

func TestVault_MAC(t *testing.T) {
	t.Parallel()
	d := dbtest.New(t)
	root, err := secret.NewRoot()
	if err != nil {
		t.Fatal(err)
	}
	v := vaultOf(t, d, root)
	m := v.MAC("path token", "ab", "c")
	if len(m) != 64 || m != v.MAC("path token", "ab", "c") {
		t.Fatalf("MAC = %q, then %q", m, v.MAC("path token", "ab", "c"))
	}
	if m != vaultOf(t, d, root).MAC("path token", "ab", "c") {
		t.Error("another start gives another MAC")
	}
	for name, other := range map[string]string{
		"label": v.MAC("bootstrap", "ab", "c"), "cut": v.MAC("path token", "a", "bc"), "parts": v.MAC("path token", "abc"),
		"database": newVault(t, dbtest.New(t)).MAC("path token", "ab", "c"),
	} {
		if other == m {
			t.Errorf("another %s gives the same MAC", name)
		}
	}
}

// No byte of clear text reaches the disk.
func TestVault_canary(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	d := dbtest.Open(t, db.Config{Dir: dir})
	seal(t, d, newVault(t, d), account, canary)
	found := 0
	err := filepath.WalkDir(dir, func(path string, e os.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		b, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		if bytes.Contains(b, []byte("secrets_owner")) {
			found++
		}
		if bytes.Contains(b, []byte(canary)) || bytes.Contains(b, []byte(canary[:12])) {
			t.Errorf("%s holds the secret", path)
		}
		return nil
	})
	if err != nil || found == 0 {
		t.Fatalf("looked at %d database files: %v", found, err)
	}
}

func TestRef(t *testing.T) {
	t.Parallel()
	for in, ok := range map[string]bool{
		"secret:0197aa@1": true, "secret:0197aa": true, "secret:a-b@12": true,
		"": false, "secret:": false, "secret:@1": false, "secret:a@": false, "secret:a@0": false, "secret:a@01": false,
		"secret:a@-1": false, "secret:A": false, "secret:a b": false, "Secret:a": false, "secret:a@1@2": false,
		"secret:" + strings.Repeat("a", 65): false,
	} {
		if secret.IsRef(in) != ok {
			t.Errorf("IsRef(%q) = %v", in, !ok)
		}
	}
}
