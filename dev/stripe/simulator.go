package main

import (
	"net/http"
	"sync"
	"time"
)

// simulator is the whole provider: what it knows (ledger), what it remembers of
// requests (keys, requests), what it was told to do wrong (faults), and what it
// tells others (hooks).
type simulator struct {
	cfg      config
	now      func() time.Time // the provider's calendar, which the development clock moves
	mux      *http.ServeMux
	ledger   *ledger
	keys     *keyStore
	faults   *faultBook
	hooks    *hooks
	requests *requestLog

	closing   chan struct{} // closed when the program stops
	closeOnce sync.Once
}

func newSimulator(cfg config, now func() time.Time) *simulator {
	s := &simulator{
		cfg:      cfg,
		now:      now,
		mux:      http.NewServeMux(),
		ledger:   newLedger(),
		keys:     newKeyStore(),
		faults:   newFaultBook(),
		hooks:    newHooks(cfg.WebhookURL, cfg.WebhookSecret, cfg.WebhookEvents...),
		requests: newRequestLog(),
		closing:  make(chan struct{}),
	}
	s.routes()
	return s
}

func (s *simulator) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.mux.ServeHTTP(w, r) }

// close lets every waiting request and webhook go.
func (s *simulator) close() {
	s.closeOnce.Do(func() {
		close(s.closing)
		s.hooks.close()
	})
}

// reset forgets everything but the configuration.
func (s *simulator) reset() {
	s.faults.clear()
	s.hooks.reset()
	s.keys.reset()
	s.requests.reset()
	s.ledger.reset()
}
