package server

import (
	"context"
	"errors"
	"log/slog"
	"time"

	cloudmetric "github.com/GoogleCloudPlatform/opentelemetry-operations-go/exporter/metric"
	cloudtrace "github.com/GoogleCloudPlatform/opentelemetry-operations-go/exporter/trace"
	"go.opentelemetry.io/contrib/detectors/gcp"
	"go.opentelemetry.io/contrib/instrumentation/runtime"
	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/exporters/otlp/otlpmetric/otlpmetricgrpc"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracegrpc"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/resource"
	"go.opentelemetry.io/otel/sdk/trace"
)

// startTelemetry makes the process's traces and metrics go to where the configuration says, and answers how to flush
// them. The trace context of W3C is understood in any case, as the parent: what came with a sampling decision keeps it.
// With the exporter none the providers stay what they are.
func startTelemetry(ctx context.Context, name string, cfg Config, log *slog.Logger) (func(context.Context) error, error) {
	otel.SetTextMapPropagator(propagation.NewCompositeTextMapPropagator(propagation.TraceContext{}, propagation.Baggage{}))
	if cfg.Telemetry == "none" {
		return func(context.Context) error { return nil }, nil
	}
	otel.SetErrorHandler(otel.ErrorHandlerFunc(func(err error) { log.Warn("telemetry", "error", err) }))
	spans, metrics, err := exporters(ctx, cfg)
	if err != nil {
		return nil, err
	}
	from, err := describe(ctx, name, cfg)
	if err != nil {
		return nil, err
	}
	tracing := trace.NewTracerProvider(trace.WithResource(from), trace.WithBatcher(spans, trace.WithBatchTimeout(time.Second)),
		trace.WithSampler(trace.ParentBased(trace.TraceIDRatioBased(cfg.TraceRatio))))
	measuring := metric.NewMeterProvider(metric.WithResource(from),
		metric.WithReader(metric.NewPeriodicReader(metrics, metric.WithInterval(cfg.MetricInterval))))
	otel.SetTracerProvider(tracing)
	otel.SetMeterProvider(measuring)
	if err := runtime.Start(runtime.WithMeterProvider(measuring)); err != nil { // heap, collections, goroutines
		return nil, err
	}
	return func(ctx context.Context) error {
		return errors.Join(tracing.Shutdown(ctx), measuring.Shutdown(ctx))
	}, nil
}

func exporters(ctx context.Context, cfg Config) (trace.SpanExporter, metric.Exporter, error) {
	if cfg.Telemetry == "otlp" {
		spans, err := otlptracegrpc.New(ctx, otlptracegrpc.WithEndpointURL(cfg.OTLPEndpoint))
		if err != nil {
			return nil, nil, err
		}
		metrics, err := otlpmetricgrpc.New(ctx, otlpmetricgrpc.WithEndpointURL(cfg.OTLPEndpoint))
		return spans, metrics, err
	}
	spans, err := cloudtrace.New(cloudtrace.WithProjectID(cfg.Project))
	if err != nil {
		return nil, nil, err
	}
	metrics, err := cloudmetric.New(cloudmetric.WithProjectID(cfg.Project))
	return spans, metrics, err
}

// describe says who measures; on Google Cloud the platform adds where.
func describe(ctx context.Context, name string, cfg Config) (*resource.Resource, error) {
	options := []resource.Option{
		resource.WithAttributes(attribute.String("service.name", name), attribute.String("service.version", cfg.Revision)),
	}
	if cfg.CloudRun != "" {
		options = append(options, resource.WithDetectors(gcp.NewDetector()))
	}
	return resource.New(ctx, options...)
}
