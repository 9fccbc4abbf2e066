package declared

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.yaml.in/yaml/v3"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"

	_ "github.com/issho-shop/issho/internal/gen/issho/cart/v1"
	_ "github.com/issho-shop/issho/internal/gen/issho/catalog/v1"
	_ "github.com/issho-shop/issho/internal/gen/issho/order/v1"
	_ "github.com/issho-shop/issho/internal/gen/issho/payment/v1"
	policyv1 "github.com/issho-shop/issho/internal/gen/issho/policy/v1"
	_ "github.com/issho-shop/issho/internal/gen/issho/reward/v1"
	_ "github.com/issho-shop/issho/internal/gen/issho/search/v1"
	_ "github.com/issho-shop/issho/internal/gen/issho/user/v1"
)

// These tests hold the declaration, by which the cloud is made, to what the programs do.

func TestCallsAreTheClientsThatProgramsMake(t *testing.T) {
	d := read(t)
	clients := regexp.MustCompile(`\b([a-z]+)v1connect\.New[A-Za-z]+Client\(`)
	made := map[string][]string{}
	for name := range d.Services {
		callees := found(sources(t, "../../services/"+name), clients)
		if len(callees) > 0 {
			made[name] = callees
		}
	}
	made[Gateway] = found(sources(t, "../../gateway/routes.go"), regexp.MustCompile(`\{"issho\.[^"]+", "([a-z]+)", (?:required|optional)\}`))
	if diff := cmp.Diff(made, d.Calls); diff != "" {
		t.Errorf("clients that are made (-) and calls that are declared (+):\n%s", diff)
	}
}

func TestCallsAreWhatContractsAdmit(t *testing.T) {
	d := read(t)
	admitted := map[string][]string{}
	for callee := range d.Services {
		for _, identity := range identities(t, callee) {
			switch identity {
			case "tasks":
				if !slices.ContainsFunc(slices.Collect(maps.Values(d.Queues)), func(q Queue) bool { return q.Service == callee }) {
					t.Errorf("%s admits tasks and has no queue", callee)
				}
			case "scheduler":
				if !slices.ContainsFunc(slices.Collect(maps.Values(d.Jobs)), func(j Job) bool { return j.Service == callee }) {
					t.Errorf("%s admits the scheduler and has no job", callee)
				}
			case "ops": // may ask everybody
			default:
				admitted[identity] = append(admitted[identity], callee)
			}
		}
	}
	want := maps.Clone(d.Calls)
	delete(want, Gateway) // brings customers, who are admitted by their own tokens
	for _, callees := range admitted {
		slices.Sort(callees)
	}
	if diff := cmp.Diff(admitted, want); diff != "" {
		t.Errorf("services that contracts admit (-) and calls that are declared (+):\n%s", diff)
	}
}

func TestProceduresOfJobsAdmitTheScheduler(t *testing.T) {
	for id, job := range read(t).Jobs {
		method, err := protoregistry.GlobalFiles.FindDescriptorByName(protoreflect.FullName(strings.Replace(job.Procedure, "/", ".", 1)))
		if err != nil {
			t.Errorf("%s: %v", id, err)
			continue
		}
		if got := admits(method); !slices.Contains(got, "scheduler") {
			t.Errorf("%s: %s admits %v", id, job.Procedure, got)
		}
	}
}

func TestPublishersAndQueuesAreWhatProgramsWrite(t *testing.T) {
	d := read(t)
	topics, queues := map[string][]string{}, map[string][]string{}
	for name := range d.Services {
		text := sources(t, "../../services/"+name)
		if written := named(text, "Event"); len(written) > 0 {
			topics[name] = written
		}
		if written := named(text, "Task"); len(written) > 0 {
			queues[name] = written
		}
	}
	declared := map[string][]string{}
	for id, q := range sorted(d.Queues) {
		declared[q.Service] = append(declared[q.Service], id)
	}
	want := map[string][]string{}
	for name, t := range d.Publishes {
		want[name] = slices.Sorted(slices.Values(t))
	}
	if diff := cmp.Diff(topics, want); diff != "" {
		t.Errorf("topics that are written (-) and declared (+):\n%s", diff)
	}
	if diff := cmp.Diff(queues, declared); diff != "" {
		t.Errorf("queues that are written (-) and declared (+):\n%s", diff)
	}
}

func TestSubscriptionsBringWhatServicesHear(t *testing.T) {
	heard := regexp.MustCompile(`inbox\.On\([a-z]+, "([a-z_.]+)"`)
	for id, s := range read(t).Subscriptions {
		var want []string
		for _, typ := range found(sources(t, "../../services/"+s.Service), heard) {
			if strings.HasPrefix(typ, s.Topic+".") {
				want = append(want, typ)
			}
		}
		if diff := cmp.Diff(want, slices.Sorted(slices.Values(s.Types))); len(s.Types) > 0 && diff != "" {
			t.Errorf("%s: types that are handled (-) and brought (+):\n%s", id, diff)
		}
	}
}

// named finds the first arguments of outbox.Event or outbox.Task, literal or constant.
func named(text, function string) []string {
	var names []string
	for _, m := range regexp.MustCompile(`outbox\.`+function+`\(([^,]+),`).FindAllStringSubmatch(text, -1) {
		argument := m[1]
		if !strings.HasPrefix(argument, `"`) {
			constant := regexp.MustCompile(`\b` + argument + `\s+(?:string\s+)?= ("[^"]+")`).FindStringSubmatch(text)
			if constant == nil {
				continue // a parameter: its callers name it
			}
			argument = constant[1]
		}
		names = append(names, strings.Trim(argument, `"`))
	}
	slices.Sort(names)
	return slices.Compact(names)
}

func TestIndexesAreWhatQueriesWant(t *testing.T) {
	d := read(t)
	for name, s := range d.Services {
		if s.Store != Firestore {
			continue
		}
		wanted, declared := map[string][]string{}, map[string][]string{}
		files, _ := filepath.Glob("../../services/" + name + "/internal/*/docs.go")
		for _, file := range files {
			text := sources(t, file)
			fields := found(text, regexp.MustCompile(`\.(?:Where|OrderBy)\("([a-z_]+)"`))
			if len(fields) > 1 {
				wanted[regexp.MustCompile(`Collection\("([a-z]+)"`).FindStringSubmatch(text)[1]] = fields
			}
		}
		for _, index := range d.Firestore[name].Indexes {
			for _, field := range index.Fields {
				declared[index.Collection] = append(declared[index.Collection], strings.Fields(field)[0])
			}
			slices.Sort(declared[index.Collection])
			declared[index.Collection] = slices.Compact(declared[index.Collection])
		}
		if diff := cmp.Diff(wanted, declared); diff != "" {
			t.Errorf("%s: fields that queries combine (-) and indexes that are declared (+):\n%s", name, diff)
		}
	}
}

// TestEnvironment holds what Terraform gives to what the programs read: nothing required is missing, nothing is given
// that nobody reads.
func TestEnvironment(t *testing.T) {
	given := map[string][]string{}
	unmarshal(t, "../../terraform/services/environment.yaml", &given)
	d := read(t)
	for name, variables := range given {
		text := sources(t, "../../gateway/config.go")
		if name != Gateway {
			text = sources(t, "../../services/"+name) + sources(t, "../../internal/server/config.go") + sources(t, "../../internal/caller/verifier.go")
			if strings.Contains(text, "internal/outbox\"") {
				text += sources(t, "../../internal/outbox/outbox.go")
			}
			if name == "payment" {
				text += sources(t, "../../services/payment/internal/provider/provider.go")
			}
		}
		required := found(text, regexp.MustCompile(`env:"([A-Z_]+), ?required`))
		known := found(text, regexp.MustCompile(`env:"([A-Z_]+)`))
		for _, callee := range d.Calls[name] {
			known = append(known, strings.ToUpper(callee)+"_URL")
		}
		for _, variable := range required {
			if !slices.Contains(variables, variable) {
				t.Errorf("%s needs %s and is not given it", name, variable)
			}
		}
		for _, variable := range variables {
			if !slices.Contains(known, variable) {
				t.Errorf("%s is given %s and does not read it", name, variable)
			}
		}
	}
	if len(given) != len(d.Services)+1 {
		t.Errorf("%d programs are given something, want %d services and the gateway", len(given), len(d.Services))
	}
}

// TestPrograms holds the sizes, and what runs here, to the declaration.
func TestPrograms(t *testing.T) {
	d := read(t)
	var programs map[string]any
	unmarshal(t, "../../terraform/programs.yaml", &programs)
	var compose struct {
		Processes map[string]struct{ Namespace string }
	}
	unmarshal(t, "../compose.yaml", &compose)
	want := append(slices.Sorted(maps.Keys(d.Services)), Gateway)
	slices.Sort(want)
	if diff := cmp.Diff(want, slices.Sorted(maps.Keys(programs))); diff != "" {
		t.Errorf("declared (-) and in programs.yaml (+):\n%s", diff)
	}
	for name := range programs {
		if _, runs := compose.Processes[name]; !runs {
			t.Errorf("%s does not run here", name)
		}
	}
	for name, process := range compose.Processes {
		if _, sized := programs[name]; !sized && process.Namespace == "services" {
			t.Errorf("%s runs here and is not declared", name)
		}
	}
	directories, err := os.ReadDir("../../services")
	if err != nil {
		t.Fatal(err)
	}
	for _, entry := range directories {
		if _, ok := d.Services[entry.Name()]; !ok && entry.IsDir() {
			t.Errorf("services/%s is not declared", entry.Name())
		}
	}
}

func read(t *testing.T) *Declared {
	t.Helper()
	d, err := Read("../../" + File)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// sources is the text of a Go file, or of a directory's Go files without its tests.
func sources(t *testing.T, path string) string {
	t.Helper()
	files := []string{path}
	if filepath.Ext(path) != ".go" {
		files, _ = filepath.Glob(path + "/*.go")
	}
	var all strings.Builder
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		all.Write(text)
	}
	if all.Len() == 0 {
		t.Fatalf("nothing to read at %s", path)
	}
	return all.String()
}

func found(text string, pattern *regexp.Regexp) []string {
	var names []string
	for _, m := range pattern.FindAllStringSubmatch(text, -1) {
		names = append(names, m[1])
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// identities are those that any method of a service's contracts admits.
func identities(t *testing.T, service string) []string {
	t.Helper()
	var names []string
	protoregistry.GlobalFiles.RangeFilesByPackage(protoreflect.FullName(fmt.Sprintf("issho.%s.v1", service)), func(file protoreflect.FileDescriptor) bool {
		for i := range file.Services().Len() {
			methods := file.Services().Get(i).Methods()
			for j := range methods.Len() {
				names = append(names, admits(methods.Get(j))...)
			}
		}
		return true
	})
	if len(names) == 0 {
		t.Fatalf("%s has no contracts", service)
	}
	slices.Sort(names)
	return slices.Compact(names)
}

func admits(method protoreflect.Descriptor) []string {
	policy, _ := proto.GetExtension(method.Options(), policyv1.E_Policy).(*policyv1.Policy)
	return policy.GetServices()
}

func unmarshal(t *testing.T, path string, into any) {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := yaml.Unmarshal(text, into); err != nil {
		t.Fatal(err)
	}
}
