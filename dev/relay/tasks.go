package main

import (
	"io"
	"log/slog"
	"net/http"
)

// serveTask forwards a call of Cloud Tasks. Its headers stay as they are (X-CloudTasks-*, traceparent), only the
// token is added; the service's answer goes back, since Cloud Tasks retries by it.
func (r *relay) serveTask(w http.ResponseWriter, req *http.Request) {
	service := req.PathValue("service")
	if _, ok := r.declared.Services[service]; !ok {
		http.Error(w, "there is no service "+service, http.StatusNotFound)
		return
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, req.Body, 1<<20))
	if err != nil {
		http.Error(w, err.Error(), http.StatusRequestEntityTooLarge)
		return
	}
	header := req.Header.Clone()
	for _, hop := range []string{"Connection", "Accept-Encoding", "Content-Length"} {
		header.Del(hop)
	}
	path := "/" + req.PathValue("procedure")
	answer, err := r.twice(func() (reply, error) {
		return r.post(req.Context(), asTasks, service, path, header, body)
	})
	if err != nil {
		slog.Warn("task not delivered", "service", service, "procedure", path, "error", err)
		http.Error(w, err.Error(), http.StatusBadGateway)
		return
	}
	if !answer.ok() {
		slog.Warn("task not done", "service", service, "procedure", path, "status", answer.status, "answer", string(answer.body))
	}
	w.Header().Set("Content-Type", answer.header.Get("Content-Type"))
	w.WriteHeader(answer.status)
	_, _ = w.Write(answer.body) // the caller has gone
}
