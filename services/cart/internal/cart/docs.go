package cart

import (
	"context"
	"errors"
	"math/rand/v2"
	"net/url"
	"time"

	"cloud.google.com/go/firestore"
	"google.golang.org/api/iterator"

	"github.com/issho-shop/issho/internal/fault"
	"github.com/issho-shop/issho/internal/firedb"
)

// collection holds one document per owner, named by key.
const collection = "carts"

// tries bounds how often Change starts over when somebody else wrote in between: a customer's own devices, an event, a
// merge. Each loser waits for a random moment, so that few rounds suffice.
const tries = 8

// key is the document's id: the owner's, made safe, since user ids may hold a slash or be a name that Firestore reserves.
func key(owner string) string { return "u_" + url.QueryEscape(owner) }

// Load answers an owner's cart; the zero cart when there is none.
func Load(ctx context.Context, db *firestore.Client, owner string) (Cart, error) {
	c, _, err := load(ctx, db, owner)
	return c, err
}

// Change lets fn change an owner's cart and writes what it made, provided that nobody wrote since it was read; otherwise it
// starts over, so fn may run several times. fn reports whether it changed anything; if not, nothing is written. It
// answers the cart as it then stands; CONFLICT when others were faster every time.
func Change(ctx context.Context, db *firestore.Client, owner string, fn func(*Cart) (bool, error)) (Cart, error) {
	for range tries {
		c, read, err := load(ctx, db, owner)
		if err != nil {
			return Cart{}, err
		}
		changed, err := fn(&c)
		if err != nil || !changed {
			return c, err
		}
		if err = save(ctx, db, c, read); err == nil || !raced(err) {
			return c, err
		}
		select {
		case <-ctx.Done():
			return Cart{}, ctx.Err()
		case <-time.After(rand.N(40 * time.Millisecond)):
		}
	}
	return Cart{}, fault.New(fault.Conflict)
}

// Each calls fn with every cart and its document's id.
func Each(ctx context.Context, db *firestore.Client, fn func(ref string, c Cart)) error {
	docs := db.Collection(collection).Documents(ctx)
	defer docs.Stop()
	for {
		doc, err := docs.Next()
		if errors.Is(err, iterator.Done) {
			return nil
		}
		if err != nil {
			return firedb.Fault(err)
		}
		var c Cart
		if err := doc.DataTo(&c); err != nil {
			return err
		}
		fn(doc.Ref.ID, c)
	}
}

// load answers when the cart was last written besides; the zero time when there is none.
func load(ctx context.Context, db *firestore.Client, owner string) (Cart, time.Time, error) {
	c := Cart{Owner: owner}
	doc, err := db.Collection(collection).Doc(key(owner)).Get(ctx)
	if firedb.Absent(err) {
		return c, time.Time{}, nil
	}
	if err != nil {
		return c, time.Time{}, firedb.Fault(err)
	}
	return c, doc.UpdateTime, doc.DataTo(&c)
}

// save writes the cart if it is as it was when read: absent, or last written then. A transaction would lock the document
// pessimistically, which serves nobody when the one writer is its owner.
func save(ctx context.Context, db *firestore.Client, c Cart, read time.Time) error {
	ref := db.Collection(collection).Doc(key(c.Owner))
	if read.IsZero() {
		_, err := ref.Create(ctx, c)
		return firedb.Fault(err)
	}
	_, err := ref.Update(ctx, []firestore.Update{
		{Path: "version", Value: c.Version},
		{Path: "lines", Value: c.Lines},
		{Path: "bought", Value: c.Bought},
		{Path: "merges", Value: c.Merges},
		{Path: "given", Value: c.Given},
	}, firestore.LastUpdateTime(read))
	return firedb.Fault(err)
}

// raced tells a write that lost from one that failed. A cart erased in between (Absent) is read anew like any other.
func raced(err error) bool {
	return firedb.Exists(err) || firedb.Absent(err) || fault.ReasonOf(err) == fault.Conflict
}
