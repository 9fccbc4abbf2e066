package main

import (
	"encoding/json"
	"net/http"
	"strconv"
	"time"
)

// action is one endpoint: it answers an object or a refusal.
type action func(c *call) (any, *apiError)

// reply is an answer as it goes out, and as it is kept under an idempotency key.
type reply struct {
	status   int
	body     []byte
	begun    bool // the endpoint had begun to execute
	replayed bool
}

// serve runs the request through key, faults and action, in the provider's order:
// who asks, is it well formed, is it new, then the work.
func (s *simulator) serve(route string, do action) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		c, refusal := s.newCall(w, r, route)
		if refusal != nil {
			s.finish(w, c, refused(refusal))
			return
		}
		c.fault = s.faults.match(s, c)
		if c.fault.is(faultRateLimit, whenBefore) {
			s.finish(w, c, refused(newError(http.StatusTooManyRequests, invalidRequest, "rate_limit",
				"Too many requests in a period of time.")))
			return
		}
		if c.fault.losesConnection(whenBefore) {
			s.loseConnection(w, r, c)
			return
		}
		answer := s.once(c, do)
		switch {
		case c.fault.losesConnection(whenAfter):
			s.loseConnection(w, r, c)
		case c.fault.is(faultGarbage, whenAfter):
			s.finish(w, c, reply{status: c.fault.statusOr(http.StatusOK), body: []byte("<html><body>upstream says hello")})
		default:
			s.finish(w, c, answer)
		}
	}
}

// once answers from the idempotency key where it is known, else performs.
func (s *simulator) once(c *call, do action) reply {
	if c.key == "" || c.method != http.MethodPost {
		return s.perform(c, do)
	}
	kept, refusal := s.keys.begin(c, s.now())
	if refusal != nil {
		return refused(refusal)
	}
	if kept != nil {
		kept.replayed = true
		return *kept
	}
	answer := s.perform(c, do)
	s.keys.end(c.key, answer)
	return answer
}

// perform executes the endpoint, with what was scripted for it.
func (s *simulator) perform(c *call, do action) reply {
	if c.fault.is(faultDelay, whenBefore) {
		c.fault.wait(s.closing)
	}
	if c.fault.is(faultError, whenBefore) {
		return s.brokenReply(c)
	}
	object, refusal := do(c)
	if c.fault.is(faultError, whenAfter) {
		return s.brokenReply(c)
	}
	if refusal != nil {
		return refused(refusal)
	}
	return reply{status: http.StatusOK, body: encode(object), begun: true}
}

// brokenReply is the provider's own failure; like any answer of a call that had
// begun it is kept under the key.
func (s *simulator) brokenReply(c *call) reply {
	e := newError(c.fault.statusOr(http.StatusInternalServerError), serverError, "",
		"An unknown error occurred. (Request "+c.id+")")
	e.begun = true
	return refused(e)
}

func refused(e *apiError) reply {
	return reply{
		status: e.status,
		body:   encode(map[string]errorObject{"error": e.body}),
		begun:  e.begun,
	}
}

// finish writes the answer and remembers the request.
func (s *simulator) finish(w http.ResponseWriter, c *call, a reply) {
	h := w.Header()
	h.Set("Content-Type", "application/json")
	h.Set("Content-Length", strconv.Itoa(len(a.body)))
	h.Set("Request-Id", c.id)
	h.Set("Stripe-Version", apiVersion)
	if c.key != "" {
		h.Set("Idempotency-Key", c.key)
	}
	if a.replayed {
		h.Set("Idempotent-Replayed", "true")
	}
	if a.begun && a.status >= 500 {
		h.Set("Stripe-Should-Retry", "false") // the key would replay it
	}
	s.requests.add(c, a.status, a.replayed)
	w.WriteHeader(a.status)
	_, _ = w.Write(a.body) // a client that has left reads nothing
}

// loseConnection ends a request without an answer: at once, or, for a time-out,
// when the client has lost patience.
func (s *simulator) loseConnection(w http.ResponseWriter, r *http.Request, c *call) {
	s.requests.add(c, 0, false)
	if c.fault.Kind == faultTimeout {
		select {
		case <-r.Context().Done():
		case <-c.fault.gone:
		case <-s.closing:
		case <-time.After(longestTimeout):
		}
	}
	abort(w)
}

const longestTimeout = 5 * time.Minute

func encode(v any) []byte {
	b, err := json.Marshal(v)
	if err != nil {
		panic("unreachable: our own objects are JSON: " + err.Error())
	}
	return b
}
