// Package server is the process around a service: what every program of ours does alike, so that none does it itself.
//
// It reads the configuration and refuses one that would believe a development issuer on Cloud Run; logs in Cloud
// Logging's JSON; exports traces and metrics; listens at once and serves HTTP/1 and cleartext HTTP/2 on one port; admits
// callers before anything is decoded and lets every error leave as a refusal; answers health probes; runs loops; and on
// SIGTERM drains within the ten seconds that Cloud Run gives: not ready, requests end (7 s), loops end, the service's own
// clients close, telemetry is flushed last. A service's main.go is a config struct and a run function; see Main.
//
// An RPC passes, in this order: limits, the gate (package caller), trace, log, fault, malformed, request id, validate.
package server

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"sync/atomic"

	"connectrpc.com/otelconnect"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"

	"github.com/issho-shop/issho/internal/caller"
	"github.com/issho-shop/issho/internal/clock"
	"github.com/issho-shop/issho/internal/fault"
	"github.com/issho-shop/issho/internal/flag"
)

// Server is one process. Mount everything and name all loops and checks before Serve.
type Server struct {
	cfg       Config
	log       *slog.Logger
	clock     *clock.Clock
	flags     *flag.Flags
	verifier  *caller.Verifier
	tokens    *caller.Tokens
	trace     *otelconnect.Interceptor
	transport *http.Transport
	listener  net.Listener
	mux       *http.ServeMux
	checks    []check
	workers   []worker
	measure   instruments
	mistakes  []error // in what was mounted; Serve refuses to start with any
	ready     atomic.Bool
	flush     func(context.Context) error
	release   context.CancelFunc
}

// New prepares a process and listens on its port (0 for any); Serve answers. Close releases what it holds.
func New(ctx context.Context, name string, cfg Config) (*Server, error) {
	return newServer(ctx, name, cfg, os.Stdout)
}

func newServer(ctx context.Context, name string, cfg Config, logs io.Writer) (*Server, error) {
	// The keys are refreshed and calls are verified until the drain is over, hence beyond ctx.
	background, release := context.WithCancel(context.WithoutCancel(ctx))
	s := &Server{
		cfg: cfg, log: newLogger(logs, name, cfg), mux: http.NewServeMux(), release: release,
		clock: clock.New(cfg.ClockFile), tokens: caller.NewTokens(cfg.IdentityURL), transport: newTransport(),
	}
	var err error
	if s.flush, err = startTelemetry(background, name, cfg, s.log); err != nil {
		release()
		return nil, fmt.Errorf("telemetry: %w", err)
	}
	if err := s.open(background); err != nil {
		s.Close()
		return nil, err
	}
	s.Ready("keys", s.verifier.Ready)
	s.mountHealth()
	s.mux.Handle("/", s.unknown())
	return s, nil
}

func (s *Server) open(ctx context.Context) (err error) {
	if s.trace, err = otelconnect.NewInterceptor(otelconnect.WithTrustRemote()); err != nil {
		return fmt.Errorf("tracing of RPCs: %w", err)
	}
	if s.measure, err = newInstruments(); err != nil {
		return fmt.Errorf("metrics: %w", err)
	}
	if s.flags, err = flag.Open(s.cfg.FlagFile); err != nil {
		return err
	}
	if s.verifier, err = caller.New(ctx, s.cfg.Config); err != nil {
		return err
	}
	address := fmt.Sprintf(":%d", s.cfg.Port)
	if s.cfg.CloudRun == "" {
		address = "127.0.0.1" + address // a laptop's port is nobody else's business
	}
	s.listener, err = net.Listen("tcp", address)
	return err
}

// URL is where the process listens, as seen from this machine.
func (s *Server) URL() string {
	return fmt.Sprintf("http://127.0.0.1:%d", s.listener.Addr().(*net.TCPAddr).Port)
}

// Clock is the process's clock.
func (s *Server) Clock() *clock.Clock { return s.clock }

// Flags are the kill switches.
func (s *Server) Flags() *flag.Flags { return s.flags }

// Verifier verifies tokens, for handlers that are no RPCs.
func (s *Server) Verifier() *caller.Verifier { return s.verifier }

// Tokens are our own tokens for other services.
func (s *Server) Tokens() *caller.Tokens { return s.tokens }

// Log is the process's logger; Main makes it slog's default.
func (s *Server) Log() *slog.Logger { return s.log }

// RPC mounts a generated handler; call it as s.RPC(orderv1connect.NewOrderServiceHandler(srv, s.Options()...)). A service
// with a method whose policy is missing keeps the process from serving.
func (s *Server) RPC(path string, handler http.Handler) {
	service, err := serviceAt(path)
	if err == nil {
		err = caller.Check(service)
	}
	if err != nil {
		s.mistakes = append(s.mistakes, err)
		return
	}
	s.mux.Handle(path, s.limited(service, handler))
}

// serviceAt finds the service of a path such as "/issho.order.v1.OrderService/".
func serviceAt(path string) (protoreflect.ServiceDescriptor, error) {
	if len(path) < 3 {
		return nil, fmt.Errorf("%q is no service's path", path)
	}
	found, err := protoregistry.GlobalFiles.FindDescriptorByName(protoreflect.FullName(path[1 : len(path)-1]))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	service, ok := found.(protoreflect.ServiceDescriptor)
	if !ok {
		return nil, fmt.Errorf("%s is no service", path)
	}
	return service, nil
}

// unknown refuses what nothing is mounted for.
func (s *Server) unknown() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.refuse(w, r, "unknown", fault.New(fault.NotFound))
	})
}

// Close releases what the process holds and flushes its telemetry. It is the last thing that a process does.
func (s *Server) Close() {
	ctx, cancel := context.WithTimeout(context.Background(), flushTime)
	defer cancel()
	if s.listener != nil {
		s.listener.Close() // already closed where it has served
	}
	if s.flags != nil {
		s.flags.Close()
	}
	s.transport.CloseIdleConnections()
	s.release()
	if err := s.flush(ctx); err != nil {
		s.log.WarnContext(ctx, "telemetry was not flushed", "error", err)
	}
}
