package main

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"

	"github.com/issho-shop/issho/dev/declared"
)

// environment is where a release goes: one project, known from terraform/services/env/<name>.tfvars.
type environment struct {
	name, project, number, region string
	declared                      *declared.Declared
	promises                      promises
	root                          string // of the repository
}

func open(name string) (environment, error) {
	root, err := os.Getwd()
	if err != nil {
		return environment{}, err
	}
	d, err := declared.Read(filepath.Join(root, declared.File))
	if err != nil {
		return environment{}, fmt.Errorf("run this from the repository's root: %w", err)
	}
	e := environment{name: name, region: "asia-northeast1", declared: d, root: root}
	if e.promises, err = readPromises(root); err != nil {
		return e, err
	}
	file := filepath.Join(root, "terraform/services/env", name+".tfvars")
	text, err := os.ReadFile(file)
	if err != nil {
		return e, fmt.Errorf("there is no environment %q: %w", name, err)
	}
	parsed, problems := hclsyntax.ParseConfig(text, file, hcl.InitialPos)
	if problems.HasErrors() {
		return e, problems
	}
	for attribute, into := range map[string]*string{"project": &e.project, "project_number": &e.number, "region": &e.region} {
		a := parsed.Body.(*hclsyntax.Body).Attributes[attribute]
		if a == nil {
			continue
		}
		value, problems := a.Expr.Value(nil)
		if problems.HasErrors() || value.Type() != cty.String {
			return e, fmt.Errorf("%s: %s is no text", file, attribute)
		}
		*into = value.AsString()
	}
	if e.project == "" || e.number == "" {
		return e, fmt.Errorf("%s names no project and project_number", file)
	}
	return e, nil
}

// url is where Cloud Run serves a program, the audience of tokens for it too.
func (e environment) url(program string) string {
	return fmt.Sprintf("https://%s-%s.%s.run.app", program, e.number, e.region)
}

// image is the image of a program with that fingerprint.
func (e environment) image(program, fingerprint string) string {
	return fmt.Sprintf("%s-docker.pkg.dev/%s/images/%s:%s", e.region, e.project, program, fingerprint)
}
