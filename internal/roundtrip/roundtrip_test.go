package roundtrip_test

import (
	"context"
	"net"
	"testing"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/health"
	"google.golang.org/grpc/health/grpc_health_v1"

	"github.com/issho-shop/issho/internal/roundtrip"
)

func TestEveryCallIsCounted(t *testing.T) {
	reader := metric.NewManualReader()
	otel.SetMeterProvider(metric.NewMeterProvider(metric.WithReader(reader)))
	client := grpc_health_v1.NewHealthClient(store(t))

	for range 2 {
		if _, err := client.Check(t.Context(), &grpc_health_v1.HealthCheckRequest{}); err != nil {
			t.Fatal(err)
		}
	}
	_, _ = client.Check(t.Context(), &grpc_health_v1.HealthCheckRequest{Service: "none"}) // refused
	ctx, letGo := context.WithCancel(t.Context())
	stream, err := client.Watch(ctx, &grpc_health_v1.HealthCheckRequest{})
	if err != nil {
		t.Fatal(err)
	}
	_, _ = stream.Recv() // nil: the server serves
	letGo()
	_, _ = stream.Recv() // cancelled

	got := counts(t, reader)
	for call, want := range map[string]uint64{"Check OK": 2, "Check NotFound": 1, "Watch Canceled": 1} {
		if got[call] != want {
			t.Errorf("%s: %d calls, want %d; all: %v", call, got[call], want, got)
		}
	}
}

// store is a connection to a server that stands in for one.
func store(t *testing.T) *grpc.ClientConn {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server := grpc.NewServer()
	grpc_health_v1.RegisterHealthServer(server, health.NewServer())
	go func() { _ = server.Serve(listener) }() // ends with Stop
	t.Cleanup(server.Stop)
	conn, err := grpc.NewClient(listener.Addr().String(), grpc.WithTransportCredentials(insecure.NewCredentials()), roundtrip.Measured("test"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	return conn
}

func counts(t *testing.T, reader metric.Reader) map[string]uint64 {
	t.Helper()
	var all metricdata.ResourceMetrics
	if err := reader.Collect(t.Context(), &all); err != nil {
		t.Fatal(err)
	}
	got := map[string]uint64{}
	for _, p := range all.ScopeMetrics[0].Metrics[0].Data.(metricdata.Histogram[float64]).DataPoints {
		if store, _ := p.Attributes.Value("store"); store != attribute.StringValue("test") {
			t.Errorf("a call to %s", store.String())
		}
		operation, _ := p.Attributes.Value("operation")
		code, _ := p.Attributes.Value("code")
		got[operation.AsString()+" "+code.AsString()] = p.Count
	}
	return got
}
