package main

import (
	"maps"
	"slices"
	"strings"
	"sync"
	"time"
)

// maxSpans bounds one trace: a loop that never ends its trace must not fill the memory.
const maxSpans = 5000

// span is one operation of one service.
type span struct {
	SpanID       string            `json:"spanId"` // 16 hex digits
	ParentSpanID string            `json:"parentSpanId,omitempty"`
	Service      string            `json:"service"`
	Name         string            `json:"name"`
	Kind         string            `json:"kind"` // SERVER, CLIENT, PRODUCER, CONSUMER, INTERNAL
	Start        time.Time         `json:"start"`
	DurationMS   float64           `json:"durationMs"`
	Status       string            `json:"status"` // UNSET, OK, ERROR
	Message      string            `json:"message,omitempty"`
	Attributes   map[string]string `json:"attributes"`
	Links        []string          `json:"links,omitempty"` // trace id/span id
}

// measure is what is known of one series: a metric of one service with one set of attributes.
type measure struct {
	Service    string            `json:"service"`
	Name       string            `json:"name"`
	Attributes map[string]string `json:"attributes"`
	Points     int               `json:"points"` // received so far
	Last       string            `json:"last"`
}

// label writes the attributes as "code=ok, reason=".
func (m measure) label() string {
	var parts []string
	for _, key := range slices.Sorted(maps.Keys(m.Attributes)) {
		parts = append(parts, key+"="+m.Attributes[key])
	}
	return strings.Join(parts, ", ")
}

// store keeps the newest traces, by the arrival of their first span.
type store struct {
	mu       sync.Mutex
	max      int
	traces   map[string][]span  // by trace id
	arrived  []string           // trace ids, oldest first
	measures map[string]measure // by service, name and attributes
}

func newStore(max int) *store {
	return &store{max: max, traces: map[string][]span{}, measures: map[string]measure{}}
}

// addSpan keeps a span; one that an exporter sends again is kept once.
func (st *store) addSpan(trace string, s span) {
	st.mu.Lock()
	defer st.mu.Unlock()
	known, ok := st.traces[trace]
	if !ok {
		st.arrived = append(st.arrived, trace)
		st.forget()
	}
	again := slices.ContainsFunc(known, func(k span) bool { return k.SpanID == s.SpanID })
	if !again && len(known) < maxSpans {
		st.traces[trace] = append(known, s)
	}
}

// forget drops the oldest traces beyond the bound.
func (st *store) forget() {
	for len(st.arrived) > st.max {
		delete(st.traces, st.arrived[0])
		st.arrived = slices.Delete(st.arrived, 0, 1)
	}
}

// trace answers a trace's spans by their start; none when it is not known.
func (st *store) trace(id string) []span {
	st.mu.Lock()
	defer st.mu.Unlock()
	spans := slices.Clone(st.traces[id])
	slices.SortStableFunc(spans, func(a, b span) int { return a.Start.Compare(b.Start) })
	return spans
}

// find answers up to limit trace ids, newest first, that have a span of that
// service (any, when empty) whose name contains name.
func (st *store) find(service, name string, limit int) []string {
	st.mu.Lock()
	defer st.mu.Unlock()
	var ids []string
	for _, id := range slices.Backward(st.arrived) {
		if len(ids) == limit {
			break
		}
		if slices.ContainsFunc(st.traces[id], func(s span) bool {
			return (service == "" || s.Service == service) && strings.Contains(s.Name, name)
		}) {
			ids = append(ids, id)
		}
	}
	return ids
}

// maxSeries bounds what is kept of metrics: a label that holds an id must not fill the memory.
const maxSeries = 20000

func (st *store) addPoint(service, name string, p point) {
	st.mu.Lock()
	defer st.mu.Unlock()
	m := measure{Service: service, Name: name, Attributes: p.attributes}
	key := service + "/" + name + "/" + m.label()
	known, ok := st.measures[key]
	if !ok && len(st.measures) >= maxSeries {
		return
	}
	m.Points, m.Last = known.Points+1, p.value
	st.measures[key] = m
}

// metrics answers the series of all metrics whose name contains that, by service, name and attributes.
func (st *store) metrics(name string) []measure {
	st.mu.Lock()
	defer st.mu.Unlock()
	all := make([]measure, 0, len(st.measures))
	for _, key := range slices.Sorted(maps.Keys(st.measures)) {
		if m := st.measures[key]; strings.Contains(m.Name, name) {
			all = append(all, m)
		}
	}
	return all
}

// spans answers every span of every trace.
func (st *store) spans() []span {
	st.mu.Lock()
	defer st.mu.Unlock()
	var all []span
	for _, id := range st.arrived {
		all = append(all, st.traces[id]...)
	}
	return all
}
