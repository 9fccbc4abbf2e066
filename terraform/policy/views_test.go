package policy

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	orderv1 "github.com/issho-shop/issho/internal/gen/issho/order/v1"
	paymentv1 "github.com/issho-shop/issho/internal/gen/issho/payment/v1"
	typev1 "github.com/issho-shop/issho/internal/gen/issho/type/v1"
)

// bodies are what the events of a topic carry.
var bodies = map[string]proto.Message{
	"order": (*orderv1.OrderEvent)(nil), "group": (*orderv1.GroupEvent)(nil), "stock": (*orderv1.StockEvent)(nil),
	"payment": (*paymentv1.PaymentEvent)(nil), "visit": (*typev1.VisitEvent)(nil),
}

// TestViewsReadWhatEventsCarry: BigQuery answers NULL for a field that is not there, so a misspelt one would count nothing for
// ever. Fields are held to the contracts, types of events to what services write.
func TestViewsReadWhatEventsCarry(t *testing.T) {
	files, _ := filepath.Glob("../data/views/*.sql")
	if len(files) < 5 {
		t.Fatalf("only %d views", len(files))
	}
	written := eventTypes(t)
	for _, file := range files {
		content, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, fault := range faultsOf(string(content), written) {
			t.Errorf("%s: %s", filepath.Base(file), fault)
		}
	}
}

func TestViewsThatReadNothingAreRefused(t *testing.T) {
	for sql, want := range map[string]string{
		"SELECT JSON_VALUE(data, '$.order_id') FROM `${project}.events.order`":                                        "order_id",
		"SELECT JSON_VALUE(data, '$.finalTotal.yen') FROM `${project}.events.order`":                                  "finalTotal.yen",
		"SELECT JSON_VALUE(data, '$.groupId') FROM `${project}.events.group` WHERE type = 'group.founded'":            "group.founded",
		"SELECT JSON_VALUE(data, '$.groupId') FROM `${project}.events.groups`":                                        "events.groups",
		"SELECT JSON_VALUE(data, '$.cancelReason') = 'CANCEL_REASON_WHIM' FROM `${project}.events.order`":             "CANCEL_REASON_WHIM",
		"SELECT JSON_VALUE(data, '$.visitId'), JSON_VALUE(attributes, '$.\"ce-typ\"') FROM `${project}.events.visit`": "ce-typ",
	} {
		if got := strings.Join(faultsOf(sql, map[string]bool{"group.formed": true}), "; "); !strings.Contains(got, want) {
			t.Errorf("%s\nrefused with %q, want %s", sql, got, want)
		}
	}
}

// faultsOf is what a view reads that is not there.
func faultsOf(sql string, written map[string]bool) (faults []string) {
	var carried []protoreflect.MessageDescriptor
	for _, m := range regexp.MustCompile("\\.events\\.([a-z]+)`").FindAllStringSubmatch(sql, -1) {
		if bodies[m[1]] == nil {
			faults = append(faults, "events."+m[1]+" is no topic with a body that is known here")
			continue
		}
		carried = append(carried, bodies[m[1]].ProtoReflect().Descriptor())
	}
	for _, m := range regexp.MustCompile(`JSON_VALUE\(data, '\$\.([A-Za-z_.]+)'\)`).FindAllStringSubmatch(sql, -1) {
		if len(carried) > 0 && !anyHas(carried, m[1]) {
			faults = append(faults, "no event carries "+m[1])
		}
	}
	for _, m := range regexp.MustCompile(`'((?:order|group|payment|stock|visit)\.[a-z_]+)'`).FindAllStringSubmatch(sql, -1) {
		if !written[m[1]] {
			faults = append(faults, "nobody publishes "+m[1])
		}
	}
	for _, m := range regexp.MustCompile(`'(CANCEL_REASON_[A-Z_]+)'`).FindAllStringSubmatch(sql, -1) {
		if _, ok := orderv1.CancelReason_value[m[1]]; !ok {
			faults = append(faults, "there is no "+m[1])
		}
	}
	for _, m := range regexp.MustCompile(`'\$\."(ce-[a-z]+)"'`).FindAllStringSubmatch(sql, -1) {
		if m[1] != "ce-id" && m[1] != "ce-type" && m[1] != "ce-time" && m[1] != "ce-subject" && m[1] != "ce-source" {
			faults = append(faults, "no message has the attribute "+m[1])
		}
	}
	return faults
}

func anyHas(messages []protoreflect.MessageDescriptor, path string) bool {
	for _, m := range messages {
		if has(m, strings.Split(path, ".")) {
			return true
		}
	}
	return false
}

// has follows JSON names down a message.
func has(m protoreflect.MessageDescriptor, path []string) bool {
	field := m.Fields().ByJSONName(path[0])
	switch {
	case field == nil:
		return false
	case len(path) == 1:
		return true
	}
	return field.Message() != nil && has(field.Message(), path[1:])
}

// eventTypes are the types of events that the services write, by the literals in their sources.
func eventTypes(t *testing.T) map[string]bool {
	t.Helper()
	types := map[string]bool{}
	for _, pattern := range []string{"../../services/*/*.go", "../../services/*/internal/*/*.go"} {
		files, _ := filepath.Glob(pattern)
		for _, file := range files {
			if strings.HasSuffix(file, "_test.go") {
				continue
			}
			source, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			for _, m := range regexp.MustCompile(`"((?:order|group|payment|stock|visit)\.[a-z_]+)"`).FindAllSubmatch(source, -1) {
				types[string(m[1])] = true
			}
		}
	}
	return types
}
