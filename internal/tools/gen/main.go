// Command gen writes the documents that come from the code: the sample of the
// settings, the table of limits, and the description of the API from which the
// console's types are made. A test fails where one of them is not current.
//
//	make gen
package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"

	"bellwether/internal/api"
	"bellwether/internal/config"
	"bellwether/internal/platform/limit"
)

func main() {
	files, err := documents()
	if err != nil {
		fmt.Fprintln(os.Stderr, "gen:", err)
		os.Exit(1)
	}
	for name, content := range files {
		if err := write(name, content); err != nil {
			fmt.Fprintln(os.Stderr, "gen:", err)
			os.Exit(1)
		}
	}
}

func write(name string, content []byte) error {
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		return err
	}
	return os.WriteFile(name, content, 0o644)
}

// documents returns the generated files by their path from the root.
func documents() (map[string][]byte, error) {
	var sample bytes.Buffer
	if err := config.Print(&sample, config.Default()); err != nil {
		return nil, err
	}
	// The version is not in the file: it would change with every commit.
	openapi, err := api.New(api.Deps{System: api.System{Version: "1"}}).OpenAPI()
	if err != nil {
		return nil, err
	}
	return map[string][]byte{
		"docs/bellwether.yaml": sample.Bytes(),
		"docs/LIMITS.md":       limits(),
		"docs/openapi.json":    append(openapi, '\n'),
	}, nil
}

func limits() []byte {
	var b bytes.Buffer
	b.WriteString("# Limits\n\nWritten by `make gen` from `internal/platform/limit`.\n\n| what | at most | beyond it |\n|---|---|---|\n")
	for _, l := range limit.Table() {
		fmt.Fprintf(&b, "| %s | %d %s | %s |\n", l.Name, l.Value, l.Unit, l.Beyond)
	}
	return b.Bytes()
}
