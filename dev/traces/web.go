package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"
)

func handler(st *store) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /health/live", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprintln(w, "ok") })
	mux.HandleFunc("GET /traces/{id}", st.serveTrace)
	mux.HandleFunc("GET /traces", st.serveTraces)
	mux.HandleFunc("GET /spans", func(w http.ResponseWriter, _ *http.Request) { answer(w, st.spans()) })
	mux.HandleFunc("GET /metrics", st.serveMetrics)
	return mux
}

func (st *store) serveTrace(w http.ResponseWriter, r *http.Request) {
	id := strings.ToLower(r.PathValue("id"))
	spans := st.trace(id)
	if len(spans) == 0 {
		http.Error(w, "no span of this trace has arrived (programs export within a few seconds); GET /traces lists the newest", http.StatusNotFound)
		return
	}
	if r.URL.Query().Get("format") == "json" {
		answer(w, map[string]any{"traceId": id, "spans": spans})
		return
	}
	plain(w)
	tree(w, id, spans)
}

// summary is one trace in a list.
type summary struct {
	TraceID    string    `json:"traceId"`
	Start      time.Time `json:"start"`
	Service    string    `json:"service"` // of its first span
	Name       string    `json:"name"`
	Spans      int       `json:"spans"`
	DurationMS float64   `json:"durationMs"` // of its first span
}

func (st *store) serveTraces(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	limit, err := strconv.Atoi(q.Get("limit"))
	if err != nil || limit < 1 {
		limit = 20
	}
	found := []summary{}
	for _, id := range st.find(q.Get("service"), q.Get("name"), limit) {
		if spans := st.trace(id); len(spans) > 0 { // it may have been forgotten meanwhile
			first := spans[0]
			found = append(found, summary{id, first.Start, first.Service, first.Name, len(spans), first.DurationMS})
		}
	}
	if q.Get("format") == "json" {
		answer(w, found)
		return
	}
	table(w, func(tw *tabwriter.Writer) {
		for _, s := range found {
			fmt.Fprintf(tw, "%s\t%s\t%s  %s\t%d spans\t%.1f ms\n", s.TraceID, s.Start.Format("15:04:05.000"), s.Service, s.Name, s.Spans, s.DurationMS)
		}
	})
}

func (st *store) serveMetrics(w http.ResponseWriter, r *http.Request) {
	all := st.metrics(r.URL.Query().Get("name"))
	if r.URL.Query().Get("format") == "json" {
		answer(w, all)
		return
	}
	table(w, func(tw *tabwriter.Writer) {
		for _, m := range all {
			fmt.Fprintf(tw, "%s\t%s\t%s\t%s\n", m.Name, m.Service, m.Last, m.label())
		}
	})
}

func table(w http.ResponseWriter, rows func(*tabwriter.Writer)) {
	plain(w)
	tw := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	rows(tw)
	tw.Flush()
}

func plain(w http.ResponseWriter) { w.Header().Set("Content-Type", "text/plain; charset=utf-8") }

func answer(w http.ResponseWriter, v any) {
	w.Header().Set("Content-Type", "application/json")
	json.NewEncoder(w).Encode(v)
}
