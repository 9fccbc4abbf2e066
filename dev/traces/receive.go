package main

import (
	"context"
	"encoding/hex"
	"fmt"
	"strings"
	"time"

	metrics "go.opentelemetry.io/proto/otlp/collector/metrics/v1"
	traces "go.opentelemetry.io/proto/otlp/collector/trace/v1"
	common "go.opentelemetry.io/proto/otlp/common/v1"
	metric "go.opentelemetry.io/proto/otlp/metrics/v1"
	resource "go.opentelemetry.io/proto/otlp/resource/v1"
	trace "go.opentelemetry.io/proto/otlp/trace/v1"
	"google.golang.org/grpc"
	_ "google.golang.org/grpc/encoding/gzip" // exporters may compress
)

func newReceiver(st *store) *grpc.Server {
	srv := grpc.NewServer(grpc.MaxRecvMsgSize(32 << 20))
	traces.RegisterTraceServiceServer(srv, spanReceiver{store: st})
	metrics.RegisterMetricsServiceServer(srv, metricReceiver{store: st})
	return srv
}

type spanReceiver struct {
	traces.UnimplementedTraceServiceServer
	store *store
}

// Export keeps all spans of one export.
func (r spanReceiver) Export(_ context.Context, req *traces.ExportTraceServiceRequest) (*traces.ExportTraceServiceResponse, error) {
	for _, rs := range req.GetResourceSpans() {
		service := serviceName(rs.GetResource())
		for _, scope := range rs.GetScopeSpans() {
			for _, s := range scope.GetSpans() {
				r.store.addSpan(hex.EncodeToString(s.GetTraceId()), readSpan(service, s))
			}
		}
	}
	return &traces.ExportTraceServiceResponse{}, nil
}

func readSpan(service string, s *trace.Span) span {
	start := time.Unix(0, int64(s.GetStartTimeUnixNano())).UTC()
	out := span{
		SpanID: hex.EncodeToString(s.GetSpanId()), ParentSpanID: hex.EncodeToString(s.GetParentSpanId()),
		Service: service, Name: s.GetName(),
		Kind:       strings.TrimPrefix(s.GetKind().String(), "SPAN_KIND_"),
		Start:      start,
		DurationMS: float64(int64(s.GetEndTimeUnixNano()-s.GetStartTimeUnixNano())) / 1e6,
		Status:     strings.TrimPrefix(s.GetStatus().GetCode().String(), "STATUS_CODE_"),
		Message:    s.GetStatus().GetMessage(),
		Attributes: texts(s.GetAttributes()),
	}
	for _, l := range s.GetLinks() {
		out.Links = append(out.Links, hex.EncodeToString(l.GetTraceId())+"/"+hex.EncodeToString(l.GetSpanId()))
	}
	return out
}

type metricReceiver struct {
	metrics.UnimplementedMetricsServiceServer
	store *store
}

// Export counts all points of one export.
func (r metricReceiver) Export(_ context.Context, req *metrics.ExportMetricsServiceRequest) (*metrics.ExportMetricsServiceResponse, error) {
	for _, rm := range req.GetResourceMetrics() {
		service := serviceName(rm.GetResource())
		for _, scope := range rm.GetScopeMetrics() {
			for _, m := range scope.GetMetrics() {
				for _, p := range readMetric(m) {
					r.store.addPoint(service, m.GetName(), p)
				}
			}
		}
	}
	return &metrics.ExportMetricsServiceResponse{}, nil
}

// point is one measured value with its attributes.
type point struct {
	attributes map[string]string
	value      string
}

// readMetric answers the points of one export of a metric.
func readMetric(m *metric.Metric) (points []point) {
	for _, p := range append(m.GetGauge().GetDataPoints(), m.GetSum().GetDataPoints()...) {
		points = append(points, point{texts(p.GetAttributes()), number(p)})
	}
	for _, p := range m.GetHistogram().GetDataPoints() {
		points = append(points, point{texts(p.GetAttributes()), fmt.Sprintf("count=%d sum=%g", p.GetCount(), p.GetSum())})
	}
	for _, p := range m.GetExponentialHistogram().GetDataPoints() {
		points = append(points, point{texts(p.GetAttributes()), fmt.Sprintf("count=%d sum=%g", p.GetCount(), p.GetSum())})
	}
	return points
}

func texts(attributes []*common.KeyValue) map[string]string {
	all := map[string]string{}
	for _, a := range attributes {
		all[a.GetKey()] = text(a.GetValue())
	}
	return all
}

func number(p *metric.NumberDataPoint) string {
	if _, whole := p.GetValue().(*metric.NumberDataPoint_AsInt); whole {
		return fmt.Sprint(p.GetAsInt())
	}
	return fmt.Sprintf("%g", p.GetAsDouble())
}

func serviceName(r *resource.Resource) string {
	for _, a := range r.GetAttributes() {
		if a.GetKey() == "service.name" {
			return a.GetValue().GetStringValue()
		}
	}
	return "unknown"
}

func text(v *common.AnyValue) string {
	switch v.GetValue().(type) {
	case *common.AnyValue_StringValue:
		return v.GetStringValue()
	case *common.AnyValue_IntValue:
		return fmt.Sprint(v.GetIntValue())
	case *common.AnyValue_DoubleValue:
		return fmt.Sprintf("%g", v.GetDoubleValue())
	case *common.AnyValue_BoolValue:
		return fmt.Sprint(v.GetBoolValue())
	}
	return v.String()
}
