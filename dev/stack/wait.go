package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"time"
)

// patience bounds a start: a cold JVM on a busy laptop takes its time.
const patience = 3 * time.Minute

// wait reports every process as it becomes ready, and the first that cannot.
func wait(ctx context.Context, out io.Writer) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	began := time.Now()
	reported, before := map[string]bool{}, map[string]int{}
	for {
		// An error means that process-compose itself is not up yet.
		found, err := processes(ctx)
		sinceThen(found, before)
		waiting := waitingFor(found, func(p process) {
			if !reported[p.Name] {
				reported[p.Name] = true
				fmt.Fprintf(out, "  %-18s ready %6.1f s\n", p.Name, time.Since(began).Seconds())
			}
		})
		if err == nil && len(found) > 0 && len(waiting) == 0 {
			return nil
		}
		if p, ok := culprit(waiting); ok {
			return fmt.Errorf("%s failed. The end of .dev/logs/%s.log:\n%s", p.Name, p.Name, tail(p.Name))
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("gave up after %s, still waiting for: %s", time.Since(began).Round(time.Second), names(waiting))
		case <-time.After(100 * time.Millisecond):
		}
	}
}

// sinceThen leaves out the restarts from before the wait: those of a process that somebody killed, long ago.
func sinceThen(found []process, before map[string]int) {
	for i, p := range found {
		if _, known := before[p.Name]; !known {
			before[p.Name] = p.Restarts
		}
		found[i].Restarts -= before[p.Name]
	}
}

func waitingFor(all []process, ready func(process)) []process {
	var waiting []process
	for _, p := range all {
		if p.ready() {
			ready(p)
		} else {
			waiting = append(waiting, p)
		}
	}
	return waiting
}

// culprit answers the process that failed. One that was skipped only suffers from another's failure.
func culprit(waiting []process) (process, bool) {
	i := slices.IndexFunc(waiting, func(p process) bool { return p.failed() && p.Status != "Skipped" })
	if i < 0 {
		i = slices.IndexFunc(waiting, process.failed)
	}
	if i < 0 {
		return process{}, false
	}
	return waiting[i], true
}

func names(ps []process) string {
	if len(ps) == 0 {
		return "process-compose (see .dev/logs/process-compose.log)"
	}
	var all []string
	for _, p := range ps {
		all = append(all, p.Name)
	}
	return strings.Join(all, ", ")
}

// tail answers the last lines of a process's log.
func tail(name string) string {
	text, err := os.ReadFile(".dev/logs/" + name + ".log")
	if err != nil {
		return err.Error()
	}
	lines := strings.Split(strings.TrimSpace(string(text)), "\n")
	return strings.Join(lines[max(0, len(lines)-15):], "\n")
}
