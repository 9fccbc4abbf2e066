// Program mutants shows that the tests see what they are for. Each patch beside it is one deliberate bug,
// with a line "Killed-by: PACKAGE TEST" at its head. The bug is laid over the product by `go test -overlay`, so that no file of
// it is touched, and the named test must fail. A survivor, a patch that no longer applies and one that does not build make the
// program fail.
package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"
)

func main() {
	patches, err := filepath.Glob("e2e/mutants/*.patch")
	if err != nil || len(patches) == 0 {
		fmt.Fprintln(os.Stderr, "no patches: run from the root of the repository", err)
		os.Exit(1)
	}
	bad := 0
	fmt.Printf("%-32s %-52s %-22s %s\n", "MUTANT", "TEST", "RESULT", "TIME")
	for _, patch := range patches {
		if len(os.Args) > 1 && !slices.Contains(os.Args[1:], strings.TrimSuffix(filepath.Base(patch), ".patch")) {
			continue
		}
		began := time.Now()
		test, result := try(patch)
		if result != killed {
			bad++
		}
		fmt.Printf("%-32s %-52s %-22s %3.0f s\n", strings.TrimSuffix(filepath.Base(patch), ".patch"), test, result, time.Since(began).Seconds())
	}
	if bad > 0 {
		fmt.Printf("%d mutants are not killed\n", bad)
		os.Exit(1)
	}
}

const (
	killed   = "killed"
	survived = "SURVIVED"
	stale    = "DOES NOT APPLY"
	broken   = "DOES NOT BUILD"
)

var header = regexp.MustCompile(`(?m)^Killed-by: (\S+) (\S+)$`)

// try lays one patch over the product and answers its test and how that ended.
func try(patch string) (test, result string) {
	text, err := os.ReadFile(patch)
	named := header.FindStringSubmatch(string(text))
	if err != nil || named == nil {
		return "?", "NAMES NO TEST"
	}
	dir, err := os.MkdirTemp("", "mutant")
	if err != nil {
		return named[2], err.Error()
	}
	defer os.RemoveAll(dir)
	overlay, err := lay(patch, string(text), dir)
	if err != nil {
		fmt.Fprintf(os.Stderr, "%s: %v\n", patch, err)
		return named[2], stale
	}
	return named[2], run(overlay, named[1], named[2])
}

// run answers whether the test saw the bug. That it was run at all is told by its own line in the output.
func run(overlay, pkg, test string) string {
	out, err := exec.Command("go", "test", "-count=1", "-v", "-timeout", "3m", "-overlay", overlay, "-run", "^"+test+"$", pkg).CombinedOutput()
	switch {
	case bytes.Contains(out, []byte("[build failed]")):
		os.Stderr.Write(out)
		return broken
	case err != nil && bytes.Contains(out, []byte("--- FAIL: "+test)), err != nil && bytes.Contains(out, []byte("panic: ")):
		return killed
	case err == nil && bytes.Contains(out, []byte("--- PASS: "+test)):
		return survived
	}
	os.Stderr.Write(out[max(0, len(out)-2000):])
	return "TEST NOT FOUND"
}

var target = regexp.MustCompile(`(?m)^\+\+\+ b/(\S+)$`)

// lay patches copies of the files in dir and answers the overlay that puts them in place of the product's.
func lay(patch, text, dir string) (string, error) {
	replace := map[string]string{}
	for _, file := range target.FindAllStringSubmatch(text, -1) {
		source, err := os.ReadFile(file[1])
		if err != nil {
			return "", err
		}
		copied := filepath.Join(dir, file[1])
		if err := os.MkdirAll(filepath.Dir(copied), 0o755); err != nil {
			return "", err
		}
		if err := os.WriteFile(copied, source, 0o644); err != nil {
			return "", err
		}
		absolute, err := filepath.Abs(file[1])
		if err != nil {
			return "", err
		}
		replace[absolute] = copied
	}
	in, err := filepath.Abs(patch)
	if err != nil {
		return "", err
	}
	if out, err := exec.Command("patch", "--batch", "--forward", "--fuzz=0", "-p1", "-d", dir, "-i", in).CombinedOutput(); err != nil {
		return "", fmt.Errorf("%w: %s", err, out)
	}
	overlay, err := json.Marshal(map[string]any{"Replace": replace})
	if err != nil {
		return "", err
	}
	path := filepath.Join(dir, "overlay.json")
	return path, os.WriteFile(path, overlay, 0o600)
}
