package main

import (
	"fmt"
	"time"
)

// What a revision is held to: the promises of terraform/observability/slo.tf. Of the allowance of failed requests a
// canary may spend as fast as the alert that wakes somebody: 14.4 times as fast as would just last the month.
const (
	mostFailed  = 14.4 * (1 - availability)
	slowestP99  = 2 * time.Second
	fewRequests = 50 // below that, figures say nothing

	availability = 0.999
)

// figures are how a revision has answered for a while.
type figures struct {
	Requests float64
	Failed   float64 // by faults of ours: 5xx
	P99      time.Duration
}

// judge answers what breaks a promise, or nil. With few requests it withholds judgement: the smoke story decides.
func judge(f figures, least float64) error {
	if f.Requests < least {
		return nil
	}
	if share := f.Failed / f.Requests; share > mostFailed {
		return fmt.Errorf("%.1f %% of %.0f requests failed, at most %.2f %% may", 100*share, f.Requests, 100*mostFailed)
	}
	if f.P99 > slowestP99 {
		return fmt.Errorf("one request in a hundred takes longer than %s, of %.0f; at most %s is promised", f.P99.Round(10*time.Millisecond), f.Requests, slowestP99)
	}
	return nil
}

func (f figures) tell(least float64) string {
	if f.Requests < least {
		return fmt.Sprintf("%.0f requests are too few to tell; the smoke story holds", f.Requests)
	}
	return fmt.Sprintf("%.0f requests, %.2f %% failed, 99 %% within %s; the smoke story holds", f.Requests, 100*f.Failed/f.Requests, f.P99.Round(time.Millisecond))
}

// bucket counts the requests that took at most so long, those of smaller buckets included.
type bucket struct {
	most  time.Duration
	count float64
}

// quantile answers the bound below which that share of the requests lies, from buckets in rising order.
func quantile(buckets []bucket, share float64) time.Duration {
	if len(buckets) == 0 || buckets[len(buckets)-1].count == 0 {
		return 0
	}
	wanted := share * buckets[len(buckets)-1].count
	var below bucket
	for _, b := range buckets {
		if b.count >= wanted && b.count > below.count {
			if b.most == endless {
				return below.most // all that is known
			}
			return below.most + time.Duration(float64(b.most-below.most)*(wanted-below.count)/(b.count-below.count))
		}
		below = b
	}
	return below.most
}

// endless is the bound of the last bucket.
const endless = time.Duration(1<<63 - 1)
