package audit

import (
	"context"
	"strconv"
	"strings"

	"cloud.google.com/go/firestore"

	"github.com/issho-shop/issho/internal/firedb"
)

// Write answers the write that stores e; a second entry for the same version fails the commit.
func (e Entry) Write(c *firestore.Client) firedb.Write {
	name := strings.ReplaceAll(e.Subject, "/", ":") + "@" + strconv.FormatInt(e.Version, 10)
	return firedb.Create(entries(c).Doc(name), e)
}

// Versions reads, in a snapshot, how many entries each subject has and the highest version among them, for Verify.
func Versions(tx *firestore.Transaction, c *firestore.Client) (count, last map[string]int64, err error) {
	count, last = map[string]int64{}, map[string]int64{}
	err = firedb.Each(tx.Documents(entries(c).Select("subject", "version")), func(_ *firestore.DocumentRef, e Entry) error {
		count[e.Subject]++
		last[e.Subject] = max(last[e.Subject], e.Version)
		return nil
	})
	return count, last, err
}

// OfActor answers up to limit entries of an actor whose names follow after, in the order of their names, with the last name.
func OfActor(ctx context.Context, c *firestore.Client, actor, after string, limit int) (found []Entry, last string, err error) {
	q := entries(c).Where("actor", "==", actor).OrderBy(firestore.DocumentID, firestore.Asc).Limit(limit)
	if after != "" {
		q = q.StartAfter(after)
	}
	err = firedb.Each(q.Documents(ctx), func(ref *firestore.DocumentRef, e Entry) error {
		found, last = append(found, e), ref.ID
		return nil
	})
	return found, last, err
}

func entries(c *firestore.Client) *firestore.CollectionRef { return c.Collection("audit") }
