package audit

import (
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

func entries(c *firestore.Client) *firestore.CollectionRef { return c.Collection("audit") }
