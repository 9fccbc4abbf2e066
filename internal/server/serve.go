package server

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"runtime/debug"
	"sync"
	"time"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/propagation"

	"github.com/issho-shop/issho/internal/fault"
)

// Cloud Run kills ten seconds after SIGTERM; these add up to less, with the second in which an outbox sends the rest. A
// request that came just before may have eight seconds (limits.go): few need them, and their clients try again.
const (
	drainTime = 7 * time.Second
	workTime  = 700 * time.Millisecond
	flushTime = time.Second
)

type worker struct {
	name string
	run  func(ctx context.Context) error
}

// Go runs fn beside the requests, from Serve until they are drained, when its ctx ends. Should it end earlier with an
// error, so does the process.
func (s *Server) Go(name string, fn func(ctx context.Context) error) {
	s.workers = append(s.workers, worker{name, fn})
}

// Loop runs fn again and again, from Serve until the requests are drained, a fifth more or less than every apart so
// that instances do not beat in time. Its errors and panics are logged, and the next round comes.
func (s *Server) Loop(name string, every time.Duration, fn func(ctx context.Context) error) {
	j := s.measure.job(name)
	s.Go(name, func(ctx context.Context) error {
		for {
			select {
			case <-ctx.Done():
				return nil
			case <-time.After(time.Duration(float64(every) * (0.8 + 0.4*rand.Float64()))):
			}
			if err := s.measure.round(ctx, j, fn); err != nil && ctx.Err() == nil {
				s.report(ctx, slog.LevelWarn, "a loop's round failed", err, slog.String("loop", name))
			}
		}
	})
}

// Serve answers requests until ctx ends, then drains and returns nil; or returns what keeps it from serving.
func (s *Server) Serve(ctx context.Context) error {
	if err := errors.Join(s.mistakes...); err != nil {
		return fmt.Errorf("refusing to serve: %w", err)
	}
	work, stop := context.WithCancel(context.WithoutCancel(ctx))
	defer stop()
	failed := make(chan error, len(s.workers)+1)
	var workers sync.WaitGroup
	for _, w := range s.workers {
		workers.Go(func() {
			if err := fault.Guard(func() error { return w.run(work) }); err != nil && work.Err() == nil {
				failed <- fmt.Errorf("%s: %w", w.name, err)
			}
		})
	}
	web := s.web()
	go func() { failed <- web.Serve(s.listener) }()
	s.ready.Store(true)
	s.log.InfoContext(ctx, "serving", "url", s.URL())

	var err error
	select {
	case err = <-failed:
	case <-ctx.Done():
	}
	s.drain(ctx, web)
	stop()
	if !ended(&workers, workTime) {
		s.log.WarnContext(ctx, "loops were cut off")
	}
	return err
}

// drain lets the requests in flight end; the rest are cut off, and their clients try again.
func (s *Server) drain(ctx context.Context, web *http.Server) {
	s.ready.Store(false)
	s.log.InfoContext(ctx, "draining")
	limit, cancel := context.WithTimeout(context.WithoutCancel(ctx), drainTime)
	defer cancel()
	if err := web.Shutdown(limit); err != nil {
		s.log.WarnContext(ctx, "requests were cut off", "error", err)
		web.Close()
	}
}

// ended waits a while for the workers.
func ended(workers *sync.WaitGroup, while time.Duration) bool {
	done := make(chan struct{})
	go func() {
		workers.Wait()
		close(done)
	}()
	select {
	case <-done:
		return true
	case <-time.After(while):
		return false
	}
}

func (s *Server) web() *http.Server {
	var protocols http.Protocols
	protocols.SetHTTP1(true)
	protocols.SetUnencryptedHTTP2(true) // Cloud Run ends TLS and speaks h2c to us, as Envoy does on a laptop
	return &http.Server{
		Handler:           s.traced(s.mux),
		Protocols:         &protocols,
		ReadHeaderTimeout: 5 * time.Second,
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    32 << 10,
		ErrorLog:          slog.NewLogLogger(s.log.Handler(), slog.LevelWarn),
	}
}

// traced gives every request the trace that its sender is in, also where it is refused before any span begins, and
// answers for a panic outside of the RPC handlers.
func (s *Server) traced(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ctx := otel.GetTextMapPropagator().Extract(r.Context(), propagation.HeaderCarrier(r.Header))
		defer func() {
			switch value := recover(); value {
			case nil:
			case http.ErrAbortHandler:
				panic(value)
			default:
				err := fault.New(fault.Internal).Because(&fault.Panicked{Value: value, Stack: debug.Stack()})
				s.report(ctx, slog.LevelError, "panic", err, slog.String("path", r.URL.Path))
				fault.Write(w, r, err)
			}
		}()
		next.ServeHTTP(w, r.WithContext(ctx))
	})
}
