package grandstream_test

import (
	"testing"

	"bellwether/internal/domain/param"
	"bellwether/internal/vendors"

	"github.com/google/go-cmp/cmp"
)

const (
	certA = "-----BEGIN CERTIFICATE-----\nAAECAwQFBgcICQ==\n-----END CERTIFICATE-----\n"
	certB = "-----BEGIN CERTIFICATE-----\nCQgHBgUEAwIBAA==\n-----END CERTIFICATE-----\n"
)

func TestVendor_Bootstrap(t *testing.T) {
	t.Parallel()
	got := vendor(t).Bootstrap(param.Target{}, vendors.Bootstrap{
		BaseURL: "https://prov.example.org:9443/p/token/", CA: certA + certB, TimeServer: "192.0.2.1",
	})
	want := []vendors.SpelledValue{
		{Name: "datetime.ntp.server.1", Value: "192.0.2.1"},
		{Name: "provisioning.config.protocol", Value: "HTTPS"},
		{Name: "provisioning.config.serverpath", Value: "prov.example.org:9443/p/token/"},
		{Name: "provisioning.override.dhcp.allowcommonoptions", Value: "No"},
		{Name: "trustedcacertificates.load", Value: "All Certificates"},
		{Name: "trustedcacertificates.trustedcacertificate.1", Value: certA},
		{Name: "trustedcacertificates.trustedcacertificate.2", Value: certB},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Fatal(diff)
	}
}

func TestVendor_Bootstrap_says_nothing_it_does_not_know(t *testing.T) {
	t.Parallel()
	if got := vendor(t).Bootstrap(param.Target{}, vendors.Bootstrap{BaseURL: "://", CA: "no PEM"}); got != nil {
		t.Fatalf("%+v", got)
	}
}
