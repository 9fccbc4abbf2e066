package main

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"

	"github.com/robfig/cron/v3"

	"github.com/issho-shop/issho/dev/declared"
)

// schedule calls each job at its time, in UTC as Cloud Scheduler does, until ctx ends. A failed call is not
// repeated: the next tick is a minute away.
func (r *relay) schedule(ctx context.Context) error {
	clock := cron.New()
	for name, job := range r.declared.Jobs {
		_, err := clock.AddFunc("CRON_TZ=UTC "+job.Cron, func() {
			if answer, err := r.tick(ctx, name, job); err != nil || !answer.ok() {
				slog.Warn("job failed", "job", name, "status", answer.status, "answer", string(answer.body), "error", err)
			}
		})
		if err != nil {
			return fmt.Errorf("job %s: %w", name, err)
		}
	}
	clock.Start()
	<-ctx.Done()
	clock.Stop()
	return nil
}

func (r *relay) tick(ctx context.Context, name string, job declared.Job) (reply, error) {
	header := http.Header{
		"Content-Type":             {"application/json"},
		"Connect-Protocol-Version": {"1"},
		"Connect-Timeout-Ms":       {"30000"}, // a tick may take longer than a customer waits
		"User-Agent":               {"Google-Cloud-Scheduler"},
		"X-Cloudscheduler":         {"true"},
		"X-Cloudscheduler-Jobname": {name},
	}
	return r.post(ctx, asScheduler, job.Service, "/"+job.Procedure, header, []byte("{}"))
}

// serveTick calls one job at once, POST /tick?job=NAME, and passes on the service's answer; without a name it calls
// all of them, as after a leap of the clock.
func (r *relay) serveTick(w http.ResponseWriter, req *http.Request) {
	name := req.URL.Query().Get("job")
	if name == "" {
		answer(w, r.tickAll(req.Context()))
		return
	}
	job, ok := r.declared.Jobs[name]
	if !ok {
		http.Error(w, fmt.Sprintf("there is no job %q", name), http.StatusNotFound)
		return
	}
	answer, err := r.tick(req.Context(), name, job)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadGateway)
		return
	}
	w.Header().Set("Content-Type", answer.header.Get("Content-Type"))
	w.WriteHeader(answer.status)
	_, _ = w.Write(answer.body) // the caller has gone
}

// tickAll answers each job's HTTP status; 0 is no answer.
func (r *relay) tickAll(ctx context.Context) map[string]int {
	statuses := map[string]int{}
	for name, job := range r.declared.Jobs {
		answer, err := r.tick(ctx, name, job)
		if err != nil {
			slog.Warn("job failed", "job", name, "error", err)
		}
		statuses[name] = answer.status
	}
	return statuses
}
