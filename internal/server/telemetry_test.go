package server

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/trace"
	collector "go.opentelemetry.io/proto/otlp/collector/trace/v1"
	"google.golang.org/grpc"

	"github.com/issho-shop/issho/internal/caller"
	"github.com/issho-shop/issho/internal/fault"
	orderv1 "github.com/issho-shop/issho/internal/gen/issho/order/v1"
	"github.com/issho-shop/issho/internal/gen/issho/order/v1/orderv1connect"
)

func TestLogLine(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	cfg := Config{Config: caller.Config{Project: "issho-test"}, Revision: "order-00042", LogLevel: slog.LevelDebug}
	log := newLogger(&out, "order", cfg)
	span := trace.NewSpanContext(trace.SpanContextConfig{TraceID: trace.TraceID{1}, SpanID: trace.SpanID{2}, TraceFlags: trace.FlagsSampled})
	log.With("batch", 3).WithGroup("lost").WarnContext(trace.ContextWithSpanContext(t.Context(), span), "slow", "error", errors.New("why"))
	var got map[string]any
	if err := json.Unmarshal(out.Bytes(), &got); err != nil {
		t.Fatal(err)
	}
	delete(got, "time")
	want := map[string]any{
		"severity": "WARNING", "message": "slow", "error": "why", "batch": 3.0,
		"serviceContext":                       map[string]any{"service": "order", "version": "order-00042"},
		"logging.googleapis.com/trace":         "projects/issho-test/traces/01000000000000000000000000000000",
		"logging.googleapis.com/spanId":        "0200000000000000",
		"logging.googleapis.com/trace_sampled": true,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("line (-want +got):\n%s", diff)
	}
	for level, name := range map[slog.Level]string{slog.LevelDebug: "DEBUG", slog.LevelInfo: "INFO", slog.LevelError: "ERROR"} {
		out.Reset()
		log.Log(t.Context(), level, "x")
		if !strings.Contains(out.String(), `"severity":"`+name+`"`) || strings.Contains(out.String(), "trace") {
			t.Errorf("%v: %s", level, &out)
		}
	}
}

// spansOf answers the spans of a trace by name, each with its parent's id.
func spansOf(id trace.TraceID) map[string]trace.SpanID {
	all := map[string]trace.SpanID{}
	for _, s := range spans.GetSpans() {
		if s.SpanContext.TraceID() == id {
			all[s.SpanKind.String()+" "+s.Name] = s.Parent.SpanID()
		}
	}
	return all
}

func TestOneTraceThroughTwoServices(t *testing.T) {
	t.Parallel()
	var who caller.Caller
	callee := withOrders(t, orders{invite: func(ctx context.Context) error {
		who = caller.From(ctx)
		return fault.New(fault.GroupOver, "group_id", "g_1")
	}})
	self := prepare(t, nil)
	client := orderv1connect.NewOrderServiceClient(self.HTTPClient("http://order.test"), callee.URL(), self.ClientOptions()...)

	ctx, root := otel.Tracer("test").Start(t.Context(), "root")
	_, err := client.GetInvite(ctx, &orderv1.GetInviteRequest{Token: "x"})
	root.End()
	if fault.ReasonOf(err) != fault.GroupOver || fault.Meta(err, "group_id") != "g_1" {
		t.Errorf("got %v", err)
	}
	if who.Service != "cart" || who.Method != inviteMethod {
		t.Errorf("called by %+v", who)
	}
	id := root.SpanContext().TraceID()
	tree := spansOf(id)
	name := strings.TrimPrefix(inviteMethod, "/")
	if tree["client "+name] != root.SpanContext().SpanID() || !tree["server "+name].IsValid() {
		t.Errorf("spans %v", tree)
	}
	line := callee.log.find(t, "message", "rpc")
	if len(line) != 1 || line[0]["logging.googleapis.com/trace"] != "projects/issho-test/traces/"+id.String() {
		t.Errorf("logged %v", line)
	}
}

func TestRefusedCallIsInItsTrace(t *testing.T) {
	t.Parallel()
	p := withOrders(t, orders{})
	header := map[string]string{"Content-Type": "application/json", "Traceparent": "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"}
	p.post(t, "POST", checkoutMethod, header, strings.NewReader("{}"))
	line := p.log.find(t, "reason", "TOKEN_MISSING")
	if len(line) != 1 || line[0]["logging.googleapis.com/trace"] != "projects/issho-test/traces/0af7651916cd43dd8448eb211c80319c" {
		t.Errorf("logged %v", line)
	}
}

func TestCallKeepsTimeForItsCaller(t *testing.T) {
	t.Parallel()
	callee := withOrders(t, orders{invite: func(ctx context.Context) error {
		<-ctx.Done()
		return ctx.Err()
	}})
	caller := withOrders(t, orders{invite: func(ctx context.Context) error {
		self := prepare(t, nil)
		client := orderv1connect.NewOrderServiceClient(self.HTTPClient("http://order.test"), callee.URL(), self.ClientOptions()...)
		_, err := client.GetInvite(ctx, &orderv1.GetInviteRequest{Token: "x"})
		if ctx.Err() != nil {
			t.Error("the callee took all of the caller's time")
		}
		return fault.FromRPC(err, "order")
	}})
	header := map[string]string{"Content-Type": "application/json", "Connect-Timeout-Ms": "1000"}
	got := caller.post(t, "POST", inviteMethod, header, strings.NewReader(`{"token":"x"}`))
	if got.Reason != "DEPENDENCY_UNAVAILABLE" {
		t.Errorf("got %+v", got)
	}
}

// sink is a collector of traces.
type sink struct {
	collector.UnimplementedTraceServiceServer
	mu    sync.Mutex
	names []string
}

func (s *sink) Export(_ context.Context, req *collector.ExportTraceServiceRequest) (*collector.ExportTraceServiceResponse, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, r := range req.GetResourceSpans() {
		for _, a := range r.GetResource().GetAttributes() {
			s.names = append(s.names, a.GetKey()+"="+a.GetValue().GetStringValue())
		}
		for _, scope := range r.GetScopeSpans() {
			for _, span := range scope.GetSpans() {
				s.names = append(s.names, span.GetName())
			}
		}
	}
	return &collector.ExportTraceServiceResponse{}, nil
}

// Not parallel: the providers are the process's.
func TestCloseFlushesTelemetry(t *testing.T) {
	before, measures := otel.GetTracerProvider(), otel.GetMeterProvider()
	defer otel.SetTracerProvider(before)
	defer otel.SetMeterProvider(measures)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	got := &sink{}
	web := grpc.NewServer()
	collector.RegisterTraceServiceServer(web, got)
	go web.Serve(listener)
	defer web.Stop()

	p := prepare(t, map[string]string{"TELEMETRY_EXPORTER": "otlp", "OTEL_EXPORTER_OTLP_ENDPOINT": "http://" + listener.Addr().String()})
	_, span := otel.Tracer("test").Start(t.Context(), "last work")
	span.End()
	p.Close()
	got.mu.Lock()
	defer got.mu.Unlock()
	if all := strings.Join(got.names, ","); !strings.Contains(all, "last work") || !strings.Contains(all, "service.name=order") {
		t.Errorf("exported %s", all)
	}
}
