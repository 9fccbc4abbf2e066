package server

import (
	"context"
	"log/slog"
	"net/http"
	"time"

	"connectrpc.com/connect"
	"connectrpc.com/validate"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/trace"

	"github.com/issho-shop/issho/internal/caller"
	"github.com/issho-shop/issho/internal/fault"
)

// Options are what every RPC handler is made with.
func (s *Server) Options() []connect.HandlerOption {
	options := []connect.HandlerOption{
		connect.WithRequestGate(s.gate),
		connect.WithInterceptors(s.trace, accessLog{s}, fault.Interceptor(), verdicts{s}, malformed{}, caller.RequestID(), texts{}, validate.NewInterceptor()),
		connect.WithReadMaxBytes(bodyMax),
		connect.WithCompressMinBytes(1 << 10),
		connect.WithCompression("gzip", newDecompressor, newCompressor),
	}
	for _, c := range codecs {
		options = append(options, connect.WithCodec(c))
	}
	return options
}

// gate admits the caller. What it refuses reaches no interceptor, so it logs and words the refusal itself.
func (s *Server) gate(ctx context.Context, spec connect.Spec, peer connect.Peer, header http.Header) (context.Context, error) {
	begun := time.Now()
	admitted, err := s.verifier.Gate(ctx, spec, peer, header)
	if err != nil {
		refusal := fault.Of(err)
		s.access(ctx, spec.Procedure, begun, refusal)
		return nil, refusal.Connect(header.Get("Accept-Language"))
	}
	return admitted, nil
}

// accessLog writes the one line of each RPC.
type accessLog struct{ s *Server }

func (l accessLog) WrapUnary(next connect.UnaryFunc) connect.UnaryFunc {
	return func(ctx context.Context, req connect.AnyRequest) (connect.AnyResponse, error) {
		begun := time.Now()
		res, err := next(ctx, req)
		l.s.access(ctx, req.Spec().Procedure, begun, err)
		return res, err
	}
}

func (l accessLog) WrapStreamingHandler(next connect.StreamingHandlerFunc) connect.StreamingHandlerFunc {
	return func(ctx context.Context, conn connect.StreamingHandlerConn) error {
		begun := time.Now()
		err := next(ctx, conn)
		l.s.access(ctx, conn.Spec().Procedure, begun, err)
		return err
	}
}

func (l accessLog) WrapStreamingClient(next connect.StreamingClientFunc) connect.StreamingClientFunc {
	return next
}

// access logs how an RPC ended: who asked only by kind, never what was asked.
func (s *Server) access(ctx context.Context, method string, begun time.Time, err error) {
	kind := caller.From(ctx).Kind()
	attrs := []slog.Attr{
		slog.String("method", method),
		slog.String("caller", kind),
		slog.Float64("duration_ms", float64(time.Since(begun).Microseconds())/1e3),
	}
	if err == nil || connect.IsNotModifiedError(err) {
		s.measure.ended(ctx, outcome{method, "ok", "", kind})
		s.log.LogAttrs(ctx, slog.LevelInfo, "rpc", append(attrs, slog.String("code", "ok"))...)
		return
	}
	code, reason, level := connect.CodeOf(err), "", slog.LevelInfo
	refusal := fault.Of(err)
	if code != connect.CodeCanceled {
		code, reason = refusal.Code(), string(refusal.Reason())
		attrs = append(attrs, slog.String("reason", reason))
		trace.SpanFromContext(ctx).SetAttributes(attribute.String("issho.reason", reason))
	}
	s.measure.ended(ctx, outcome{method, code.String(), reason, kind})
	switch code {
	case connect.CodeInternal:
		level = slog.LevelError
	case connect.CodeUnavailable, connect.CodeAborted:
		level = slog.LevelWarn
	}
	s.report(ctx, level, "rpc", err, append(attrs, slog.String("code", code.String()))...)
}

// refuse ends a request before it reaches an RPC's handler.
func (s *Server) refuse(w http.ResponseWriter, r *http.Request, method string, err error) {
	s.access(r.Context(), method, time.Now(), err)
	fault.Write(w, r, err)
}
