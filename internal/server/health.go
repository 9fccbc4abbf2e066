package server

import (
	"context"
	"encoding/json"
	"net/http"
	"sync"
	"time"

	"github.com/issho-shop/issho/internal/fault"
)

type check struct {
	name string
	run  func(ctx context.Context) error
}

// Ready adds a check to /health/ready. It is asked every few seconds, has a second, and looks only at what this process
// cannot serve without: a dependency that has failures of its own does not belong here.
func (s *Server) Ready(name string, fn func(ctx context.Context) error) {
	s.checks = append(s.checks, check{name, fn})
}

// mountHealth answers the probes. Names that end in z are Cloud Run's own. Alive is who can answer at all: a process
// must not be killed for what a store does.
func (s *Server) mountHealth() {
	s.mux.HandleFunc("GET /health/live", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusOK) })
	s.mux.HandleFunc("GET /health/ready", func(w http.ResponseWriter, r *http.Request) {
		state := s.states(r.Context())
		w.Header().Set("Content-Type", "application/json")
		if !s.ready.Load() || state["failing"] != nil {
			w.WriteHeader(http.StatusServiceUnavailable)
		}
		// A probe that is gone needs no answer.
		_ = json.NewEncoder(w).Encode(state)
	})
}

// states runs all checks at once and names those that fail; why stands in the log.
func (s *Server) states(ctx context.Context) map[string][]string {
	ctx, cancel := context.WithTimeout(ctx, time.Second)
	defer cancel()
	errs := make([]error, len(s.checks))
	var all sync.WaitGroup
	for i, c := range s.checks {
		all.Go(func() { errs[i] = fault.Guard(func() error { return c.run(ctx) }) })
	}
	all.Wait()
	state := map[string][]string{}
	for i, c := range s.checks {
		if errs[i] != nil {
			state["failing"] = append(state["failing"], c.name)
			s.log.WarnContext(ctx, "not ready", "check", c.name, "error", errs[i])
		}
	}
	return state
}
