package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// What a revision is held to is what Terraform makes SLOs and alerts from: the numbers here are those of the guide.
func TestPromisesAreTheSLOs(t *testing.T) {
	p, err := readPromises("../..")
	if err != nil {
		t.Fatal(err)
	}
	guide, err := os.ReadFile("../../docs/deploy.md")
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		f    figures
		want string
	}{
		{figures{Requests: 1000, Failed: 14, Slow: time.Second}, ""},
		{figures{Requests: 1000, Failed: 15, Slow: time.Second}, "1.5 % of 1000 requests failed, at most 1.44 % may"},
		{figures{Requests: 1000, Slow: 2100 * time.Millisecond}, "1 % of 1000 requests take longer than 2.1s; no more than that may take longer than 2s"},
		{figures{Requests: 10, Failed: 10}, ""}, // too few to tell
	}
	for _, tt := range tests {
		err := p.judge(tt.f, fewRequests)
		if (err == nil) != (tt.want == "") || (err != nil && !strings.Contains(err.Error(), tt.want)) {
			t.Errorf("%+v: %v, want %q", tt.f, err, tt.want)
		}
	}
	for _, promise := range []string{"at most 1.44 % of the requests may fail", "99 % must be answered within two seconds"} {
		if !strings.Contains(string(guide), promise) {
			t.Errorf("the guide does not say %q", promise)
		}
	}
}

// A changed SLO changes the verdict; one that says nothing is an error, and not a revision that passes.
func TestPromisesFollowTheFiles(t *testing.T) {
	root := t.TempDir()
	folder := filepath.Join(root, "terraform/observability")
	if err := os.MkdirAll(folder, 0o700); err != nil {
		t.Fatal(err)
	}
	write := func(name, text string) {
		if err := os.WriteFile(filepath.Join(folder, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("burns.yaml", "fast: {rate: 10, windows: []}")
	write("slos.yaml", "availability: {good: 0.99}\nlatency: {good: 0.95, within: 500}")
	p, err := readPromises(root)
	if err != nil || p.share != 0.95 || p.within != 500*time.Millisecond || p.judge(figures{Requests: 100, Failed: 9}, 50) != nil || p.judge(figures{Requests: 100, Failed: 11}, 50) == nil {
		t.Errorf("promised are %+v, %v", p, err)
	}
	write("slos.yaml", "availability: {good: 0.99}")
	if p, err := readPromises(root); err == nil {
		t.Errorf("without a promise of latency it reads %+v", p)
	}
}
