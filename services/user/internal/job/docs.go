package job

import (
	"context"
	"fmt"
	"time"

	"cloud.google.com/go/firestore"

	"github.com/issho-shop/issho/internal/firedb"
)

// Get reads a customer's job; another customer's is as absent as none.
func Get(ctx context.Context, c *firestore.Client, customerID, id string) (Job, bool, error) {
	j, stored, ok, err := firedb.Get[Job](ctx, jobs(c).Doc(id))
	j.Stored = stored
	if err != nil || !ok || j.CustomerID != customerID {
		return Job{}, false, err
	}
	return j, true, nil
}

// Due answers up to limit jobs that are to go on by now.
func Due(c *firestore.Client, now time.Time, limit int) firestore.Query {
	return jobs(c).Where("next_at", "<=", now).Limit(limit)
}

// Put answers the writes that store j, new or in the place of what was read, and its audit entry.
func (j Job) Put(c *firestore.Client, by Cause) []firedb.Write {
	ref := jobs(c).Doc(j.ID)
	entry := firedb.Create(c.Collection("audit").Doc(fmt.Sprintf("%s@%06d", j.ID, j.Version)), j.entry(by))
	if j.Stored.IsZero() {
		return []firedb.Write{firedb.Create(ref, j), entry}
	}
	return []firedb.Write{firedb.Replace(ref, j, j.Stored), entry}
}

// Cause is who moves a job, and through what.
type Cause struct {
	Actor, Method, Trace string
	At                   time.Time
}

// Entry is one change of a job as stored in audit/{job}@{version}; it is never altered, and holds no personal data.
type Entry struct {
	Subject string    `firestore:"subject"`
	Version int64     `firestore:"version"`
	Actor   string    `firestore:"actor"`
	Method  string    `firestore:"method"`
	Trace   string    `firestore:"trace"`
	Kind    Kind      `firestore:"kind"`
	State   State     `firestore:"state"`
	Steps   []Step    `firestore:"steps"` // as they stood then
	At      time.Time `firestore:"at"`
}

func (j Job) entry(by Cause) Entry {
	return Entry{
		Subject: "job/" + j.ID, Version: j.Version, Actor: by.Actor, Method: by.Method, Trace: by.Trace,
		Kind: j.Kind, State: j.State, Steps: j.Steps, At: by.At,
	}
}

// Each calls fn with every job in a snapshot, for Verify.
func Each(tx *firestore.Transaction, c *firestore.Client, fn func(name string, j Job) error) error {
	return firedb.Each(tx.Documents(jobs(c)), func(ref *firestore.DocumentRef, j Job) error { return fn(ref.ID, j) })
}

func jobs(c *firestore.Client) *firestore.CollectionRef { return c.Collection("jobs") }
