package main

import (
	"encoding/json"
	"net/http"
	"strings"
	"time"
)

// event is a fact told to whoever listens. Its object never changes afterwards.
type event struct {
	id       string
	typ      string
	created  time.Time
	body     []byte // as it is sent
	metadata map[string]string

	// Guarded by hooks.mu.
	attempts  int
	delivered int // times it was answered 2xx
	dropped   bool
	failed    string // the last failure
}

type eventObject struct {
	ID              string       `json:"id"`
	Object          string       `json:"object"`
	APIVersion      string       `json:"api_version"`
	Created         int64        `json:"created"`
	Data            eventData    `json:"data"`
	Livemode        bool         `json:"livemode"`
	PendingWebhooks int          `json:"pending_webhooks"`
	Request         eventRequest `json:"request"`
	Type            string       `json:"type"`
}

type eventData struct {
	Object any `json:"object"`
}

type eventRequest struct {
	ID  text `json:"id"`
	Key text `json:"idempotency_key"`
}

// publish tells of an object; c is nil when no request of ours caused it.
func (s *simulator) publish(c *call, typ string, object any, metadata map[string]string) {
	o := eventObject{
		ID: newID("evt"), Object: "event", APIVersion: apiVersion, Created: s.now().Unix(),
		Data: eventData{object}, PendingWebhooks: 1, Type: typ,
	}
	if c != nil {
		o.Request = eventRequest{text(c.id), text(c.key)}
	}
	s.hooks.publish(&event{id: o.ID, typ: typ, created: s.now(), body: encode(o), metadata: metadata})
}

func (s *simulator) getEvent(c *call) (any, *apiError) {
	ev, ok := s.hooks.find(c.object)
	if !ok {
		return nil, missing("event", c.object, "id")
	}
	if err := c.params.done(); err != nil {
		return nil, err
	}
	return json.RawMessage(ev.body), nil
}

// listEvents pages through the events still kept, newest first.
func (s *simulator) listEvents(c *call) (any, *apiError) {
	typ, created, page := c.params.str("type"), c.params.span("created"), c.page()
	types := c.params.list("types")
	if err := c.params.done(); err != nil {
		return nil, err
	}
	if typ != "" {
		types = append(types, typ)
	}
	return paged(c, page, s.hooks.all(),
		func(ev *event) string { return ev.id },
		func(ev *event) bool { return created(ev.created) && anyMatches(types, ev.typ) },
		func(ev *event, _ expansion) any { return json.RawMessage(ev.body) })
}

// anyMatches tells whether typ is one of the patterns; none given means all.
func anyMatches(patterns []string, typ string) bool {
	for _, p := range patterns {
		if typeMatches(p, typ) {
			return true
		}
	}
	return len(patterns) == 0
}

// typeMatches compares an event type with a pattern such as payment_intent.* or *.
func typeMatches(pattern, typ string) bool {
	if prefix, ok := strings.CutSuffix(pattern, "*"); ok {
		return strings.HasPrefix(typ, prefix)
	}
	return pattern == typ
}

type eventReport struct {
	ID        string    `json:"id"`
	Type      string    `json:"type"`
	Created   time.Time `json:"created"`
	Attempts  int       `json:"attempts"`
	Delivered int       `json:"delivered"`
	Dropped   bool      `json:"dropped,omitempty"`
	Failed    string    `json:"failed,omitempty"`
}

// readEvents shows what became of each event: GET /simulator/events[?undelivered=1].
func (s *simulator) readEvents(w http.ResponseWriter, r *http.Request) {
	answer(w, http.StatusOK, map[string]any{"events": s.hooks.report(r.FormValue("undelivered") != "")})
}

// resendEvent sends one now, whatever is scripted.
func (s *simulator) resendEvent(w http.ResponseWriter, r *http.Request) {
	ev, ok := s.hooks.find(r.PathValue("id"))
	if !ok {
		answerError(w, http.StatusNotFound, "no such event, or no longer kept")
		return
	}
	s.hooks.send(ev)
	answer(w, http.StatusOK, map[string]string{"id": ev.id})
}
