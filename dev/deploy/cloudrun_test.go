package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"google.golang.org/api/option"
	run "google.golang.org/api/run/v2"

	"github.com/issho-shop/issho/dev/declared"
)

// cloud answers as Cloud Run's and Cloud Monitoring's APIs do, as far as a release asks: services and jobs are kept,
// written whole and guarded by their etag, and read strictly.
type cloud struct {
	t *testing.T

	mu        sync.Mutex
	services  map[string]*run.GoogleCloudRunV2Service
	jobs      map[string]*run.GoogleCloudRunV2Job
	revisions []*run.GoogleCloudRunV2Revision // of whichever service is asked for, newest first
	told      []string                        // what happened, in order
	figures   []figure                        // the first whose part the query has
	broken    string                          // a job that fails, with its arguments
	unready   string                          // an image that does not start
}

// figure is what Cloud Monitoring answers to a query with that part.
type figure struct {
	part  string
	value float64
}

func newCloud(t *testing.T) (*cloud, *cloudRun) {
	c := &cloud{t: t, services: map[string]*run.GoogleCloudRunV2Service{}, jobs: map[string]*run.GoogleCloudRunV2Job{}}
	server := httptest.NewServer(c)
	t.Cleanup(server.Close)
	d, err := declared.Read("../../" + declared.File)
	if err != nil {
		t.Fatal(err)
	}
	held, err := readPromises("../..")
	if err != nil {
		t.Fatal(err)
	}
	e := environment{name: "test", project: "issho-test", number: "1", region: "asia-northeast1", declared: d, promises: held, root: "../.."}
	for _, name := range []string{"order", "gateway"} {
		c.services[name] = &run.GoogleCloudRunV2Service{
			Name: "projects/issho-test/locations/asia-northeast1/services/" + name, Etag: "1",
			LatestReadyRevision: name + "-00001-abc",
			Traffic:             []*run.GoogleCloudRunV2TrafficTarget{{Type: "TRAFFIC_TARGET_ALLOCATION_TYPE_LATEST", Percent: 100}},
			Template: &run.GoogleCloudRunV2RevisionTemplate{
				ServiceAccount: "issho-" + name, MaxInstanceRequestConcurrency: 500,
				Containers: []*run.GoogleCloudRunV2Container{{Image: "hello", Env: []*run.GoogleCloudRunV2EnvVar{{Name: "PROJECT", Value: "issho-test"}}}},
			},
		}
	}
	for _, name := range []string{"verify", "order-migrate"} {
		c.jobs[name] = &run.GoogleCloudRunV2Job{
			Name:     "projects/issho-test/locations/asia-northeast1/jobs/" + name,
			Template: &run.GoogleCloudRunV2ExecutionTemplate{Template: &run.GoogleCloudRunV2TaskTemplate{Containers: []*run.GoogleCloudRunV2Container{{Image: "hello"}}}},
		}
	}
	made, err := openCloudRun(t.Context(), e, option.WithEndpoint(server.URL+"/"), option.WithHTTPClient(server.Client()))
	if err != nil {
		t.Fatal(err)
	}
	return c, made
}

func (c *cloud) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	c.mu.Lock()
	defer c.mu.Unlock()
	parts := strings.Split(strings.TrimPrefix(r.URL.Path, "/"), "/")
	kind, name := parts[min(5, len(parts)-1)], parts[len(parts)-1]
	switch {
	case strings.HasSuffix(r.URL.Path, "/api/v1/query"):
		c.answer(w, r.FormValue("query"))
	case r.Method == http.MethodGet && name == "revisions":
		c.write(w, &run.GoogleCloudRunV2ListRevisionsResponse{Revisions: c.revisions})
	case r.Method == http.MethodGet && kind == "services":
		c.write(w, c.services[name])
	case r.Method == http.MethodGet && kind == "jobs":
		c.write(w, c.jobs[name])
	case r.Method == http.MethodPatch && kind == "services":
		c.write(w, c.change(name, r.Body))
	case r.Method == http.MethodPatch && kind == "jobs":
		var j run.GoogleCloudRunV2Job
		c.read(r.Body, &j)
		c.jobs[name] = &j
		c.told = append(c.told, name+" gets "+j.Template.Template.Containers[0].Image)
		c.write(w, &run.GoogleLongrunningOperation{Done: true})
	case r.Method == http.MethodPost && kind == "jobs":
		c.write(w, c.execute(strings.TrimSuffix(name, ":run"), r.Body))
	default:
		c.t.Errorf("asked %s %s", r.Method, r.URL)
		http.NotFound(w, r)
	}
}

func (c *cloud) change(name string, body io.Reader) *run.GoogleLongrunningOperation {
	var s run.GoogleCloudRunV2Service
	c.read(body, &s)
	old := c.services[name]
	if s.Etag != old.Etag || s.Template.ServiceAccount != old.Template.ServiceAccount || len(s.Template.Containers[0].Env) != 1 {
		c.t.Errorf("%s was written over what Terraform configured: %+v", name, s.Template)
	}
	if s.Template.Containers[0].Image == c.unready {
		return &run.GoogleLongrunningOperation{Done: true, Error: &run.GoogleRpcStatus{Message: "the container does not listen"}}
	}
	sum := int64(0)
	var said []string
	s.TrafficStatuses = nil
	for _, t := range s.Traffic {
		sum += t.Percent
		said = append(said, fmt.Sprintf("%s %d%%", t.Revision[:len(name)+6], t.Percent))
		status := &run.GoogleCloudRunV2TrafficTargetStatus{Revision: t.Revision, Percent: t.Percent, Tag: t.Tag}
		if t.Tag != "" {
			status.Uri = "https://" + t.Tag + "---" + name + ".run.app"
		}
		s.TrafficStatuses = append(s.TrafficStatuses, status)
	}
	if sum != 100 {
		c.t.Errorf("%s: %d %% are shared out", name, sum)
	}
	if s.Template.Revision != "" {
		s.LatestReadyRevision = s.Template.Revision
	}
	s.Etag += "1"
	c.services[name] = &s
	c.told = append(c.told, strings.Join(said, ", "))
	return &run.GoogleLongrunningOperation{Done: true}
}

func (c *cloud) execute(job string, body io.Reader) *run.GoogleLongrunningOperation {
	var r run.GoogleCloudRunV2RunJobRequest
	c.read(body, &r)
	said := job + ": " + strings.Join(r.Overrides.ContainerOverrides[0].Args, " ")
	c.told = append(c.told, said)
	execution := run.GoogleCloudRunV2Execution{SucceededCount: 1}
	if c.broken != "" && strings.Contains(said, c.broken) {
		execution = run.GoogleCloudRunV2Execution{FailedCount: 1, LogUri: "https://log"}
	}
	made, err := json.Marshal(execution)
	if err != nil {
		c.t.Error(err)
	}
	return &run.GoogleLongrunningOperation{Done: true, Response: made}
}

func (c *cloud) answer(w http.ResponseWriter, query string) {
	for _, f := range c.figures {
		if strings.Contains(query, f.part) {
			fmt.Fprintf(w, `{"status":"success","data":{"resultType":"vector","result":[{"metric":{},"value":[1,"%g"]}]}}`, f.value)
			return
		}
	}
	fmt.Fprint(w, `{"status":"success","data":{"resultType":"vector","result":[]}}`)
}

func (c *cloud) read(body io.Reader, into any) {
	d := json.NewDecoder(body)
	d.DisallowUnknownFields()
	if err := d.Decode(into); err != nil {
		c.t.Error(err)
	}
}

func (c *cloud) write(w http.ResponseWriter, what any) {
	w.Header().Set("Content-Type", "application/json")
	if err := json.NewEncoder(w).Encode(what); err != nil {
		c.t.Error(err)
	}
}

const image = "asia-northeast1-docker.pkg.dev/issho-test/images/%s:0123456789abcdef0123"

func shipmentsOf(programs ...string) (all []shipment) {
	for _, p := range programs {
		all = append(all, shipment{p, fmt.Sprintf(image, p)})
	}
	return all
}

func TestReleaseOnCloudRun(t *testing.T) {
	c, made := newCloud(t)
	c.figures = []figure{{"histogram_quantile", 120}}
	if err := ship(t.Context(), made, shipmentsOf("verify", "order", "gateway"), time.Millisecond); err != nil {
		t.Fatal(err)
	}
	smoke := "verify: smoke order https://next---order.run.app --audience https://order-1.asia-northeast1.run.app"
	want := []string{
		"verify gets " + fmt.Sprintf(image, "verify"),
		"order-migrate gets " + fmt.Sprintf(image, "order"), "order-migrate: migrate",
		"order-00001 100%, order-01234 0%", smoke,
		"order-01234 5%, order-00001 95%", smoke,
		"order-01234 25%, order-00001 75%", smoke,
		"order-01234 100%", strings.Replace(smoke, "https://next---order.run.app", "https://order-1.asia-northeast1.run.app", 1),
	}
	if got := c.told[:len(want)]; !slices.Equal(got, want) {
		t.Errorf("what happened:\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	if last := c.told[len(c.told)-2]; last != "gateway-01234 100%" {
		t.Errorf("the gateway is not last: %s", last)
	}
}

func TestReleaseGoesBack(t *testing.T) {
	tests := []struct {
		name, want string
		bad        func(c *cloud)
		shares     []string // of order, as they were given
	}{
		{"it does not start", "no revision came up", func(c *cloud) { c.unready = fmt.Sprintf(image, "order") }, nil},
		{"the smoke story fails", "the smoke story failed: job verify smoke order", func(c *cloud) { c.broken = "smoke order" },
			[]string{"order-00001 100%, order-01234 0%", "order-00001 100%"}},
		{"requests fail", "at 5 %: 2.0 % of 1000 requests failed, at most 1.44 % may", func(c *cloud) {
			c.figures = []figure{{"5xx", 20}, {"request_count{", 1000}}
		}, []string{"order-00001 100%, order-01234 0%", "order-01234 5%, order-00001 95%", "order-00001 100%"}},
		{"it is slow", "at 5 %: 1 % of 1000 requests take longer than 3s", func(c *cloud) {
			c.figures = []figure{{"5xx", 0}, {"request_count{", 1000}, {"histogram_quantile", 3000}}
		}, []string{"order-00001 100%, order-01234 0%", "order-01234 5%, order-00001 95%", "order-00001 100%"}},
		{"the schema cannot be applied", "job order-migrate migrate failed", func(c *cloud) { c.broken = "migrate" }, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c, made := newCloud(t)
			tt.bad(c)
			err := ship(t.Context(), made, shipmentsOf("order", "gateway"), time.Millisecond)
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Fatalf("it ended with %v, want %q", err, tt.want)
			}
			var shares []string
			for _, said := range c.told {
				if strings.Contains(said, "%") {
					shares = append(shares, said)
				}
			}
			if !slices.Equal(shares, tt.shares) {
				t.Errorf("traffic went %q, want %q", shares, tt.shares)
			}
		})
	}
}

// TestCancelledReleaseGoesBack: who stops a build in the middle leaves no half of it behind.
func TestCancelledReleaseGoesBack(t *testing.T) {
	c, made := newCloud(t)
	ctx, cancel := context.WithCancel(t.Context())
	walk := canary{platform: made, promises: made.promises, steps: shares, hold: time.Hour, look: 10 * time.Millisecond, least: 1, out: io.Discard}
	time.AfterFunc(200*time.Millisecond, cancel)
	if err := walk.run(ctx, "order", fmt.Sprintf(image, "order")); err == nil || !strings.Contains(err.Error(), "was taken back") {
		t.Fatal(err)
	}
	if last := c.told[len(c.told)-1]; last != "order-00001 100%" {
		t.Errorf("in the end: %s", last)
	}
}
