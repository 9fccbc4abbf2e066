package job

import (
	"context"
	"fmt"
	"time"

	"cloud.google.com/go/firestore"

	"github.com/issho-shop/issho/internal/firedb"
)

// Part is a part of an export as stored in parts/{job}@{n}: a JSON array. Firestore takes a megabyte a document.
type Part struct {
	JobID      string    `firestore:"job_id"`
	CustomerID string    `firestore:"customer_id"`
	JSON       string    `firestore:"json"`
	ExpireTime time.Time `firestore:"expire_time"`
}

// PutPart answers the write of a job's nth part, 1 and up. A page that is asked for again is stored in the same place.
func PutPart(c *firestore.Client, j Job, n int, json string) firedb.Write {
	return firedb.Set(part(c, j.ID, n), Part{JobID: j.ID, CustomerID: j.CustomerID, JSON: json, ExpireTime: *j.ExpireTime})
}

// GetPart reads a part.
func GetPart(ctx context.Context, c *firestore.Client, jobID string, n int) (Part, bool, error) {
	p, _, ok, err := firedb.Get[Part](ctx, part(c, jobID, n))
	return p, ok, err
}

// Exports answers a customer's exports that are kept.
func Exports(ctx context.Context, c *firestore.Client, customerID string) ([]Job, error) {
	all, err := firedb.All[Job](jobs(c).Where("customer_id", "==", customerID).Documents(ctx))
	var exports []Job
	for _, j := range all {
		if j.Kind == Export {
			exports = append(exports, j)
		}
	}
	return exports, err
}

// Sweep deletes exports that have served their time, with their parts, and tells how many documents.
func Sweep(ctx context.Context, c *firestore.Client, now time.Time) (int, error) {
	n, err := firedb.Sweep(ctx, c, parts(c), "expire_time", now)
	if err != nil {
		return n, err
	}
	m, err := firedb.Sweep(ctx, c, jobs(c), "expire_time", now)
	return n + m, err
}

// Erase deletes a customer's exports, and tells how many documents.
func Erase(ctx context.Context, c *firestore.Client, customerID string) (int, error) {
	n, err := firedb.DeleteAll(ctx, c, parts(c).Where("customer_id", "==", customerID))
	if err != nil {
		return n, err
	}
	exports, err := Exports(ctx, c, customerID)
	for _, j := range exports {
		if _, err := jobs(c).Doc(j.ID).Delete(ctx); err != nil {
			return n, firedb.Fault(err)
		}
		n++
	}
	return n, err
}

// EachPart calls fn with whose each part is, in a snapshot, for Verify.
func EachPart(tx *firestore.Transaction, c *firestore.Client, fn func(name string, p Part) error) error {
	return firedb.Each(tx.Documents(parts(c).Select("job_id", "customer_id")), func(ref *firestore.DocumentRef, p Part) error { return fn(ref.ID, p) })
}

func parts(c *firestore.Client) *firestore.CollectionRef { return c.Collection("parts") }

func part(c *firestore.Client, jobID string, n int) *firestore.DocumentRef {
	return parts(c).Doc(fmt.Sprintf("%s@%06d", jobID, n))
}
