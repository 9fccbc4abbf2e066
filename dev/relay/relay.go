package main

import (
	"encoding/json"
	"net/http"
	"sync/atomic"
	"time"

	"cloud.google.com/go/pubsub/v2"

	"github.com/issho-shop/issho/dev/declared"
)

// relay delivers to services. Its methods are safe to call at the same time.
type relay struct {
	declared  *declared.Declared
	project   string
	pubsub    *pubsub.Client
	tokens    *tokens
	http      *http.Client
	duplicate atomic.Bool
	copies    atomic.Int64 // how many copies were delivered, see twice
}

// The identities that Pub/Sub, Cloud Tasks and Cloud Scheduler have towards services.
const (
	asPubSub    = "pubsub"
	asTasks     = "tasks"
	asScheduler = "scheduler"
)

func newRelay(cfg config, d *declared.Declared, client *pubsub.Client) *relay {
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.MaxIdleConnsPerHost = 100
	return &relay{
		declared: d,
		project:  cfg.Project,
		pubsub:   client,
		tokens:   newTokens(cfg.IssuerURL, cfg.Project),
		// A receiver gets as long as the subscriptions' ack deadline.
		http: &http.Client{Transport: transport, Timeout: 60 * time.Second},
	}
}

func (r *relay) routes() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /health/live", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusOK) })
	mux.HandleFunc("POST /tasks/{service}/{procedure...}", r.serveTask)
	mux.HandleFunc("GET /faults", r.serveFaults)
	mux.HandleFunc("POST /faults", r.setFaults)
	mux.HandleFunc("POST /tick", r.serveTick)
	mux.HandleFunc("POST /replay", r.serveReplay)
	return mux
}

// faults is what a test may ask of the relay.
type faults struct {
	Duplicate bool `json:"duplicate"` // deliver every event and task twice
}

func (r *relay) serveFaults(w http.ResponseWriter, _ *http.Request) {
	answer(w, faults{Duplicate: r.duplicate.Load()})
}

func (r *relay) setFaults(w http.ResponseWriter, req *http.Request) {
	var f faults
	decoder := json.NewDecoder(req.Body)
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&f); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	r.duplicate.Store(f.Duplicate)
	answer(w, f)
}

func answer(w http.ResponseWriter, body any) {
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(body) // the client has gone
}
