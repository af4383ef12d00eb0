package app

import (
	"context"
	"crypto/tls"
	"net"
	"net/http"
	"net/url"
	"strings"

	"github.com/prometheus/client_golang/prometheus"

	"bellwether/internal/api"
	"bellwether/internal/platform/db"
	"bellwether/internal/platform/httpx"
	"bellwether/internal/platform/slots"
	"bellwether/internal/protocol/http/httpd"
	"bellwether/internal/vendors"
)

// txn is the transaction that hooks between nouns are called in.
type txn = *db.Tx

func (a *App) wireProtocol(ctx context.Context) error {
	names, ips := a.certNames()
	cert, err := a.CA.Server(ctx, a.Log, names, ips)
	if err != nil {
		return err
	}
	// A phone's certificate is asked for and judged by identity, never by TLS:
	// a phone with a certificate that nobody knows still gets what anybody gets.
	phones := &tls.Config{MinVersion: tls.VersionTLS12, GetCertificate: cert.GetCertificate, NextProtos: []string{"http/1.1", "http/1.0"}, ClientAuth: tls.RequestClientCert}
	console := api.NewConsole(a.Web, api.New(api.Deps{Access: a.Access, Adoption: a.Adoption, Audit: a.Audit, Orgs: a.Orgs, Devices: a.Devices, Identity: a.Identity, Trust: a.Trust, Accounts: a.Accounts, Alarms: a.Alarms,
		Groups: a.Groups, Holders: a.Holders, Resources: a.Resources, Lessons: a.Lessons, Templates: a.Templates, Redirects: a.Redirects, Revisions: a.Revisions, Commands: a.Commands, Tasks: a.Tasks, Ledger: a.Ledger, Manager: a.Manager, Reports: a.Reports, Previews: a.Provision, Onboard: a.Onboard, Vendors: a.Vendors, Vault: a.Vault, Bus: a.Bus, Idem: a.Idem, Clock: a.Clock, Log: a.Log,
		Doors:  func() vendors.Doors { return Doors(a.Config, a.Addrs()) },
		Secure: strings.HasPrefix(a.Config.PublicURL, "https://"), System: api.System{Version: a.Version, Database: a.DB.Dialect(), Bus: a.busName(), Node: a.Node, StartedAt: a.started}}))
	reg := prometheus.NewRegistry()
	metrics := httpx.NewMetrics(reg)
	l := a.Config.Listen
	a.places = slots.NewConns(openFiles() / doorsShare)
	a.doors = []door{
		{name: "admin", addrs: l.Admin, serve: a.web("admin", console, metrics)},
		{name: "metrics", addrs: l.Metrics, serve: a.web("metrics", a.health(reg), metrics)},
		{name: "provision_http", addrs: l.ProvisionHTTP, serve: a.files("provision_http", nil, metrics)},
		{name: "provision_https", addrs: l.ProvisionHTTPS, serve: a.files("provision_https", phones, metrics)},
		a.tftp(l.TFTP, reg),
	}
	a.doors = append(a.doors, a.ftp(phones, reg)...)
	a.doors = append(a.doors, a.cwmp(phones, metrics)...)
	a.doors = append(a.doors, a.ipp(metrics))
	return a.wireOldTLS(ctx, metrics)
}

func (a *App) busName() string {
	if a.Config.Bus == "" {
		return "embedded"
	}
	return "nats"
}

// files is a provisioning door over HTTP: clear without cfg.
func (a *App) files(name string, cfg *tls.Config, m *httpx.Metrics) func(context.Context, net.Listener) error {
	return func(ctx context.Context, l net.Listener) error {
		return httpd.New(httpd.Config{Name: name, TLS: cfg, Files: a.Provision, Events: a.Reports, Nonces: a.Vault, Clock: a.Clock, Log: a.Log, Metrics: m}).Run(ctx, a.places.Listen(l))
	}
}

// web serves a handler on plain HTTP.
func (a *App) web(name string, h http.Handler, m *httpx.Metrics) func(context.Context, net.Listener) error {
	return func(ctx context.Context, l net.Listener) error {
		return httpx.New(httpx.Config{Name: name, Handler: h, Log: a.Log, Metrics: m, Clock: a.Clock}).Run(ctx, l)
	}
}

// phoneBase is the HTTPS address that phones are told.
func (a *App) phoneBase() string {
	if u := a.Config.PhoneURLs.HTTPS; u != "" {
		return u
	}
	host := "localhost"
	if u, err := url.Parse(a.Config.PublicURL); err == nil && u.Hostname() != "" {
		host = u.Hostname()
	}
	for _, addr := range a.Addrs()["provision_https"] {
		if _, port, err := net.SplitHostPort(addr); err == nil {
			return "https://" + net.JoinHostPort(host, port)
		}
	}
	return "https://" + host
}

// certNames are the names and addresses that phones reach us by.
func (a *App) certNames() (names []string, ips []net.IP) {
	names, ips = []string{"localhost"}, []net.IP{net.IPv4(127, 0, 0, 1), net.IPv6loopback}
	for _, s := range []string{a.Config.PublicURL, a.Config.PhoneURLs.HTTPS, a.Config.PhoneURLs.CWMP} {
		u, err := url.Parse(s)
		if err != nil || u.Hostname() == "" {
			continue
		}
		if ip := net.ParseIP(u.Hostname()); ip != nil {
			ips = append(ips, ip)
		} else if u.Hostname() != "localhost" {
			names = append(names, u.Hostname())
		}
	}
	return names, ips
}
