package cart

import (
	"context"
	"math/rand/v2"
	"time"

	"cloud.google.com/go/firestore"

	"github.com/issho-shop/issho/internal/fault"
	"github.com/issho-shop/issho/internal/firedb"
)

// collection holds one document per owner, named by firedb.Key.
const collection = "carts"

// tries bounds how often Change starts over when somebody else wrote in between: a customer's own devices, an event, a
// merge. Each loser waits for a random moment, so that few rounds suffice.
const tries = 8

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
	return firedb.Each(db.Collection(collection).Documents(ctx), func(ref *firestore.DocumentRef, c Cart) error {
		fn(ref.ID, c)
		return nil
	})
}

// load answers when the cart was last written besides; the zero time when there is none.
func load(ctx context.Context, db *firestore.Client, owner string) (Cart, time.Time, error) {
	c, read, _, err := firedb.Get[Cart](ctx, doc(db, owner))
	c.Owner = owner
	return c, read, err
}

func doc(db *firestore.Client, owner string) *firestore.DocumentRef {
	return db.Collection(collection).Doc(firedb.Key(owner))
}

// save writes the cart if it is as it was when read: absent, or last written then. A transaction would lock the document
// pessimistically, which serves nobody when the one writer is its owner.
func save(ctx context.Context, db *firestore.Client, c Cart, read time.Time) error {
	ref := doc(db, c.Owner)
	if read.IsZero() {
		_, err := ref.Create(ctx, c)
		return firedb.WriteFault(err)
	}
	_, err := ref.Update(ctx, []firestore.Update{
		{Path: "version", Value: c.Version},
		{Path: "lines", Value: c.Lines},
		{Path: "bought", Value: c.Bought},
		{Path: "merges", Value: c.Merges},
		{Path: "given", Value: c.Given},
	}, firestore.LastUpdateTime(read))
	return firedb.WriteFault(err)
}

// raced tells a write that lost from one that failed. A cart erased in between (Absent) is read anew like any other.
func raced(err error) bool {
	return firedb.Exists(err) || firedb.Absent(err) || fault.ReasonOf(err) == fault.Conflict
}
