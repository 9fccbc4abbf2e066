package e2e

import (
	"context"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"go.yaml.in/yaml/v3"

	"github.com/issho-shop/issho/e2e/shop"
	cartv1 "github.com/issho-shop/issho/internal/gen/issho/cart/v1"
	catalogv1 "github.com/issho-shop/issho/internal/gen/issho/catalog/v1"
)

// An alert on a metric, or a label, that no program exports never fires. A purchase is made, every service is asked whether
// its invariants hold, and then everything that alerts, promises and dashboards read must be among what was exported.
func TestAlertsReadWhatIsEmitted(t *testing.T) {
	t.Parallel()
	p := starts(t, shop.Proto)
	p.joins(t)
	p.bought(t)
	must(p.hanako.Catalog.RecordViews(t.Context(), &catalogv1.RecordViewsRequest{Views: []*catalogv1.View{
		{ViewId: uuid.NewString(), Page: &catalogv1.View_CampaignId{CampaignId: p.goods.Campaign.GetCampaignId()}},
	}}))(t)
	must(p.hanako.Cart.SetLine(t.Context(), &cartv1.SetLineRequest{Sku: p.goods.SKU, Quantity: 1}))(t)
	must(open.Verify(t.Context()))(t)

	read := reads(t)
	ok(t, shop.Until(context.WithoutCancel(t.Context()), 100*time.Second, func(ctx context.Context) error { // some gauges are set once a minute
		series, err := open.Metrics(ctx)
		if err != nil {
			return err
		}
		return lacking(read, series)
	}))
	if err := lacking(append(read, reading{"a test", "order_overdue_days", nil}), must(open.Metrics(t.Context()))(t)); err == nil {
		t.Error("a metric that nobody exports is not missed")
	}
	if err := lacking(append(read, reading{"a test", "order_overdue_age", []string{"who"}}), must(open.Metrics(t.Context()))(t)); err == nil {
		t.Error("a label that nobody sets is not missed")
	}
}

// reading is a metric of ours that something reads, as PromQL writes it, with the labels that are asked for.
type reading struct {
	by, metric string
	labels     []string
}

// reads is what alerts, dashboards and promises read, and all that is said to be measured.
func reads(t *testing.T) []reading {
	t.Helper()
	var all []reading
	selector := regexp.MustCompile(`workload_googleapis_com:([a-z_]+)(?:\{([^}]*)\})?`)
	label := regexp.MustCompile(`([a-z_]+)(?:=~|!~|!=|=)"`)
	for _, file := range []string{"alerts.yaml", "panels.yaml"} {
		for _, line := range strings.Split(observability(t, file), "\n") {
			for _, m := range selector.FindAllStringSubmatch(line, -1) {
				r := reading{by: file + ": " + line, metric: m[1]}
				for _, l := range label.FindAllStringSubmatch(m[2], -1) {
					r.labels = append(r.labels, l[1])
				}
				all = append(all, r)
			}
			all = append(all, grouped(line, selector)...)
		}
	}
	filter := regexp.MustCompile(`metric\.type="workload\.googleapis\.com/([a-z_.]+)"(.*)`)
	for _, m := range filter.FindAllStringSubmatch(observability(t, "slos.yaml"), -1) {
		r := reading{by: "slos.yaml: " + m[0], metric: strings.ReplaceAll(m[1], ".", "_")}
		for _, l := range regexp.MustCompile(`metric\.labels\.([a-z_]+)=`).FindAllStringSubmatch(m[2], -1) {
			r.labels = append(r.labels, l[1])
		}
		all = append(all, r)
	}
	var metrics struct{ Ours []string }
	ok(t, yaml.Unmarshal([]byte(observability(t, "metrics.yaml")), &metrics))
	for _, name := range metrics.Ours {
		all = append(all, reading{by: "metrics.yaml", metric: strings.ReplaceAll(name, ".", "_")})
	}
	if len(all) < 50 {
		t.Fatalf("only %d readings found: %v", len(all), all)
	}
	return all
}

// grouped are the labels by which a line groups what it reads, of each metric in it.
func grouped(line string, selector *regexp.Regexp) (all []reading) {
	for _, by := range regexp.MustCompile(`by \(([a-z_, ]+)\)`).FindAllStringSubmatch(line, -1) {
		for _, m := range selector.FindAllStringSubmatch(line, -1) {
			all = append(all, reading{by: line, metric: m[1], labels: strings.Split(by[1], ", ")})
		}
	}
	return all
}

// lacking is an error that names what is read and was not exported. Cloud Monitoring adds service_name, and le to the buckets
// of histograms.
func lacking(read []reading, series []shop.Series) error {
	labels := map[string][]string{}
	for _, s := range series {
		name := strings.ReplaceAll(s.Name, ".", "_")
		found := append(labels[name], "service_name", "le")
		for key := range s.Attributes {
			found = append(found, strings.ReplaceAll(key, ".", "_"))
		}
		labels[name] = found
	}
	missing := map[string]bool{}
	for _, r := range read {
		name := regexp.MustCompile(`_(count|bucket)$`).ReplaceAllString(r.metric, "")
		found, emitted := labels[name]
		if !emitted {
			missing["nobody exports "+name+" ("+r.by+")"] = true
			continue
		}
		for _, l := range r.labels {
			if !slices.Contains(found, l) {
				missing[name+" has no label "+l+" ("+r.by+")"] = true
			}
		}
	}
	if len(missing) == 0 {
		return nil
	}
	var all []string
	for m := range missing {
		all = append(all, m)
	}
	slices.Sort(all)
	return fmt.Errorf("%d things are read and not exported:\n%s", len(all), strings.Join(all, "\n"))
}

func observability(t *testing.T, file string) string {
	t.Helper()
	return string(must(os.ReadFile("terraform/observability/" + file))(t))
}
