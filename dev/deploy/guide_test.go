package main

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"
)

func text(t *testing.T, file string) string {
	t.Helper()
	content, err := os.ReadFile("../../" + file)
	if err != nil {
		t.Fatal(err)
	}
	return string(content)
}

// Whoever goes by docs/deploy.md fills every secret, and types no command that scripts/deploy does not know.
func TestTheGuide(t *testing.T) {
	guide := text(t, "docs/deploy.md")
	var programs map[string]struct{ Secrets []string }
	if err := yaml.Unmarshal([]byte(text(t, "terraform/programs.yaml")), &programs); err != nil {
		t.Fatal(err)
	}
	for program, p := range programs {
		for _, variable := range p.Secrets {
			if secret := program + "-" + strings.ToLower(strings.ReplaceAll(variable, "_", "-")); !regexp.MustCompile(`\b` + secret + `\b`).MatchString(guide) {
				t.Errorf("the guide does not fill the secret %s", secret)
			}
		}
	}
	var known []string
	for _, m := range regexp.MustCompile(`(?m)^#   scripts/deploy ([a-z]+) `).FindAllStringSubmatch(text(t, "scripts/deploy"), -1) {
		known = append(known, m[1])
	}
	var used []string
	for _, m := range regexp.MustCompile(`scripts/deploy ([a-z]+)`).FindAllStringSubmatch(guide, -1) {
		used = append(used, m[1])
		if !slices.Contains(known, m[1]) {
			t.Errorf("the guide uses scripts/deploy %s, which there is not", m[1])
		}
	}
	for _, command := range known {
		if command != "build" && command != "changed" && !slices.Contains(used, command) {
			t.Errorf("the guide does not tell of scripts/deploy %s", command)
		}
	}
}
