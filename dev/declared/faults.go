package declared

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"time"

	"github.com/robfig/cron/v3"
)

var (
	name      = regexp.MustCompile(`^[a-z][a-z0-9-]{2,62}$`) // Pub/Sub wants three characters and more
	indexed   = regexp.MustCompile(`^[a-z_]+ (ASCENDING|DESCENDING|CONTAINS)$`)
	procedure = regexp.MustCompile(`^issho\.[a-z]+\.v\d+\.[A-Za-z]+InternalService/[A-Za-z]+$`)
)

// faults lists everything that is wrong with the declaration, in a stable order.
func (d *Declared) faults() []error {
	var found []error
	wrong := func(of, format string, args ...any) {
		found = append(found, fmt.Errorf("%s: "+format, append([]any{of}, args...)...))
	}
	d.serviceFaults(wrong)
	d.edgeFaults(wrong)
	d.bucketFaults(wrong)
	d.subscriptionFaults(wrong)
	d.queueFaults(wrong)
	d.jobFaults(wrong)
	return found
}

type report func(of, format string, args ...any)

func (d *Declared) serviceFaults(wrong report) {
	ports := map[int]string{}
	for id, s := range sorted(d.Services) {
		if !name.MatchString(id) {
			wrong(id, "is no name for a service")
		}
		if other, taken := ports[s.Port]; taken || s.Port < 1024 {
			wrong(id, "port %d is taken or reserved %s", s.Port, other)
		}
		ports[s.Port] = id
		if s.Store != Spanner && s.Store != Firestore && s.Store != "" {
			wrong(id, "store %q is neither %s nor %s", s.Store, Spanner, Firestore)
		}
		if (s.Database == "") != (s.Store == "") {
			wrong(id, "has a store without a database, or a database without a store")
		}
	}
}

// edgeFaults looks at who calls, publishes and indexes what.
func (d *Declared) edgeFaults(wrong report) {
	for from, callees := range sorted(d.Calls) {
		if from != Gateway {
			d.needService(wrong, "calls: "+from, from)
		}
		for _, to := range callees {
			d.needService(wrong, "calls: "+from, to)
		}
	}
	for id, topics := range sorted(d.Publishes) {
		d.needService(wrong, "publishes: "+id, id)
		for _, topic := range topics {
			if !slices.Contains(d.Topics, topic) {
				wrong("publishes: "+id, "there is no topic %q", topic)
			}
		}
	}
	for id, f := range sorted(d.Firestore) {
		if d.Services[id].Store != Firestore {
			wrong("firestore: "+id, "has no Firestore database")
		}
		for _, index := range f.Indexes {
			for _, field := range index.Fields {
				if !indexed.MatchString(field) || index.Collection == "" {
					wrong("firestore: "+id, "index field %q of %q is no NAME ASCENDING, DESCENDING or CONTAINS", field, index.Collection)
				}
			}
		}
	}
}

func (d *Declared) bucketFaults(wrong report) {
	for id, b := range sorted(d.Buckets) {
		if !name.MatchString(id) {
			wrong(id, "is no name for a bucket")
		}
		if b.Variable == "" {
			wrong(id, "has no variable")
		}
		d.needService(wrong, id, b.Service)
	}
}

func (d *Declared) subscriptionFaults(wrong report) {
	for i, topic := range d.Topics {
		if !name.MatchString(topic) || slices.Contains(d.Topics[:i], topic) {
			wrong(topic, "is no name for a topic, or there twice")
		}
	}
	for id, s := range sorted(d.Subscriptions) {
		if id != s.Topic+"-"+s.Service {
			wrong(id, "must be named %s-%s", s.Topic, s.Service)
		}
		if !slices.Contains(d.Topics, s.Topic) {
			wrong(id, "there is no topic %q", s.Topic)
		}
		if s.DeadLetter != id+"-dead" {
			wrong(id, "dead_letter must be %s-dead", id)
		}
		if s.Attempts < 5 || s.Attempts > 100 {
			wrong(id, "attempts %d are not from 5 to 100", s.Attempts)
		}
		d.needService(wrong, id, s.Service)
		backoff(wrong, id, s.MinBackoff, s.MaxBackoff)
	}
}

func (d *Declared) queueFaults(wrong report) {
	for id, q := range sorted(d.Queues) {
		if !name.MatchString(id) {
			wrong(id, "is no name for a queue")
		}
		if q.DispatchesPerSecond < 1 || q.DispatchesPerSecond > 500 {
			wrong(id, "dispatches_per_second %g is not from 1 to 500", q.DispatchesPerSecond)
		}
		if q.OnALaptop != 0 && (q.OnALaptop < q.DispatchesPerSecond || q.OnALaptop > 500) {
			wrong(id, "on_a_laptop %g is not from dispatches_per_second to 500", q.OnALaptop)
		}
		if q.Concurrent < 1 || q.Concurrent > 5000 {
			wrong(id, "concurrent %d is not from 1 to 5000", q.Concurrent)
		}
		if q.Attempts < 5 {
			wrong(id, "attempts %d are fewer than 5", q.Attempts)
		}
		d.needService(wrong, id, q.Service)
		backoff(wrong, id, q.MinBackoff, q.MaxBackoff)
	}
}

func (d *Declared) jobFaults(wrong report) {
	for id, j := range sorted(d.Jobs) {
		if _, err := cron.ParseStandard(j.Cron); err != nil {
			wrong(id, "cron %q: %v", j.Cron, err)
		}
		if !procedure.MatchString(j.Procedure) {
			wrong(id, "procedure %q is no issho.<name>.v1.<Name>InternalService/Method", j.Procedure)
		}
		d.needService(wrong, id, j.Service)
	}
}

func (d *Declared) needService(wrong report, id, service string) {
	if _, ok := d.Services[service]; !ok {
		wrong(id, "there is no service %q", service)
	}
}

// backoff checks against Pub/Sub's limits, the narrower ones.
func backoff(wrong report, id string, least, most time.Duration) {
	if least < time.Second || most < least || most > 10*time.Minute {
		wrong(id, "back-off from %s to %s is not within 1s to 10m", least, most)
	}
}

func sorted[V any](m map[string]V) func(yield func(string, V) bool) {
	return func(yield func(string, V) bool) {
		for _, key := range slices.Sorted(maps.Keys(m)) {
			if !yield(key, m[key]) {
				return
			}
		}
	}
}
