package main

import (
	"fmt"
	"os"
	"path/filepath"
	"time"

	"go.yaml.in/yaml/v3"
)

// promises are what a revision is held to: what the whole shop is, by the files that Terraform makes SLOs and alerts from.
type promises struct {
	// mostFailed is the share of requests that may fail: so many that the allowance of availability is spent as fast as
	// the alert that wakes somebody tells of.
	mostFailed float64
	// share of the requests is answered within so long.
	share  float64
	within time.Duration
}

func readPromises(root string) (promises, error) {
	var slos map[string]struct{ Good, Within float64 }
	var burns map[string]struct{ Rate float64 }
	folder := filepath.Join(root, "terraform/observability")
	for file, into := range map[string]any{"slos.yaml": &slos, "burns.yaml": &burns} {
		text, err := os.ReadFile(filepath.Join(folder, file))
		if err != nil {
			return promises{}, err
		}
		if err := yaml.Unmarshal(text, into); err != nil {
			return promises{}, fmt.Errorf("%s: %w", file, err)
		}
	}
	p := promises{
		mostFailed: burns["fast"].Rate * (1 - slos["availability"].Good),
		share:      slos["latency"].Good,
		within:     time.Duration(slos["latency"].Within * float64(time.Millisecond)),
	}
	if p.mostFailed <= 0 || p.mostFailed >= 1 || p.share <= 0 || p.share >= 1 || p.within <= 0 {
		return promises{}, fmt.Errorf("%s promises nothing that a revision can be held to: %+v", folder, p)
	}
	return p, nil
}

// judge answers what breaks a promise, or nil. With few requests it withholds judgement: the smoke story decides.
func (p promises) judge(f figures, least float64) error {
	if f.Requests < least {
		return nil
	}
	if share := f.Failed / f.Requests; share > p.mostFailed {
		return fmt.Errorf("%.1f %% of %.0f requests failed, at most %.2f %% may", 100*share, f.Requests, 100*p.mostFailed)
	}
	if f.Slow > p.within {
		return fmt.Errorf("%.4g %% of %.0f requests take longer than %s; no more than that may take longer than %s",
			100*(1-p.share), f.Requests, f.Slow.Round(10*time.Millisecond), p.within)
	}
	return nil
}

// tell says how a revision has answered that breaks no promise.
func (p promises) tell(f figures, least float64) string {
	if f.Requests < least {
		return fmt.Sprintf("%.0f requests are too few to tell; the smoke story holds", f.Requests)
	}
	return fmt.Sprintf("%.0f requests, %.2f %% failed, %.4g %% within %s; the smoke story holds",
		f.Requests, 100*f.Failed/f.Requests, 100*p.share, f.Slow.Round(time.Millisecond))
}
