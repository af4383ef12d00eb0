// Package config reads the settings of the program once, from a file, the
// environment and flags in rising order of strength, into one validated struct.
// Other packages receive plain values out of it and read neither files nor
// environment.
//
// A new key is a field here with its help, a default in Default and, where it
// can be wrong, a line in validate.go. The sample file is printed from the
// struct.
package config

import "time"

// Config is every setting. Field order is the order of the printed file. An
// address is host:port; without a host it means every address of the machine,
// port 0 picks a free one. A list that is empty switches its door off.
type Config struct {
	DataDir   string    `key:"data_dir" help:"folder of the database, the blobs and the key file; made where absent"`
	Database  string    `key:"database" help:"empty = SQLite in data_dir; or postgres://user:password@host/name"`
	Bus       string    `key:"bus" help:"empty = embedded; or nats://host[,nats://host…]"`
	Blobs     string    `key:"blobs" help:"empty = data_dir/blobs; or another folder"`
	PublicURL string    `key:"public_url" help:"address of the console, for links and mails"`
	PhoneURLs PhoneURLs `key:"phone_urls" help:"what phones are told, where it is not the name or address that they asked at; a loopback address is refused outside the demo"`
	Keys      Keys      `key:"keys" help:"root of the secrets; never in a backup"`
	Listen    Listen    `key:"listen" help:"doors; each a list of addresses, [] switches it off, port 0 picks a port"`
	PnP       PnP       `key:"pnp" help:"answers to phones that ask their network for a server (SIP plug and play)"`
	TLS       TLS       `key:"tls" help:"certificate of the HTTPS doors; empty = from the program's own authority"`
	SignIn    SignIn    `key:"sign_in" help:"operators at the console"`
	Dial      Dial      `key:"dial" help:"outbound connections"`
	Log       Log       `key:"log" help:"the log on standard error"`
	Demo      bool      // no key: set by the command; allows loopback phone addresses
}

// PhoneURLs is where phones are sent.
type PhoneURLs struct {
	HTTPS string `key:"https" help:"base of the HTTPS door: https://host[:port]"`
	HTTP  string `key:"http" help:"base of the HTTP door: http://host[:port]"`
	TFTP  string `key:"tftp" help:"TFTP server: tftp://host[:port]"`
	FTP   string `key:"ftp" help:"FTP server: ftp://host[:port] or ftps://host[:port]"`
	CWMP  string `key:"cwmp" help:"TR-069 server: https://host:port/acs"`
	IPP   string `key:"ipp" help:"AudioCodes phone manager: http://host:port"`
}

// Keys is where the root of the secrets is.
type Keys struct {
	File string `key:"file" help:"empty = data_dir/root.key, made with mode 0600 when there is no database yet"`
}

// Listen is where each door listens.
type Listen struct {
	Admin                []string `key:"admin" help:"console and API"`
	ProvisionHTTP        []string `key:"provision_http" help:"provisioning; up: :80"`
	ProvisionHTTPS       []string `key:"provision_https" help:"provisioning; up: :443"`
	ProvisionHTTPSLegacy []string `key:"provision_https_legacy" help:"provisioning with old TLS, for old phones only"`
	TFTP                 []string `key:"tftp" help:"provisioning; up: :69"`
	FTP                  FTP      `key:"ftp" help:"provisioning"`
	FTPS                 []string `key:"ftps" help:"provisioning"`
	CWMPHTTPS            []string `key:"cwmp_https" help:"TR-069"`
	CWMPHTTP             []string `key:"cwmp_http" help:"TR-069 in clear: carries no secret"`
	IPP                  []string `key:"ipp" help:"AudioCodes phone-manager REST"`
	SIP                  []string `key:"sip" help:"plug and play (with multicast 224.0.1.75), voice quality, NOTIFY"`
	STUN                 []string `key:"stun" help:"STUN"`
	Syslog               []string `key:"syslog" help:"log lines of phones; up: :514"`
	DataServer           []string `key:"dataserver" help:"integration clients: events and commands"`
	Debug                []string `key:"debug" help:"live log stream; the port is 9690"`
	Metrics              []string `key:"metrics" help:"Prometheus, /healthz, /readyz, pprof"`
}

// FTP is the FTP door, which needs a second range of ports.
type FTP struct {
	Listen   []string `key:"listen" help:"addresses"`
	Passive  string   `key:"passive" help:"first-last port of data connections, of FTPS too"`
	PublicIP string   `key:"public_ip" help:"address that phones are told for data connections; empty = where they connected"`
}

// PnP is where the program answers phones that ask a multicast group.
type PnP struct {
	Interfaces []string `key:"interfaces" help:"network interfaces, or * for all that have a network; empty = off. Only phones in a site's subnets are answered"`
}

// TLS is the certificate of the HTTPS doors.
type TLS struct {
	Cert           string   `key:"cert" help:"PEM file with the chain"`
	Key            string   `key:"key" help:"PEM file with the private key"`
	ACME           ACME     `key:"acme" help:"certificate from a public authority"`
	TrustedProxies []string `key:"trusted_proxies" help:"networks whose X-Forwarded-For is believed, as 192.0.2.0/24"`
}

// ACME is how to get a certificate by RFC 8555.
type ACME struct {
	Domains []string `key:"domains" help:"names; empty = off"`
	Email   string   `key:"email" help:"contact of the account"`
}

// SignIn bounds what operators may do wrong.
type SignIn struct {
	Failures int           `key:"failures" help:"failed sign-ins in a row that lock an account, 1 to 10"`
	Idle     time.Duration `key:"idle" help:"time after which an unused session ends, 2m to 60m"`
}

// Dial is what the program may call.
type Dial struct {
	Allow []string `key:"allow" help:"networks that may be called although they are the machine's own, as 127.0.0.0/8; for trials only"`
}

// Log is how the log looks.
type Log struct {
	Format string `key:"format" help:"text or json"`
	Level  string `key:"level" help:"debug, info, warn or error"`
}

// Default returns the settings that hold where nothing is set.
func Default() Config {
	return Config{
		DataDir:   "./data",
		PublicURL: "http://127.0.0.1:9080",
		Listen: Listen{
			Admin:          []string{"127.0.0.1:9080"},
			ProvisionHTTP:  []string{":9081"},
			ProvisionHTTPS: []string{":9443"},
			TFTP:           []string{":6969"},
			FTP:            FTP{Passive: "50000-50100"},
			CWMPHTTPS:      []string{":7548"},
			CWMPHTTP:       []string{":7547"},
			IPP:            []string{":8080", ":8081"},
			SIP:            []string{":5060"},
			Syslog:         []string{":5514"},
			DataServer:     []string{"127.0.0.1:9689"},
			Debug:          []string{"127.0.0.1:9690"},
			Metrics:        []string{"127.0.0.1:9090"},
		},
		SignIn: SignIn{Failures: 5, Idle: time.Hour},
		Log:    Log{Format: "text", Level: "info"},
	}
}
