package main

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
)

// read decodes the body of a control request, refusing what it does not know.
func read(w http.ResponseWriter, r *http.Request, into any) bool {
	d := json.NewDecoder(http.MaxBytesReader(w, r.Body, maxBody))
	d.DisallowUnknownFields()
	if err := d.Decode(into); err != nil {
		answerError(w, http.StatusBadRequest, "the body cannot be read: "+err.Error())
		return false
	}
	return true
}

func answer(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, _ = w.Write(encode(v)) // a client that has left reads nothing
}

func answerError(w http.ResponseWriter, status int, message string) {
	answer(w, status, map[string]string{"error": message})
}

// outcome reads ?outcome=, which must be one of those allowed.
func outcome(w http.ResponseWriter, r *http.Request, allowed ...string) (string, bool) {
	v := r.URL.Query().Get("outcome")
	if !slices.Contains(allowed, v) {
		answerError(w, http.StatusBadRequest, "outcome must be "+strings.Join(allowed, " or "))
		return "", false
	}
	return v, true
}

func (s *simulator) readFaults(w http.ResponseWriter, _ *http.Request) {
	answer(w, http.StatusOK, map[string]any{"faults": s.faults.snapshot()})
}

func (s *simulator) addFault(w http.ResponseWriter, r *http.Request) {
	added := new(fault)
	if !read(w, r, added) {
		return
	}
	err := added.prepare()
	if err == nil {
		err = s.faults.add(added)
	}
	if err != nil {
		answerError(w, http.StatusBadRequest, err.Error())
		return
	}
	answer(w, http.StatusCreated, map[string]string{"id": added.ID})
}

func (s *simulator) clearFaults(w http.ResponseWriter, _ *http.Request) {
	s.faults.clear()
	w.WriteHeader(http.StatusNoContent)
}

func (s *simulator) removeFault(w http.ResponseWriter, r *http.Request) {
	if !s.faults.remove(r.PathValue("id")) {
		answerError(w, http.StatusNotFound, "no such fault")
		return
	}
	w.WriteHeader(http.StatusNoContent)
}

func (s *simulator) readRequests(w http.ResponseWriter, _ *http.Request) {
	counts, recent := s.requests.read()
	answer(w, http.StatusOK, map[string]any{"counts": counts, "recent": recent})
}

func (s *simulator) resetAll(w http.ResponseWriter, _ *http.Request) {
	s.reset()
	w.WriteHeader(http.StatusNoContent)
}
