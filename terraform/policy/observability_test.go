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
	for file, names := range used(t) {
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

// used are the metrics that alerts, dashboards and promises name, as PromQL writes them.
func used(t *testing.T) map[string][]string {
	t.Helper()
	inQueries := regexp.MustCompile(`\b[a-z_]+_googleapis_com:[a-z_]+`)
	inFilters := regexp.MustCompile(`metric\.type="([a-z]+)\.googleapis\.com/([a-z/_.]+)"`)
	names := map[string][]string{}
	for _, file := range []string{"alerts.yaml", "panels.yaml"} {
		names[file] = inQueries.FindAllString(text(t, file), -1)
	}
	for _, m := range inFilters.FindAllStringSubmatch(text(t, "slos.yaml"), -1) {
		names["slos.yaml"] = append(names["slos.yaml"], m[1]+"_googleapis_com:"+strings.NewReplacer(".", "_", "/", "_").Replace(m[2]))
	}
	return names
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
		switch name := filepath.Base(page); name {
		case "README.md", "budget.md": // the budget is told by Cloud Billing, which knows no metric
		default:
			if !read[name] {
				t.Errorf("%s belongs to no alert", page)
			}
		}
	}
}

// TestTheTableOfRunbooks holds docs/runbooks/README.md, which somebody opens first at night, to alerts and pages.
func TestTheTableOfRunbooks(t *testing.T) {
	var alerts map[string]struct{ Name, Runbook, Severity, SLO, Burn string }
	load(t, "alerts.yaml", &alerts)
	table, err := os.ReadFile("../../docs/runbooks/README.md")
	if err != nil {
		t.Fatal(err)
	}
	for id, alert := range alerts {
		when := map[string]string{"CRITICAL": "now", "WARNING": "in the morning"}[alert.Severity]
		row := regexp.MustCompile(`(?m)^\| ` + regexp.QuoteMeta(alert.Name) + ` \| ` + when + ` \| .*\]\(` + alert.Runbook + `\.md\) \|$`)
		if !row.Match(table) {
			t.Errorf("%s has no row in the table of runbooks: %q, %s, %s", id, alert.Name, when, alert.Runbook)
		}
	}
	pages, _ := filepath.Glob("../../docs/runbooks/*.md")
	for _, page := range pages {
		if name := filepath.Base(page); name != "README.md" && !strings.Contains(string(table), "]("+name+")") {
			t.Errorf("the table of runbooks does not lead to %s", name)
		}
	}
}

// TestRunbooksNameWhatThereIs holds panels, dashboards, jobs and other pages that a page names to what exists.
func TestRunbooksNameWhatThereIs(t *testing.T) {
	var dashboards map[string]struct {
		Name   string
		Panels []struct{ Title string }
	}
	load(t, "panels.yaml", &dashboards)
	known := map[string]bool{}
	for _, d := range dashboards {
		known[d.Name] = true
		for _, p := range d.Panels {
			known[strings.TrimSpace(regexp.MustCompile(`\(.*`).ReplaceAllString(p.Title, ""))] = true
		}
	}
	declaration, err := os.ReadFile("../declared.yaml")
	if err != nil {
		t.Fatal(err)
	}
	pages, _ := filepath.Glob("../../docs/runbooks/*.md")
	for _, page := range pages {
		content, err := os.ReadFile(page)
		if err != nil {
			t.Fatal(err)
		}
		for _, list := range regexp.MustCompile(`(?:[Pp]anels?|[Dd]ashboard) (\*[^*]+\*(?:(?:,| and) \*[^*]+\*)*)`).FindAllStringSubmatch(string(content), -1) {
			for _, named := range regexp.MustCompile(`\*([^*]+)\*`).FindAllStringSubmatch(list[1], -1) {
				if name := strings.TrimSpace(regexp.MustCompile(`\(.*`).ReplaceAllString(named[1], "")); !known[name] {
					t.Errorf("%s names %q, which is on no dashboard", filepath.Base(page), name)
				}
			}
		}
		for _, job := range regexp.MustCompile(`scheduler jobs (?:run|describe) ([a-z-]+)`).FindAllStringSubmatch(string(content), -1) {
			if !strings.Contains(string(declaration), "\n  "+job[1]+": ") {
				t.Errorf("%s names the job %s, which is not declared", filepath.Base(page), job[1])
			}
		}
		for _, link := range regexp.MustCompile(`\]\(([a-z-]+\.md)\)`).FindAllStringSubmatch(string(content), -1) {
			if _, err := os.Stat("../../docs/runbooks/" + link[1]); err != nil {
				t.Errorf("%s: %v", filepath.Base(page), err)
			}
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
