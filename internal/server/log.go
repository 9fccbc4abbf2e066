package server

import (
	"context"
	"errors"
	"io"
	"log/slog"

	"go.opentelemetry.io/otel/trace"

	"github.com/issho-shop/issho/internal/fault"
)

// newLogger logs one JSON object a line, as Cloud Logging and Error Reporting read it.
func newLogger(w io.Writer, name string, cfg Config) *slog.Logger {
	lines := slog.NewJSONHandler(w, &slog.HandlerOptions{Level: cfg.LogLevel, ReplaceAttr: cloudNames})
	service := slog.Group("serviceContext", slog.String("service", name), slog.String("version", cfg.Revision))
	return slog.New(logHandler{lines.WithAttrs([]slog.Attr{service}), cfg.Project})
}

// logHandler adds the trace that the context is in.
type logHandler struct {
	slog.Handler
	project string
}

func (h logHandler) Handle(ctx context.Context, r slog.Record) error {
	if span := trace.SpanContextFromContext(ctx); span.IsValid() {
		r = r.Clone() // a record is shared between handlers
		r.AddAttrs(
			slog.String("logging.googleapis.com/trace", "projects/"+h.project+"/traces/"+span.TraceID().String()),
			slog.String("logging.googleapis.com/spanId", span.SpanID().String()),
			slog.Bool("logging.googleapis.com/trace_sampled", span.IsSampled()),
		)
	}
	return h.Handler.Handle(ctx, r)
}

func (h logHandler) WithAttrs(attrs []slog.Attr) slog.Handler {
	return logHandler{h.Handler.WithAttrs(attrs), h.project}
}

// WithGroup stays flat: inside of a group Cloud Logging would not find the trace.
func (h logHandler) WithGroup(string) slog.Handler { return h }

// cloudNames renames what slog writes by itself.
func cloudNames(groups []string, a slog.Attr) slog.Attr {
	if len(groups) > 0 {
		return a
	}
	switch a.Key {
	case slog.LevelKey:
		return slog.String("severity", severity(a.Value.Any()))
	case slog.MessageKey:
		a.Key = "message"
	}
	return a
}

func severity(level any) string {
	switch l, _ := level.(slog.Level); {
	case l >= slog.LevelError:
		return "ERROR"
	case l >= slog.LevelWarn:
		return "WARNING"
	case l >= slog.LevelInfo:
		return "INFO"
	}
	return "DEBUG"
}

// report logs an error in full: the refusal with its cause, and a panic's stack where Error Reporting looks for it.
func (s *Server) report(ctx context.Context, level slog.Level, message string, err error, attrs ...slog.Attr) {
	var refusal *fault.Error
	if errors.As(err, &refusal) {
		err = refusal
	}
	attrs = append(attrs, slog.String("error", err.Error()))
	var panicked *fault.Panicked
	if errors.As(err, &panicked) {
		level = slog.LevelError
		attrs = append(attrs, slog.String("stack_trace", panicked.Error()+"\n\n"+string(panicked.Stack)))
	}
	s.log.LogAttrs(ctx, level, message, attrs...)
}
