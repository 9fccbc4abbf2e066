package main

import "time"

// fewRequests: below that, figures say nothing.
const fewRequests = 50

// figures are how a revision has answered for a while.
type figures struct {
	Requests float64
	Failed   float64       // by faults of ours: 5xx
	Slow     time.Duration // what the promised share of the requests takes at most
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
