package httpd_test

import (
	"fmt"
	"net/http"
	"io"
	"testing"

	"bellwether/internal/testkit"
)

func BenchmarkFetchProf(b *testing.B) {
	h := testkit.New(b)
	w := h.World(b)
	p := w.Phones[0]
	url := "https://" + h.Addr(b, "provision_https") + "/p/" + p.Token + "/" + p.File()
	c := &http.Client{Transport: &http.Transport{TLSClientConfig: h.TLS(b)}}
	for b.Loop() {
		res, err := c.Get(url)
		if err != nil { b.Fatal(err) }
		n, _ := io.Copy(io.Discard, res.Body)
		res.Body.Close()
		if res.StatusCode != 200 { b.Fatal(res.Status, n) }
	}
	fmt.Println()
}
