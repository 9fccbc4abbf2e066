package declared

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"
)

func TestTheFileItself(t *testing.T) {
	d, err := Read("../../" + File)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := d.Services["order"].URL(), "http://127.0.0.1:8104"; got != want {
		t.Errorf("order is at %s, want %s", got, want)
	}
	if len(d.Subscriptions) == 0 || len(d.Queues) == 0 || len(d.Jobs) == 0 {
		t.Errorf("something is missing: %+v", d)
	}
}

func TestRefusals(t *testing.T) {
	text, err := os.ReadFile("../../" + File)
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct{ name, old, new, want string }{
		{"unknown field", "concurrent: 200", "concurent: 200", "field concurent not found"},
		{"unknown section", "topics:", "topicks:", "field topicks not found"},
		{"port twice", "port: 8103", "port: 8101", "port 8101 is taken"},
		{"call of nobody", "reward: [order]", "reward: [orders]", `there is no service "orders"`},
		{"unknown topic published", "payment: [payment]", "payment: [paiment]", `there is no topic "paiment"`},
		{"index without an order", "state ASCENDING, category_ids", "state, category_ids", `index field "state"`},
		{"documents in Spanner", "  user:\n    ttl", "  order:\n    ttl", "order: has no Firestore database"},
		{"unknown store", "store: spanner", "store: mysql", `store "mysql" is neither`},
		{"bucket of nobody", "{service: search, variable", "{service: serch, variable", `there is no service "serch"`},
		{"store without a database", "store: firestore, database: user", "store: firestore", "a store without a database"},
		{"unknown topic", "topic: payment, service: reward", "topic: paiment, service: reward", `there is no topic "paiment"`},
		{"unknown service", "service: cart,", "service: kart,", `there is no service "kart"`},
		{"queue too slow for the emulator", "dispatches_per_second: 100", "dispatches_per_second: 0.5", "0.5 is not from 1 to 500"},
		{"slower on a laptop", "on_a_laptop: 100", "on_a_laptop: 10", "on_a_laptop 10 is not from"},
		{"back-off below Pub/Sub's", "attempts: 100, dead_letter: order-cart-dead", "attempts: 2, dead_letter: order-cart-dead", "attempts 2 are not"},
		{"bad duration", "min_backoff: 1s", "min_backoff: 1", "cannot unmarshal"},
		{"bad cron", `"* * * * *"`, `"* * * *"`, "expected exactly 5 fields"},
		{"customer method scheduled", "OrderInternalService/Sweep", "OrderService/Sweep", "is no issho.<name>"},
		{"other dead letter", "dead_letter: payment-order-dead", "dead_letter: dead", "dead_letter must be payment-order-dead"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			broken := strings.Replace(string(text), tt.old, tt.new, 1)
			if broken == string(text) {
				t.Fatalf("the file has no %q to break", tt.old)
			}
			if _, err := parse([]byte(broken)); err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("refused with %v, want %q", err, tt.want)
			}
		})
	}
}

// TestCompose holds dev/compose.yaml to the declaration: each service has a process with its port and its database.
func TestCompose(t *testing.T) {
	d, err := Read("../../" + File)
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile("../compose.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var compose struct {
		Processes map[string]struct {
			Environment []string
			Probe       struct {
				HTTPGet struct{ Port int } `yaml:"http_get"`
			} `yaml:"readiness_probe"`
		}
	}
	if err := yaml.Unmarshal(text, &compose); err != nil {
		t.Fatal(err)
	}
	for name, s := range d.Services {
		process := compose.Processes[name]
		environment := strings.Join(process.Environment, "\n") + "\n"
		want := []string{fmt.Sprintf("PORT=%d\n", s.Port), "SELF_URL=" + s.URL() + "\n"}
		for id, b := range d.Buckets {
			if b.Service == name {
				want = append(want, b.Variable+"="+BucketName("issho-local", id)+"\n")
			}
		}
		switch s.Store {
		case Firestore:
			want = append(want, "FIRESTORE_DATABASE="+s.Database+"\n")
		case Spanner:
			want = append(want, "SPANNER_DATABASE=projects/issho-local/instances/issho/databases/"+s.Database+"\n")
			if compose.Processes[name+"-migrate"].Environment == nil {
				t.Errorf("%s has no process %s-migrate", name, name)
			}
		}
		for _, line := range want {
			if !strings.Contains(environment, line) {
				t.Errorf("process %s lacks %s", name, line)
			}
		}
		if process.Probe.HTTPGet.Port != s.Port {
			t.Errorf("process %s is probed on port %d, want %d", name, process.Probe.HTTPGet.Port, s.Port)
		}
	}
}
