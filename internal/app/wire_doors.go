package app

import (
	"context"
	"crypto/tls"
	"net"

	"github.com/prometheus/client_golang/prometheus"

	"bellwether/internal/platform/httpx"
	"bellwether/internal/protocol/ftp/ftpd"
	"bellwether/internal/protocol/tftp/tftpd"
)

// tftp is the TFTP door.
func (a *App) tftp(addrs []string, reg prometheus.Registerer) door {
	srv := tftpd.New(tftpd.Config{Files: a.Provision, Log: a.Log, Metrics: tftpd.NewMetrics(reg), Clock: a.Clock, Network: a.Network, Most: openFiles() / tftpShare})
	return door{name: "tftp", addrs: addrs, packets: srv.Run}
}

// ftp are the FTP and the FTPS door. Both have the certificate of HTTPS.
func (a *App) ftp(cert *tls.Config, reg prometheus.Registerer) []door {
	l := a.Config.Listen
	cfg := cert.Clone()
	cfg.NextProtos = nil
	c := ftpd.Config{Files: a.Provision, Log: a.Log, Metrics: ftpd.NewMetrics(reg), Clock: a.Clock, TLS: cfg, Passive: l.FTP.Passive, PublicIP: l.FTP.PublicIP}
	explicit := ftpd.New(c)
	c.Mode = ftpd.Implicit
	implicit := ftpd.New(c)
	run := func(s *ftpd.Server) func(context.Context, net.Listener) error {
		return func(ctx context.Context, l net.Listener) error { return s.Run(ctx, a.places.Listen(l)) }
	}
	return []door{{name: "ftp", addrs: l.FTP.Listen, serve: run(explicit)}, {name: "ftps", addrs: l.FTPS, serve: run(implicit)}}
}

// wireOldTLS adds the door for phones that know only old TLS. Its certificate is
// made where the door is wanted alone.
func (a *App) wireOldTLS(ctx context.Context, m *httpx.Metrics) error {
	addrs := a.Config.Listen.ProvisionHTTPSLegacy
	if len(addrs) == 0 {
		return nil
	}
	names, ips := a.certNames()
	cert, err := a.CA.OldServer(ctx, a.Log, names, ips)
	if err != nil {
		return err
	}
	a.doors = append(a.doors, door{name: "provision_https_legacy", addrs: addrs, serve: a.files("provision_https_legacy", oldTLS(cert.GetCertificate), m)})
	return nil
}

// oldTLS are the settings for phones that know no TLS 1.2, or none of its newer
// suites. The key exchange by RSA has no forward secrecy and is what the oldest of
// them know alone; RC4 is not among the suites.
func oldTLS(cert func(*tls.ClientHelloInfo) (*tls.Certificate, error)) *tls.Config {
	return &tls.Config{
		MinVersion: tls.VersionTLS10, MaxVersion: tls.VersionTLS12, //nolint:gosec // what this door is for
		GetCertificate: cert, NextProtos: []string{"http/1.1", "http/1.0"}, ClientAuth: tls.RequestClientCert,
		CipherSuites: []uint16{
			tls.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256, tls.TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384, tls.TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA, tls.TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA,
			tls.TLS_RSA_WITH_AES_128_GCM_SHA256, tls.TLS_RSA_WITH_AES_256_GCM_SHA384, tls.TLS_RSA_WITH_AES_128_CBC_SHA, tls.TLS_RSA_WITH_AES_256_CBC_SHA, tls.TLS_RSA_WITH_3DES_EDE_CBC_SHA,
		},
	}
}
