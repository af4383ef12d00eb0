package app

import (
	"testing"

	"bellwether/internal/config"
)

// TestDoors_reports: phones are told to report at the port that the maker's guide has,
// and at the one that is open where that is shut.
func TestDoors_reports(t *testing.T) {
	t.Parallel()
	c := config.Default()
	c.PublicURL = "https://phones.example.org"
	if got := Doors(c, nil).IPP; got != "http://phones.example.org:8081" {
		t.Errorf("by the defaults %s", got)
	}
	if got := Doors(c, map[string][]string{"ipp": {"127.0.0.1:8080"}}).IPP; got != "http://phones.example.org:8080" {
		t.Errorf("with one port %s", got)
	}
	c.PhoneURLs.IPP = "https://reports.example.org"
	if got := Doors(c, nil).IPP; got != "https://reports.example.org" {
		t.Errorf("as it is told %s", got)
	}
	c.PhoneURLs.IPP, c.Listen.IPP = "", nil
	if got := Doors(c, nil).IPP; got != "" {
		t.Errorf("without a door %s", got)
	}
}
