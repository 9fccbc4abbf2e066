package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// workplace is a copy of what scripts/deploy reads, in which every program that it would run only tells that it was.
type workplace struct {
	t    *testing.T
	root string
}

// stub tells its name and arguments. What go builds is deploy, another one; it knows what a plan would destroy, and which
// image is missing.
const stub = `#!/usr/bin/env bash
name=$(basename "$0")
[[ $name != go ]] || { cp "$0" .dev/bin/deploy; exit; }
args="$*"
echo "$name ${args//$PWD/.}" >>"$LOG"
case "$name $args" in
  deploy*destroys) printf %s "${DOOMED-}" ;;
  deploy*"changed staging") [[ $DOOMED != unknown ]] && echo order ;;
  "deploy image staging order") echo registry/order:1 ;;
esac
`

func newWorkplace(t *testing.T) workplace {
	w := workplace{t, t.TempDir()}
	w.write("scripts/deploy", w.read("scripts/deploy"))
	w.write("terraform/services/env/staging.tfvars", w.read("terraform/services/env/staging.tfvars"))
	for _, root := range []string{"foundation", "data", "messaging", "services", "edge", "delivery", "observability"} {
		w.write("terraform/"+root+"/versions.tf", w.read("terraform/"+root+"/versions.tf"))
	}
	for _, name := range []string{"go", "terraform", "docker", "gcloud"} {
		w.write(".cache/bin/"+name, stub)
	}
	w.write("tools/build", stub)
	return w
}

func (w workplace) read(name string) string {
	w.t.Helper()
	text, err := os.ReadFile(filepath.Join("../..", name))
	if err != nil {
		w.t.Fatal(err)
	}
	return string(text)
}

func (w workplace) write(name, text string) {
	w.t.Helper()
	file := filepath.Join(w.root, name)
	if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
		w.t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(text), 0o700); err != nil {
		w.t.Fatal(err)
	}
}

// run answers what scripts/deploy said, which programs it ran, and whether it failed.
func (w workplace) run(typed, doomed string, args ...string) (said string, ran []string, err error) {
	w.t.Helper()
	log := filepath.Join(w.t.TempDir(), "log")
	cmd := exec.CommandContext(w.t.Context(), filepath.Join(w.root, "scripts/deploy"), args...)
	cmd.Env = append(os.Environ(), "LOG="+log, "DOOMED="+doomed)
	cmd.Stdin = strings.NewReader(typed)
	out, err := cmd.CombinedOutput()
	if text, missing := os.ReadFile(log); missing == nil {
		ran = strings.Split(strings.TrimSpace(string(text)), "\n")
	}
	return string(out), ran, err
}

const (
	initialised = "terraform -chdir=terraform/%s init -reconfigure -input=false -backend-config=bucket=issho-staging-terraform"
	planned     = "terraform -chdir=terraform/%s plan -input=false -var-file=env/staging.tfvars -out=./.deploy/%s.plan"
	shown       = "terraform -chdir=terraform/%s show -json ./.deploy/%s.plan"
	applied     = "terraform -chdir=terraform/%s apply -input=false ./.deploy/%s.plan"
)

func of(root string, lines ...string) (all []string) {
	for _, line := range lines {
		all = append(all, strings.ReplaceAll(line, "%s", root))
	}
	return all
}

func TestScriptRuns(t *testing.T) {
	tests := []struct {
		name          string
		args          []string
		typed, doomed string
		ran           []string
		says          string
		fails         bool
	}{
		{name: "plan of roots", args: []string{"plan", "staging", "data", "edge"}, ran: slices.Concat(of("data", initialised, planned), of("edge", initialised, planned))},
		{name: "apply", args: []string{"apply", "staging", "data"}, ran: of("data", initialised, planned, shown, "deploy destroys", applied)},
		{name: "apply that only says", args: []string{"apply", "staging", "data", "--dry-run"}, doomed: "a.gone",
			ran: of("data", initialised, planned, shown, "deploy --dry-run destroys"), says: "This would DESTROY, or make anew and empty:\na.gone\nNothing was done: --dry-run."},
		{name: "apply that destroys, agreed", args: []string{"apply", "staging", "data"}, doomed: "a.gone", typed: "issho-staging\n",
			ran: of("data", initialised, planned, shown, "deploy destroys", applied), says: "Type issho-staging to go on"},
		{name: "apply that destroys, refused", args: []string{"apply", "staging", "data", "edge"}, doomed: "a.gone", typed: "yes\n",
			ran: of("data", initialised, planned, shown, "deploy destroys"), says: "Nothing was changed in this root.", fails: true},
		{name: "apply that destroys, nobody there", args: []string{"apply", "staging", "data"}, doomed: "a.gone",
			ran: of("data", initialised, planned, shown, "deploy destroys"), fails: true},
		{name: "a root that is none", args: []string{"apply", "staging", "data", "edges"}, says: "there is no root terraform/edges; there are foundation data", fails: true},
		{name: "an environment that is none", args: []string{"apply", "stagin"}, says: "there is no environment stagin; there are staging", fails: true},
		{name: "release", args: []string{"release", "staging", "order"}, ran: []string{"deploy release staging order"}},
		{name: "release that only says", args: []string{"release", "staging", "--dry-run"}, ran: []string{"deploy --dry-run release staging"}},
		{name: "promote that only says", args: []string{"promote", "staging", "order", "5", "--dry-run"}, ran: []string{"deploy --dry-run promote staging order 5"}},
		{name: "promote to where", args: []string{"promote", "staging", "order"}, says: "scripts/deploy promote ENV PROGRAM PERCENT", fails: true},
		{name: "rollback", args: []string{"rollback", "staging", "order", "order-1"}, ran: []string{"deploy rollback staging order order-1"}},
		{name: "rollback of what", args: []string{"rollback", "staging"}, says: "scripts/deploy rollback ENV PROGRAM [REVISION]", fails: true},
		{name: "push that only says", args: []string{"push", "staging", "--dry-run"}, ran: []string{"deploy --dry-run changed staging"}, says: "images: order\nNothing was done: --dry-run."},
		{name: "push while nobody knows what has changed", args: []string{"push", "staging"}, doomed: "unknown", ran: []string{"deploy changed staging"}, fails: true},
		{name: "build that only says", args: []string{"build", "order", "--dry-run"}, says: "would build: order"},
		{name: "what it can do", args: []string{"--help"}, says: "scripts/deploy plan ENV [ROOT...]"},
		{name: "nothing", says: "scripts/deploy plan ENV [ROOT...]", fails: true},
		{name: "a command that is none", args: []string{"destroy", "staging"}, says: "scripts/deploy plan ENV [ROOT...]", fails: true},
	}
	w := newWorkplace(t)
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			said, ran, err := workplace{t, w.root}.run(tt.typed, tt.doomed, tt.args...)
			if (err != nil) != tt.fails || !strings.Contains(said, tt.says) {
				t.Errorf("it ended with %v and said\n%s\nwant %q", err, said, tt.says)
			}
			if !slices.Equal(ran, tt.ran) {
				t.Errorf("it ran\n%s\nwant\n%s", strings.Join(ran, "\n"), strings.Join(tt.ran, "\n"))
			}
		})
	}
}

// An image is scanned before it is pushed.
func TestScriptPushes(t *testing.T) {
	_, ran, err := newWorkplace(t).run("", "", "push", "staging")
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"deploy changed staging", "build order", "deploy image staging order", "docker buildx build", "gcloud artifacts docker images scan registry/order:1",
		"gcloud artifacts docker images list-vulnerabilities", "docker push registry/order:1", "docker image inspect", "gcloud artifacts sbom load"}
	if len(ran) != len(want) {
		t.Fatalf("it ran\n%s", strings.Join(ran, "\n"))
	}
	for i, line := range ran {
		if !strings.HasPrefix(line, want[i]) {
			t.Errorf("number %d is %q, want %q", i+1, line, want[i])
		}
	}
}
