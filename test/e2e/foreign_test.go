package e2e

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"bellwether/internal/testkit"
)

// TestPhone_foreign_servers: the virtual phone speaks its protocols, so other
// people's servers give it its file: dnsmasq by TFTP, vsftpd by FTP and FTPS,
// lighttpd by HTTP and HTTPS, with basic, with digest, and with a certificate for
// another name.
func TestPhone_foreign_servers(t *testing.T) {
	t.Parallel()
	if !testkit.Alone(t, 5*time.Minute) {
		return
	}
	must(t, "ip", "link", "set", "lo", "up")
	dir := t.TempDir()
	files := filepath.Join(dir, "files")
	for _, folder := range []string{files, filepath.Join(files, "basic"), filepath.Join(files, "digest")} {
		if err := os.Mkdir(folder, 0o755); err != nil {
			t.Fatal(err)
		}
		file := filepath.Join(folder, "cfg"+foreignMAC+".xml")
		write(t, file, `<gs_provision version="1"><mac>`+foreignMAC+`</mac><config version="2"><item name="hotel.name">`+strings.Repeat("Seaside ", 200)+`</item></config></gs_provision>`)
		if err := os.Chmod(file, 0o644); err != nil { //nolint:gosec // dnsmasq gives nothing else
			t.Fatal(err)
		}
	}
	pem := certificate(t, dir)
	tftpd(t, files)
	ftpd(t, dir, files, pem)
	httpd(t, dir, files, pem)
	signIn := []string{"--set", "provisioning.config.username=phone", "--set", "provisioning.config.password=the secret"}
	strict := []string{"--ca", filepath.Join(dir, "ca.pem"), "--set", "security.validate.servercertificate=Yes", "--set", "provisioning.validatehostnameincertificate=Yes"}
	for _, tc := range []struct {
		what, folder string
		more         []string
		want         string // of the phone's problem, "" for none
	}{
		{"TFTP", "tftp://127.0.0.1/", nil, ""},
		{"FTP", "ftp://127.0.0.1/", nil, ""},
		{"FTPS", "ftps://localhost/", strict, ""},
		{"FTPS, another name", "ftps://127.0.0.1/", strict, "certificate"},
		{"HTTP", "http://127.0.0.1/", nil, ""},
		{"HTTP, basic", "http://127.0.0.1/basic/", signIn, ""},
		{"HTTP, basic first", "http://127.0.0.1/basic/", append([]string{"--set", "provisioning.alwaysauthenticatebeforechallenge=Yes"}, signIn...), ""},
		{"HTTP, no password", "http://127.0.0.1/basic/", nil, "401"},
		{"HTTP, digest", "http://127.0.0.1/digest/", signIn, ""},
		{"HTTPS", "https://localhost/", strict, ""},
		{"HTTPS, another name", "https://127.0.0.1/", strict, "certificate"},
		{"HTTPS, another name, not looked at", "https://127.0.0.1/", strict[:4], ""},
	} {
		t.Run(tc.what, func(t *testing.T) {
			got := foreign(t, tc.folder, tc.more)
			if tc.want == "" && (got.Code != 200 || got.Applied == 0 || !strings.HasPrefix(got.Settings["hotel.name"], "Seaside")) || tc.want != "" && !strings.Contains(got.Error, tc.want) {
				t.Errorf("%+v, want %q", got, tc.want)
			}
		})
	}
}

const foreignMAC = "02000000f001"

// life is how a phone's life went.
type life struct {
	Applied  int    `json:"applied"`
	Code     int    `json:"last_code"`
	Error    string `json:"last_error"`
	Settings map[string]string
}

// foreign has a phone look for its file once.
func foreign(t *testing.T, folder string, more []string) life {
	t.Helper()
	p := launch(t, environment(), os.Getenv(binEnv), slices.Concat([]string{"phone", "--server", folder, "--vendor", "grandstream", "--model", "GHP621W", "--mac", foreignMAC, "--stagger", "1ms", "--verbose", "--json"}, more)...)
	p.awaits(t, "phone fetched")
	if code := p.stop(t, syscall.SIGTERM); code != 0 {
		t.Fatalf("it ended with %d", code)
	}
	var all []life
	if err := json.Unmarshal([]byte(p.out.String()), &all); err != nil || len(all) != 1 {
		t.Fatalf("%v in %s", err, p.out)
	}
	return all[0]
}

// certificate makes a CA and a certificate for localhost, and returns the file that
// holds the latter with its key.
func certificate(t *testing.T, dir string) string {
	t.Helper()
	at := func(name string) string { return filepath.Join(dir, name) }
	must(t, "openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", at("ca.key"), "-out", at("ca.pem"), "-days", "2", "-subj", "/CN=CA of a test")
	must(t, "openssl", "req", "-newkey", "rsa:2048", "-nodes", "-keyout", at("key.pem"), "-out", at("csr.pem"), "-subj", "/CN=localhost")
	write(t, at("ext"), "subjectAltName=DNS:localhost\n")
	must(t, "openssl", "x509", "-req", "-in", at("csr.pem"), "-CA", at("ca.pem"), "-CAkey", at("ca.key"), "-CAcreateserial", "-out", at("cert.pem"), "-days", "2", "-extfile", at("ext"))
	cert, err := os.ReadFile(at("cert.pem"))
	if err != nil {
		t.Fatal(err)
	}
	key, err := os.ReadFile(at("key.pem"))
	if err != nil {
		t.Fatal(err)
	}
	write(t, at("both.pem"), string(cert)+string(key))
	return at("both.pem")
}

// listens waits until somebody has a port.
func listens(t *testing.T, kind, port string) {
	t.Helper()
	eventually(t, "somebody listens at "+port, func() bool { return strings.Contains(must(t, "ss", kind), ":"+port+" ") })
}

func tftpd(t *testing.T, files string) {
	t.Helper()
	launch(t, environment(), "/usr/sbin/dnsmasq", "--no-daemon", "--user=root", "--port=0", "--interface=lo", "--bind-interfaces", "--enable-tftp", "--tftp-root="+files)
	listens(t, "-lun", "69")
}

// ftpd starts vsftpd twice: in clear, and with TLS from the first byte.
func ftpd(t *testing.T, dir, files, pem string) {
	t.Helper()
	if _, err := exec.LookPath("/usr/sbin/vsftpd"); err != nil {
		t.Fatalf("%v (scripts/setup.sh test installs it)", err)
	}
	for port, more := range map[string]string{"21": "", "990": "ssl_enable=YES\nallow_anon_ssl=YES\nimplicit_ssl=YES\nforce_anon_logins_ssl=YES\nforce_anon_data_ssl=YES\nrequire_ssl_reuse=NO\nrsa_cert_file=" + pem + "\nssl_ciphers=HIGH\n"} {
		conf := filepath.Join(dir, "ftp"+port+".conf")
		write(t, conf, "listen=YES\nlisten_address=127.0.0.1\nlisten_port="+port+"\nbackground=NO\nrun_as_launching_user=YES\nanonymous_enable=YES\nlocal_enable=NO\nanon_root="+files+
			"\nno_anon_password=YES\nxferlog_enable=NO\nseccomp_sandbox=NO\none_process_model=NO\nanon_world_readable_only=NO\n"+more)
		if err := os.Chmod(conf, 0o600); err != nil { // it refuses one that others may write
			t.Fatal(err)
		}
		launch(t, environment(), "/usr/sbin/vsftpd", conf)
		listens(t, "-ltn", port)
	}
}

func httpd(t *testing.T, dir, files, pem string) {
	t.Helper()
	conf := filepath.Join(dir, "lighttpd.conf")
	write(t, filepath.Join(dir, "users"), "phone:the secret\n")
	write(t, conf, `server.modules = ("mod_auth", "mod_authn_file", "mod_openssl")
server.document-root = "`+files+`"
server.bind = "127.0.0.1"
server.port = 80
auth.backend = "plain"
auth.backend.plain.userfile = "`+filepath.Join(dir, "users")+`"
auth.require = (
  "/basic/" => ("method" => "basic", "realm" => "phones", "require" => "valid-user"),
  "/digest/" => ("method" => "digest", "realm" => "phones", "require" => "valid-user"))
$SERVER["socket"] == "127.0.0.1:443" {
  ssl.engine = "enable"
  ssl.pemfile = "`+pem+`"
}
`)
	launch(t, environment(), "/usr/sbin/lighttpd", "-D", "-f", conf)
	listens(t, "-ltn", "443")
}
