// Package job holds exports and erasures of all that the shop keeps of a customer: which service has done its part, so that
// whoever goes on, goes on there. One document is one job; a step is done when the document says so, in a write that tells
// whether somebody else was faster.
package job

import "time"

// Kind is what a job does.
type Kind string

// The kinds, spelt as in the contract.
const (
	Export  Kind = "EXPORT"
	Erasure Kind = "ERASURE"
)

// State is where a job stands.
type State string

// The states, spelt as in the contract.
const (
	Running State = "RUNNING"
	Waiting State = "WAITING"
	Done    State = "DONE"
)

// Kept is how long an export is kept, and MaxExports how many of a customer's are.
const (
	Kept       = 7 * 24 * time.Hour
	MaxExports = 3
)

// Job is a job as stored in jobs/{id}.
type Job struct {
	ID         string     `firestore:"job_id"`
	CustomerID string     `firestore:"customer_id"`
	Kind       Kind       `firestore:"kind"`
	State      State      `firestore:"state"`
	Steps      []Step     `firestore:"steps"`
	Parts      int        `firestore:"parts"`      // of an export: how many are stored
	PageToken  string     `firestore:"page_token"` // of an export: where the present step goes on
	Version    int64      `firestore:"version"`    // 1 when new; its audit has one entry for each
	NextAt     time.Time  `firestore:"next_at"`    // when the sweep goes on with it; far off once DONE
	CreatedAt  time.Time  `firestore:"created_at"`
	DoneAt     *time.Time `firestore:"done_at"`     // nil until DONE
	ExpireTime *time.Time `firestore:"expire_time"` // of an export; nil of an erasure, which is kept as the proof of it

	// Stored is when the document read was last written, zero for none: the precondition of replacing it.
	Stored time.Time `firestore:"-"`
}

// Step is a job's work at one service.
type Step struct {
	Service  string     `firestore:"service"`
	DoneAt   *time.Time `firestore:"done_at"`
	Count    int64      `firestore:"count"` // exported, or erased
	Kept     int64      `firestore:"kept"`
	WaitsFor string     `firestore:"waits_for"` // a reason of refusal; empty otherwise
}

// The wait before a step that failed or waits is tried again.
const (
	retryAfter = time.Minute
	waitAfter  = time.Hour
)

// never is when a job that is done is looked at again.
var never = time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC)

// New is a job over services, in the order in which they are taken.
func New(id, customerID string, kind Kind, services []string, now time.Time) Job {
	j := Job{ID: id, CustomerID: customerID, Kind: kind, State: Running, CreatedAt: now, NextAt: now.Add(retryAfter), Version: 1}
	for _, s := range services {
		j.Steps = append(j.Steps, Step{Service: s})
	}
	if kind == Export {
		at := now.Add(Kept)
		j.ExpireTime = &at
	}
	return j
}

// Anew is next in the place of j, which is done: versions, and with them the audit, go on.
func (j Job) Anew(next Job) Job {
	next.Version += j.Version
	next.Stored = j.Stored
	return next
}

// Next is the step to be taken, nil when all are done.
func (j *Job) Next() *Step {
	for i := range j.Steps {
		if j.Steps[i].DoneAt == nil {
			return &j.Steps[i]
		}
	}
	return nil
}

// Exported notes a page of the present step: how many records, in how many parts, and where it goes on; an empty token
// ends the step.
func (j *Job) Exported(records int64, parts int, pageToken string, now time.Time) {
	step := j.Next()
	step.Count += records
	j.Parts += parts
	j.PageToken = pageToken
	if pageToken == "" {
		j.finish(step, now)
		return
	}
	j.moved(now)
}

// Erased notes that the present step is done.
func (j *Job) Erased(erased, kept int64, now time.Time) {
	step := j.Next()
	step.Count += erased
	step.Kept = kept
	j.finish(step, now)
}

// Wait notes why the present step cannot be done yet: for an hour, or, since it only failed, for a minute.
func (j *Job) Wait(reason string, failed bool, now time.Time) {
	j.Next().WaitsFor = reason
	j.Version++
	j.State, j.NextAt = Waiting, now.Add(waitAfter)
	if failed {
		j.State, j.NextAt = Running, now.Add(retryAfter)
	}
}

func (j *Job) finish(step *Step, now time.Time) {
	step.DoneAt, step.WaitsFor = &now, ""
	j.moved(now)
	if j.Next() == nil {
		j.State, j.DoneAt, j.NextAt = Done, &now, never
	}
}

func (j *Job) moved(now time.Time) {
	j.Version++
	j.State, j.NextAt = Running, now.Add(retryAfter)
}
