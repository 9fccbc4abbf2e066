// Package audit remembers who changed what and why: one document for each version of a product, campaign or category,
// written in the commit of the change, never altered. Versions run from 1 without a gap, and each holds the whole content,
// so that the story of a thing can be told, and the thing restored, from here.
package audit

import "time"

// Entry is one change as stored in audit/{subject}@{version}.
type Entry struct {
	Subject   string    `firestore:"subject"` // "product/prd_…", "campaign/cmp_…", "category/rice"
	Version   int64     `firestore:"version"` // that the change made
	Actor     string    `firestore:"actor"`   // "user/u_1"
	Method    string    `firestore:"method"`
	RequestID string    `firestore:"request_id"` // empty where the method has none
	Reason    string    `firestore:"reason"`     // as the actor gave it
	Trace     string    `firestore:"trace"`
	From      string    `firestore:"from"` // state before; empty for the first version
	To        string    `firestore:"to"`   // state after
	Content   any       `firestore:"content"`
	At        time.Time `firestore:"at"`
}
