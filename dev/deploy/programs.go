package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"io"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"github.com/issho-shop/issho/dev/declared"
)

// verifier is the program that plays the smoke story inside of the network, as a job: this one.
const verifier = "verify"

// inOrder answers the programs as a release takes them: who is called before who calls, since a caller may use what is
// new of the other; the gateway last. Where two call each other the first by name comes first: either order must do.
func inOrder(d *declared.Declared) []string {
	var order []string
	var visit func(name string)
	seen := map[string]bool{}
	visit = func(name string) {
		if seen[name] {
			return
		}
		seen[name] = true
		for _, callee := range slices.Sorted(slices.Values(d.Calls[name])) {
			visit(callee)
		}
		order = append(order, name)
	}
	for _, name := range slices.Sorted(maps.Keys(d.Services)) {
		visit(name)
	}
	visit(declared.Gateway)
	return append([]string{verifier}, order...)
}

// selected are the programs that were asked for, or all, in order.
func selected(d *declared.Declared, names []string) ([]string, error) {
	all := inOrder(d)
	for _, name := range names {
		if !slices.Contains(all, name) {
			return nil, fmt.Errorf("there is no program %q; there are %s", name, strings.Join(all, ", "))
		}
	}
	if len(names) == 0 {
		return all, nil
	}
	return slices.DeleteFunc(all, func(name string) bool { return !slices.Contains(names, name) }), nil
}

// source is the package of a program, from the repository's root, and how it becomes an image.
func source(program string) (pkg, dockerfile string) {
	switch program {
	case declared.Gateway:
		return "./gateway", "gateway/Dockerfile"
	case verifier:
		return "./dev/deploy", "Dockerfile"
	}
	return "./services/" + program, "Dockerfile"
}

// listed is what `go list` says of a package.
type listed struct {
	Dir, ImportPath     string
	Standard            bool
	GoFiles, EmbedFiles []string
	Module              *struct {
		Main          bool
		Path, Version string
	}
}

// fingerprint names the image that these sources make: it changes with the program's own files, those of our packages
// that it is made of, the versions of the others, Go, and how the image is built, and with nothing else. The same
// fingerprint in the registry is the same image, so that only what has changed is built and shipped.
func fingerprint(ctx context.Context, root, program string) (string, error) {
	pkg, dockerfile := source(program)
	cmd := exec.CommandContext(ctx, "go", "list", "-deps", "-json=Dir,ImportPath,Standard,GoFiles,EmbedFiles,Module", pkg)
	cmd.Dir = root
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0", "GOOS=linux", "GOARCH=amd64")
	out, err := cmd.Output()
	if err != nil {
		return "", fmt.Errorf("go list %s: %w", pkg, told(err))
	}
	version, err := exec.CommandContext(ctx, "go", "env", "GOVERSION").Output()
	if err != nil {
		return "", told(err)
	}
	sum := sha256.New()
	sum.Write(version)
	for _, file := range []string{dockerfile, "tools/build", "tools/cyclonedx-gomod/go.mod"} {
		if err := add(sum, root, file); err != nil {
			return "", err
		}
	}
	if err := addPackages(sum, root, out); err != nil {
		return "", err
	}
	return hex.EncodeToString(sum.Sum(nil))[:20], nil
}

func addPackages(sum hash.Hash, root string, list []byte) error {
	for decoder := json.NewDecoder(bytes.NewReader(list)); ; {
		var p listed
		if err := decoder.Decode(&p); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return err
		}
		switch {
		case p.Standard:
		case p.Module == nil || !p.Module.Main:
			fmt.Fprintf(sum, "%s %s %s\n", p.ImportPath, p.Module.Path, p.Module.Version)
		default:
			for _, file := range slices.Sorted(slices.Values(slices.Concat(p.GoFiles, p.EmbedFiles))) {
				if err := add(sum, "", filepath.Join(p.Dir, file), strings.TrimPrefix(p.Dir, root)); err != nil {
					return err
				}
			}
		}
	}
}

// add hashes a file, by its name within the repository and its content.
func add(sum hash.Hash, root, file string, folder ...string) error {
	content, err := os.ReadFile(filepath.Join(root, file))
	if err != nil {
		return err
	}
	name := file
	if len(folder) > 0 {
		name = filepath.Join(folder[0], filepath.Base(file))
	}
	digest := sha256.Sum256(content)
	fmt.Fprintf(sum, "%s %x\n", name, digest)
	return nil
}

// told puts what a command said into its error.
func told(err error) error {
	var exit *exec.ExitError
	if errors.As(err, &exit) && len(exit.Stderr) > 0 {
		return fmt.Errorf("%w: %s", err, bytes.TrimSpace(exit.Stderr))
	}
	return err
}
