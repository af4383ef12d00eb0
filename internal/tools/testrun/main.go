// Command testrun runs "go test -json", keeps its stream in a file and prints
// what "go test" would print: a line per package, and the output of what failed.
// Its exit code is that of go test.
//
//	go run ./internal/tools/testrun -o build/test-go.json -- -p 2 ./...
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"

	"bellwether/internal/platform/db/dbtest"
)

func main() {
	file := flag.String("o", "build/test-go.json", "where the stream of go test -json goes")
	flag.Parse()
	code, err := run(*file, flag.Args())
	if err != nil {
		fmt.Fprintln(os.Stderr, "testrun:", err)
		os.Exit(1)
	}
	os.Exit(code)
}

func run(file string, args []string) (int, error) {
	// One PostgreSQL server serves all packages of the run, also where no test
	// happens to use it between two that do.
	release, err := dbtest.Hold()
	if err != nil {
		return 0, err
	}
	defer release()
	out, err := os.Create(file)
	if err != nil {
		return 0, err
	}
	defer out.Close()
	cmd := exec.CommandContext(context.Background(), "go", append([]string{"test", "-json"}, args...)...)
	cmd.Stderr = os.Stderr
	pipe, err := cmd.StdoutPipe()
	if err != nil {
		return 0, err
	}
	if err := cmd.Start(); err != nil {
		return 0, err
	}
	if err := show(io.TeeReader(pipe, out), os.Stdout); err != nil {
		return 0, err
	}
	err = cmd.Wait()
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		return exit.ExitCode(), out.Close()
	}
	return 0, errors.Join(err, out.Close())
}

// event is one line of go test -json, see "go doc test2json".
type event struct {
	Action     string
	Package    string
	Test       string
	ImportPath string
	Output     string
}

// show prints the stream in go test's own form.
func show(in io.Reader, out io.Writer) error {
	held := map[[2]string][]string{} // output of a test that may still pass
	lines := bufio.NewScanner(in)
	lines.Buffer(nil, 16<<20)
	for lines.Scan() {
		var e event
		if json.Unmarshal(lines.Bytes(), &e) != nil {
			fmt.Fprintln(out, lines.Text()) // not ours: the go command's own words
			continue
		}
		key := [2]string{e.Package, e.Test}
		switch {
		case e.Action == "build-output":
			fmt.Fprint(out, e.Output)
		case e.Action == "output" && e.Test == "" && summary(e.Output):
			if strings.HasPrefix(e.Output, "FAIL") {
				flush(out, held, key)
			}
			fmt.Fprint(out, e.Output)
		case e.Action == "output":
			held[key] = append(held[key], e.Output)
		case e.Action == "fail":
			flush(out, held, key)
		case e.Action == "pass" || e.Action == "skip":
			delete(held, key)
		}
	}
	return lines.Err()
}

func flush(out io.Writer, held map[[2]string][]string, key [2]string) {
	for _, o := range held[key] {
		fmt.Fprint(out, o)
	}
	delete(held, key)
}

// summary reports whether a package's line is one that go test prints without -v.
func summary(line string) bool {
	for _, p := range []string{"ok  \t", "FAIL\t", "?   \t", "---\t"} {
		if strings.HasPrefix(line, p) {
			return true
		}
	}
	return false
}
