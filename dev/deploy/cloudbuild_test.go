package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"
	cloudbuild "google.golang.org/api/cloudbuild/v1"
)

// decode reads a build file into Cloud Build's own type; a field that it does not know is an error.
func decode(text []byte) (*cloudbuild.Build, error) {
	var document any
	if err := yaml.Unmarshal(text, &document); err != nil {
		return nil, err
	}
	asJSON, err := json.Marshal(document)
	if err != nil {
		return nil, err
	}
	var build cloudbuild.Build
	decoder := json.NewDecoder(bytes.NewReader(asJSON))
	decoder.DisallowUnknownFields()
	return &build, decoder.Decode(&build)
}

func TestBuildFiles(t *testing.T) {
	files, _ := filepath.Glob("../../cloudbuild*.yaml")
	if len(files) != 2 {
		t.Fatalf("build files are %v, want the release's and the pull request's", files)
	}
	triggers, err := os.ReadFile("../../terraform/delivery/triggers.tf")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		build, err := decode(text)
		if err != nil {
			t.Errorf("%s: %v", file, err)
			continue
		}
		for _, s := range regexp.MustCompile(`\$(_[A-Z]+)`).FindAllStringSubmatch(string(text), -1) {
			if _, given := build.Substitutions[s[1]]; !given {
				t.Errorf("%s uses %s, which has no value", file, s[1])
			}
		}
		if name := filepath.Base(file); !strings.Contains(string(triggers), `"`+name+`"`) {
			t.Errorf("no trigger runs %s", name)
		}
		holdSteps(t, file, build)
	}
}

func holdSteps(t *testing.T, file string, build *cloudbuild.Build) {
	t.Helper()
	var ids []string
	for _, step := range build.Steps {
		for _, id := range step.WaitFor {
			if !slices.Contains(ids, id) {
				t.Errorf("%s: %s waits for %s, which is not before it", file, step.Id, id)
			}
		}
		if step.Id == "" || step.Name == "" || !strings.Contains(step.Name, ":") {
			t.Errorf("%s: a step has no id, or no image with a version: %+v", file, step)
		}
		if step.AllowFailure || len(step.AllowExitCodes) > 0 {
			t.Errorf("%s: %s may fail and nobody knows", file, step.Id)
		}
		ids = append(ids, step.Id)
	}
	if !slices.Contains(ids, "check") || !slices.Contains(ids, "weaknesses") {
		t.Errorf("%s: %v lacks the gate", file, ids)
	}
	if file == "../../cloudbuild.yaml" {
		if got := ids[slices.Index(ids, "check"):]; !slices.Equal(got, []string{"check", "weaknesses", "push", "release"}) {
			t.Errorf("a release goes through %v", got)
		}
	}
}

// TestBuildFilesAreReadStrictly: what Cloud Build would refuse at the worst moment is refused here.
func TestBuildFilesAreReadStrictly(t *testing.T) {
	text, err := os.ReadFile("../../cloudbuild.yaml")
	if err != nil {
		t.Fatal(err)
	}
	for old, misspelt := range map[string]string{"steps:": "step:", "args:": "arg:", "machineType:": "machinetipe:", "timeout:": "timeOut2:", "path: /toolchain": "paths: /toolchain"} {
		broken := strings.Replace(string(text), old, misspelt, 1)
		if broken == string(text) {
			t.Fatalf("the file has no %q to break", old)
		}
		if _, err := decode([]byte(broken)); err == nil || !strings.Contains(err.Error(), "unknown field") {
			t.Errorf("%q was read: %v", misspelt, err)
		}
	}
}
