package config_test

import (
	"bytes"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"bellwether/internal/config"
	"bellwether/internal/platform/fault"
)

func file(t *testing.T, content string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "bellwether.yaml")
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestLoad_strength(t *testing.T) {
	t.Parallel()
	c, err := config.Load(config.Sources{
		File: file(t, "data_dir: /file\npublic_url: https://file.example.org/\nlisten:\n  admin: [\"127.0.0.1:1\"]\n  tftp:\n  sip: \":5061\"\nsign_in: {idle: 10m, failures: 3}\n"),
		Env: []string{
			"BELLWETHER_DATA_DIR=/env", "BELLWETHER_LISTEN_ADMIN=127.0.0.1:2, 127.0.0.1:3", "BELLWETHER_LISTEN_SYSLOG=", "HOME=/x",
			"BELLWETHER_TEST_PG=x", "BELLWETHER_BIN=x", "BELLWETHER_SERVICE_HOST=10.0.0.1", "BELLWETHER_PORT_9080_TCP_ADDR=x", "BELLWETHER_PORT=x",
		},
		Flags: map[string]string{"data_dir": "/flag", "log.level": "debug"},
	})
	if err != nil {
		t.Fatal(err)
	}
	want := config.Default()
	want.DataDir = "/flag"
	want.PublicURL = "https://file.example.org"
	want.Listen.Admin = []string{"127.0.0.1:2", "127.0.0.1:3"}
	want.Listen.TFTP, want.Listen.Syslog = nil, nil
	want.Listen.SIP = []string{":5061"}
	want.SignIn = config.SignIn{Failures: 3, Idle: 10 * time.Minute}
	want.Log.Level = "debug"
	if diff := cmp.Diff(want, c, cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestLoad_refuses(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		src  config.Sources
		want []string
	}{
		"unknown key":         {config.Sources{File: "listne: {}"}, []string{"listne: there is no such key"}},
		"unknown deep key":    {config.Sources{File: "listen: {ftp: {pasive: x}}"}, []string{"listen.ftp.pasive: there is no such key"}},
		"two unknown keys":    {config.Sources{File: "b: 1\na: 1"}, []string{"a: there is no such key", "b: there is no such key"}},
		"dotted key":          {config.Sources{File: "listen.admin: [\":1\"]"}, []string{"listen.admin: there is no such key"}},
		"unknown variable":    {config.Sources{Env: []string{"BELLWETHER_LISTEN_ADMN=x"}}, []string{"BELLWETHER_LISTEN_ADMN: there is no such key"}},
		"unknown flag":        {config.Sources{Flags: map[string]string{"listen": "x"}}, []string{"listen: there is no such key"}},
		"value for section":   {config.Sources{File: "listen: 1"}, []string{"listen: keys below"}},
		"section for value":   {config.Sources{File: "data_dir: {a: 1}"}, []string{"data_dir: it has no keys below it"}},
		"number for text":     {config.Sources{File: "data_dir: 7"}, []string{"data_dir: a text is wanted"}},
		"number for list":     {config.Sources{File: "listen: {admin: 9080}"}, []string{"listen.admin: a list of texts"}},
		"numbers in list":     {config.Sources{File: "listen: {admin: [9080]}"}, []string{"listen.admin: a list of texts"}},
		"text for number":     {config.Sources{File: "sign_in: {failures: many}"}, []string{"sign_in.failures: a whole number"}},
		"text for time":       {config.Sources{File: "sign_in: {idle: 5}"}, []string{"sign_in.idle: a time"}},
		"not yaml":            {config.Sources{File: "a: [1\nb: }"}, []string{"is not YAML"}},
		"no port":             {config.Sources{File: "listen: {admin: [\"127.0.0.1\"]}"}, []string{"listen.admin: \"127.0.0.1\" is no address"}},
		"port too high":       {config.Sources{File: "listen: {admin: [\":70000\"]}"}, []string{"listen.admin", "port from 0 to 65535"}},
		"name for address":    {config.Sources{File: "listen: {admin: [\"example.org:80\"]}"}, []string{"listen.admin", "of this machine"}},
		"one port twice":      {config.Sources{File: "listen: {metrics: [\"127.0.0.1:9081\"]}"}, []string{"listen.metrics: 127.0.0.1:9081 is the address of listen.provision_http already"}},
		"debug port":          {config.Sources{File: "listen: {debug: [\"127.0.0.1:9999\"]}"}, []string{"listen.debug: the port is 9690"}},
		"passive range":       {config.Sources{File: "listen: {ftp: {listen: [\":21\"], passive: \"9-1\"}}"}, []string{"listen.ftp.passive"}},
		"public ip":           {config.Sources{File: "listen: {ftp: {public_ip: example.org}}"}, []string{"listen.ftp.public_ip"}},
		"database":            {config.Sources{File: "database: mysql://x"}, []string{"database: empty or postgres"}},
		"bus":                 {config.Sources{File: "bus: nats://a,redis://b"}, []string{"bus: empty or nats"}},
		"blobs":               {config.Sources{File: "blobs: s3://bucket"}, []string{"blobs: this version"}},
		"public url":          {config.Sources{File: "public_url: example.org"}, []string{"public_url: http"}},
		"no data":             {config.Sources{File: "data_dir: \"\""}, []string{"data_dir: a folder"}},
		"phone at itself":     {config.Sources{File: "phone_urls: {https: \"https://127.0.0.1:9443\"}"}, []string{"phone_urls.https", "leads each phone to itself"}},
		"phone at local name": {config.Sources{File: "phone_urls: {http: \"http://LOCALHOST.\"}"}, []string{"phone_urls.http", "leads each phone to itself"}},
		"phone in clear":      {config.Sources{File: "phone_urls: {https: \"http://192.0.2.1\"}"}, []string{"phone_urls.https: https://host"}},
		"half a certificate":  {config.Sources{File: "tls: {cert: a.pem}"}, []string{"tls.cert: certificate and key"}},
		"acme":                {config.Sources{File: "tls: {acme: {domains: [a.example.org]}}"}, []string{"tls.acme.domains: this version"}},
		"proxies":             {config.Sources{File: "tls: {trusted_proxies: [\"192.0.2.1\"]}"}, []string{"tls.trusted_proxies"}},
		"idle":                {config.Sources{File: "sign_in: {idle: 1m, failures: 11}"}, []string{"sign_in.failures: 1 to 10", "sign_in.idle: 2m to 60m"}},
		"log":                 {config.Sources{File: "log: {level: loud, format: xml}"}, []string{"log.format", "log.level"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if tc.src.File != "" {
				tc.src.File = file(t, tc.src.File)
			}
			_, err := config.Load(tc.src)
			if !fault.Is(err, fault.Invalid) {
				t.Fatalf("Load = %v, want Invalid", err)
			}
			for _, w := range tc.want {
				if !strings.Contains(err.Error(), w) {
					t.Errorf("Load = %v; want %q in it", err, w)
				}
			}
		})
	}
	if _, err := config.Load(config.Sources{File: "/does/not/exist.yaml"}); !fault.Is(err, fault.Invalid) {
		t.Errorf("a missing file: %v", err)
	}
}

func TestLoad_demo_may_send_phones_to_loopback(t *testing.T) {
	t.Parallel()
	src := config.Sources{Demo: true, Flags: map[string]string{"phone_urls.https": "https://127.0.0.1:9443"}}
	if _, err := config.Load(src); err != nil {
		t.Error(err)
	}
}

// TestPrint checks that the printed file gives the same settings again, for the
// defaults and for settings that differ in every key.
func TestPrint(t *testing.T) {
	t.Parallel()
	odd := config.Default()
	odd.DataDir = "/a \"b\": #c\\ü\u202e"
	odd.Database, odd.Bus = "postgres://u@h/d", "nats://a:4222,nats://b:4222"
	odd.PhoneURLs.HTTPS = "https://phones.example.org"
	odd.Listen.Admin, odd.Listen.TFTP = []string{"[::1]:0", ":0"}, []string{}
	odd.TLS = config.TLS{Cert: "c", Key: "k", TrustedProxies: []string{"192.0.2.0/24"}}
	odd.SignIn = config.SignIn{Failures: 1, Idle: 150 * time.Second}
	odd.Log = config.Log{Format: "json", Level: "error"}
	for name, c := range map[string]config.Config{"default": config.Default(), "odd": odd} {
		var out bytes.Buffer
		if err := config.Print(&out, c); err != nil {
			t.Fatal(err)
		}
		again, err := config.Load(config.Sources{File: file(t, out.String())})
		if err != nil {
			t.Fatalf("%s: %v\n%s", name, err, out.String())
		}
		if diff := cmp.Diff(c, again, cmpopts.EquateEmpty()); diff != "" {
			t.Errorf("%s (-printed +loaded):\n%s", name, diff)
		}
	}
}

func TestPrint_shows_no_password(t *testing.T) {
	t.Parallel()
	c := config.Default()
	c.Database = "postgres://bw:c4nary@db.example.org/bw"
	var out bytes.Buffer
	if err := config.Print(&out, c); err != nil {
		t.Fatal(err)
	}
	if strings.Contains(out.String(), "c4nary") || !strings.Contains(out.String(), "db.example.org") {
		t.Error(out.String())
	}
}

// TestConfig_every_key_is_documented walks the struct.
func TestConfig_every_key_is_documented(t *testing.T) {
	t.Parallel()
	var walk func(path string, typ reflect.Type) int
	walk = func(path string, typ reflect.Type) int {
		n := 0
		for i := range typ.NumField() {
			f := typ.Field(i)
			key := f.Tag.Get("key")
			if key == "" {
				if path != "" || f.Name != "Demo" {
					t.Errorf("%s%s has no key", path, f.Name)
				}
				continue
			}
			if f.Tag.Get("help") == "" {
				t.Errorf("%s%s has no comment", path, key)
			}
			if f.Type.Kind() == reflect.Struct {
				n += walk(path+key+".", f.Type)
				continue
			}
			n++
		}
		return n
	}
	if n := walk("", reflect.TypeFor[config.Config]()); n < 30 {
		t.Errorf("only %d keys were found", n)
	}
}

// FuzzLoad has a file refused with the key or the line, or read into what
// validates again.
func FuzzLoad(f *testing.F) {
	f.Add("log:\n  level: debug\n")
	f.Add("no_such_key: 1\n")
	f.Add("log: [1, 2]\n")
	f.Add("log:\n  level: {a: b}\n")
	f.Add("1: 2\n")
	f.Add("? [a]\n: b\n")
	f.Add("a: &a [*a]\n")
	f.Add("log.level: debug\n")
	f.Add("\tlog:\x00")
	f.Fuzz(func(t *testing.T, content string) {
		path := file(t, content)
		c, err := config.Load(config.Sources{File: path})
		if err != nil {
			if !fault.Is(err, fault.Invalid) {
				t.Fatalf("%q: %v", content, err)
			}
			return
		}
		again, err := config.Load(config.Sources{File: path})
		if err != nil || !reflect.DeepEqual(again, c) {
			t.Fatalf("%q is read in two ways: %v", content, err)
		}
	})
}
