package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/sethvargo/go-envconfig"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/exporters/otlp/otlpmetric/otlpmetricgrpc"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracegrpc"
	api "go.opentelemetry.io/otel/metric"
	"go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/resource"
	sdk "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"
)

// sink is a running program: where to export to and where to look.
type sink struct{ otlp, url string }

func start(t *testing.T) sink {
	t.Helper()
	otlp, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	web, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- serve(ctx, newStore(100), otlp, web) }()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Errorf("serve: %v", err)
		}
	})
	return sink{otlp.Addr().String(), "http://" + web.Addr().String()}
}

// service is a tracer whose spans arrive when they end.
func (s sink) service(t *testing.T, name string) trace.Tracer {
	t.Helper()
	exporter, err := otlptracegrpc.New(t.Context(), otlptracegrpc.WithEndpoint(s.otlp), otlptracegrpc.WithInsecure(), otlptracegrpc.WithCompressor("gzip"))
	if err != nil {
		t.Fatal(err)
	}
	p := sdk.NewTracerProvider(sdk.WithSyncer(exporter), sdk.WithResource(named(name)))
	t.Cleanup(func() { p.Shutdown(context.Background()) })
	return p.Tracer("test")
}

func named(service string) *resource.Resource {
	return resource.NewSchemaless(attribute.String("service.name", service))
}

func get(t *testing.T, url string) (int, string) {
	t.Helper()
	res, err := http.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res.StatusCode, string(body)
}

func TestTraceAcrossServices(t *testing.T) {
	t.Parallel()
	s := start(t)
	gateway, order := s.service(t, "gateway"), s.service(t, "order")
	ctx, root := gateway.Start(t.Context(), "POST Checkout", trace.WithSpanKind(trace.SpanKindServer))
	_, child := order.Start(ctx, "OrderService/Checkout", trace.WithAttributes(attribute.Int("lines", 2)), trace.WithLinks(trace.LinkFromContext(ctx)))
	child.SetStatus(codes.Error, "sold out")
	child.End()
	root.End()
	id := root.SpanContext().TraceID().String()

	var got struct {
		TraceID string
		Spans   []span
	}
	_, body := get(t, s.url+"/traces/"+id+"?format=json")
	if err := json.Unmarshal([]byte(body), &got); err != nil {
		t.Fatalf("%s: %v", body, err)
	}
	if len(got.Spans) != 2 || got.TraceID != id {
		t.Fatalf("trace %s has %d spans, want 2 of %s", got.TraceID, len(got.Spans), id)
	}
	want := span{
		SpanID: child.SpanContext().SpanID().String(), ParentSpanID: root.SpanContext().SpanID().String(),
		Service: "order", Name: "OrderService/Checkout", Kind: "INTERNAL", Status: "ERROR", Message: "sold out",
		Attributes: map[string]string{"lines": "2"}, Links: []string{id + "/" + root.SpanContext().SpanID().String()},
	}
	second := got.Spans[1]
	if second.Start.IsZero() || second.DurationMS < 0 {
		t.Errorf("began %v and took %v ms", second.Start, second.DurationMS)
	}
	second.Start, second.DurationMS = time.Time{}, 0
	if diff := cmp.Diff(want, second); diff != "" {
		t.Errorf("span (-want +got):\n%s", diff)
	}

	for query, want := range map[string]int{
		"": 1, "?service=order": 1, "?service=order&name=Checkout": 1, "?service=cart": 0, "?service=gateway&name=OrderService": 0,
	} {
		_, body := get(t, s.url+"/traces"+query)
		if got := strings.Count(body, id); got != want {
			t.Errorf("/traces%s lists it %d times, want %d:\n%s", query, got, want, body)
		}
	}
}

func TestUnknownTrace(t *testing.T) {
	t.Parallel()
	s := start(t)
	if status, body := get(t, s.url+"/traces/4bf92f3577b34da6a3ce929d0e0e4736"); status != http.StatusNotFound {
		t.Errorf("status %d: %s, want 404", status, body)
	}
}

func TestMetricsAreCounted(t *testing.T) {
	t.Parallel()
	s := start(t)
	exporter, err := otlpmetricgrpc.New(t.Context(), otlpmetricgrpc.WithEndpoint(s.otlp), otlpmetricgrpc.WithInsecure())
	if err != nil {
		t.Fatal(err)
	}
	p := metric.NewMeterProvider(metric.WithReader(metric.NewPeriodicReader(exporter)), metric.WithResource(named("order")))
	orders, err := p.Meter("test").Int64Counter("orders")
	if err != nil {
		t.Fatal(err)
	}
	took, err := p.Meter("test").Float64Histogram("took")
	if err != nil {
		t.Fatal(err)
	}
	orders.Add(t.Context(), 3)
	orders.Add(t.Context(), 1, api.WithAttributes(attribute.String("kind", "solo"), attribute.Int("batch", 2)))
	took.Record(t.Context(), 1.5)
	if err := p.ForceFlush(t.Context()); err != nil {
		t.Fatal(err)
	}
	orders.Add(t.Context(), 2)
	if err := p.Shutdown(t.Context()); err != nil {
		t.Fatal(err)
	}
	var got []measure
	_, body := get(t, s.url+"/metrics?format=json")
	if err := json.Unmarshal([]byte(body), &got); err != nil {
		t.Fatalf("%s: %v", body, err)
	}
	none := map[string]string{}
	want := []measure{
		{"order", "orders", none, 2, "5"}, {"order", "orders", map[string]string{"kind": "solo", "batch": "2"}, 2, "1"},
		{"order", "took", none, 2, "count=1 sum=1.5"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("metrics (-want +got):\n%s", diff)
	}
	if _, body := get(t, s.url+"/metrics?name=ord"); !strings.Contains(body, "orders  order  1  batch=2, kind=solo") || strings.Contains(body, "took") {
		t.Errorf("metrics as text:\n%s", body)
	}
}

func TestOldestTraceIsForgotten(t *testing.T) {
	t.Parallel()
	st := newStore(3)
	for i := range 5 {
		st.addSpan(fmt.Sprint(i), span{SpanID: "a", Name: "op"})
	}
	if diff := cmp.Diff([]string{"4", "3", "2"}, st.find("", "", 10)); diff != "" {
		t.Errorf("kept (-want +got):\n%s", diff)
	}
	if len(st.traces) != 3 {
		t.Errorf("%d traces in memory, want 3", len(st.traces))
	}
	if got := st.find("", "", 1); len(got) != 1 || got[0] != "4" {
		t.Errorf("the newest is %v, want 4", got)
	}
}

func TestTraceIsBounded(t *testing.T) {
	t.Parallel()
	st := newStore(1)
	for i := range maxSpans + 10 {
		st.addSpan("t", span{SpanID: fmt.Sprint(i % (maxSpans + 5))}) // the last five are repeated
	}
	if got := len(st.trace("t")); got != maxSpans {
		t.Errorf("%d spans, want %d", got, maxSpans)
	}
	st.addSpan("u", span{SpanID: "x"})
	st.addSpan("u", span{SpanID: "x"})
	if got := len(st.trace("u")); got != 1 {
		t.Errorf("a span sent twice is kept %d times", got)
	}
}

func TestTree(t *testing.T) {
	t.Parallel()
	zero := time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)
	at := func(id, parent, service, name string, ms int, took float64) span {
		return span{SpanID: id, ParentSpanID: parent, Service: service, Name: name, Kind: "SERVER", Status: "UNSET",
			Start: zero.Add(time.Duration(ms) * time.Millisecond), DurationMS: took}
	}
	failed := at("d", "b", "payment", "Authorise", 3, 4)
	failed.Status, failed.Message = "ERROR", "declined"
	spans := []span{
		at("a", "", "gateway", "POST Checkout", 0, 20),
		at("b", "a", "order", "Checkout", 1, 18.25),
		at("c", "b", "catalog", "GetCampaign", 2, 1),
		failed,
		at("e", "a", "order", "send", 19, 1),
		at("f", "lost", "reward", "order.paid", 40, 2),
	}
	var got bytes.Buffer
	if err := tree(&got, "t1", spans); err != nil {
		t.Fatal(err)
	}
	want := strings.Join([]string{
		"trace t1: 6 spans, 5 services, 42.0 ms, began 09:00:00.000",
		"gateway  POST Checkout      +0.0 ms   20.0 ms  SERVER",
		"├─ order  Checkout          +1.0 ms   18.2 ms  SERVER",
		"│  ├─ catalog  GetCampaign  +2.0 ms   1.0 ms   SERVER",
		"│  └─ payment  Authorise    +3.0 ms   4.0 ms   SERVER ERROR declined",
		"└─ order  send              +19.0 ms  1.0 ms   SERVER",
		"reward  order.paid          +40.0 ms  2.0 ms   SERVER (its parent is elsewhere)",
		"",
	}, "\n")
	if diff := cmp.Diff(want, got.String()); diff != "" {
		t.Errorf("tree (-want +got):\n%s", diff)
	}
}

// A span that names itself, or a later one, as its parent must not hang the page.
func TestTreeOfOddSpans(t *testing.T) {
	t.Parallel()
	spans := []span{{SpanID: "a", ParentSpanID: "a", Name: "self"}, {SpanID: "b", ParentSpanID: "c"}, {SpanID: "c", ParentSpanID: "b"}}
	var got bytes.Buffer
	if err := tree(&got, "t", spans); err != nil || !strings.Contains(got.String(), "self") {
		t.Errorf("%v:\n%s", err, got.String())
	}
}

func TestPages(t *testing.T) {
	t.Parallel()
	st := newStore(1)
	st.addSpan("ab", span{SpanID: "a", Service: "order", Name: "Checkout"})
	srv := httptest.NewServer(handler(st))
	t.Cleanup(srv.Close)
	for path, want := range map[string]string{
		"/health/live": "ok", "/traces/AB": "order  Checkout", "/traces?limit=0": "1 spans", "/traces?format=json": `"traceId":"ab"`, "/metrics?format=json": "[]",
	} {
		if status, body := get(t, srv.URL+path); status != 200 || !strings.Contains(body, want) {
			t.Errorf("%s: %d %s, want %q", path, status, body, want)
		}
	}
}

func TestPortInUse(t *testing.T) {
	t.Parallel()
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { taken.Close() })
	_, port, _ := net.SplitHostPort(taken.Addr().String())
	env := envconfig.MapLookuper(map[string]string{"PORT": port, "OTLP_PORT": "0"})
	if err := run(context.Background(), env); err == nil || !strings.Contains(err.Error(), "in use") {
		t.Errorf("error %v, want one that says the port is in use", err)
	}
}
