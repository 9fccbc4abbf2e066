package policy

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"
)

// TestAlertsAndPanelsUseWhatIsMeasured: an alert on a metric that nobody emits never fires.
func TestAlertsAndPanelsUseWhatIsMeasured(t *testing.T) {
	var metrics struct{ Ours, Google []string }
	load(t, "metrics.yaml", &metrics)
	known := slices.Clone(metrics.Google)
	for _, name := range metrics.Ours {
		flat := "workload_googleapis_com:" + strings.ReplaceAll(name, ".", "_")
		known = append(known, flat, flat+"_count", flat+"_bucket")
	}
	used := regexp.MustCompile(`\b[a-z_]+_googleapis_com:[a-z_]+`)
	for _, file := range []string{"alerts.yaml", "panels.yaml"} {
		names := used.FindAllString(text(t, file), -1)
		if len(names) == 0 {
			t.Errorf("%s uses no metric", file)
		}
		for _, name := range names {
			if !slices.Contains(known, name) {
				t.Errorf("%s uses %s, which metrics.yaml does not know", file, name)
			}
		}
	}
}

// TestMetricsAreThePrograms compares our metrics with the instruments that the code makes, and those of otelconnect,
// which server mounts on both sides of every call.
func TestMetricsAreThePrograms(t *testing.T) {
	var metrics struct{ Ours []string }
	load(t, "metrics.yaml", &metrics)
	instrument := regexp.MustCompile(`\.(?:Int64|Float64)[A-Za-z]+\("([a-z_.]+)"`)
	made := []string{"rpc.client.call.duration", "rpc.server.call.duration"}
	for _, root := range []string{"../../internal", "../../services"} {
		err := filepath.WalkDir(root, func(path string, _ fs.DirEntry, err error) error {
			if err != nil || filepath.Ext(path) != ".go" || strings.HasSuffix(path, "_test.go") {
				return err
			}
			source, err := os.ReadFile(path)
			for _, m := range instrument.FindAllSubmatch(source, -1) {
				made = append(made, string(m[1]))
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	slices.Sort(made)
	if !slices.Equal(slices.Compact(made), metrics.Ours) {
		t.Errorf("the programs measure %v, metrics.yaml knows %v", made, metrics.Ours)
	}
}

func TestEveryAlertHasARunbook(t *testing.T) {
	var alerts map[string]struct{ Name, Runbook string }
	load(t, "alerts.yaml", &alerts)
	read := map[string]bool{}
	for id, alert := range alerts {
		page, err := os.ReadFile("../../docs/runbooks/" + alert.Runbook + ".md")
		if err != nil {
			t.Errorf("%s: %v", id, err)
			continue
		}
		read[alert.Runbook+".md"] = true
		for _, want := range []string{alert.Name, "## What it means", "## How to look", "## What to do"} {
			if !strings.Contains(string(page), want) {
				t.Errorf("docs/runbooks/%s.md lacks %q", alert.Runbook, want)
			}
		}
	}
	pages, _ := filepath.Glob("../../docs/runbooks/*.md")
	for _, page := range pages {
		if !read[filepath.Base(page)] {
			t.Errorf("%s belongs to no alert", page)
		}
	}
}

func load(t *testing.T, file string, into any) {
	t.Helper()
	if err := yaml.Unmarshal([]byte(text(t, file)), into); err != nil {
		t.Fatal(err)
	}
}

func text(t *testing.T, file string) string {
	t.Helper()
	content, err := os.ReadFile("../observability/" + file)
	if err != nil {
		t.Fatal(err)
	}
	return string(content)
}
