package cart

import (
	"context"
	"math/rand/v2"
	"time"

	"cloud.google.com/go/firestore"

	"github.com/issho-shop/issho/internal/fault"
	"github.com/issho-shop/issho/internal/firedb"
)

// tries bounds how often Change starts over when somebody else wrote in between: a customer's own devices, an event, a
// merge. Each loser waits for a random moment, so that few rounds suffice.
const tries = 8

// Carts is where carts are kept: carts/{owner}, one document each, named by firedb.Key.
type Carts struct {
	db     *firestore.Client
	saver  *firedb.Saver[Cart]
	recent *firedb.Recent[Cart]
}

// In answers the carts of a database.
func In(db *firestore.Client) *Carts {
	return &Carts{db, firedb.NewSaver[Cart](db), firedb.NewRecent[Cart](10_000)} // a usual cart is under a kilobyte, a full one 10
}

// Load answers an owner's cart; the zero cart when there is none.
func (s *Carts) Load(ctx context.Context, owner string) (Cart, error) {
	c, _, err := s.load(ctx, owner)
	return c, err
}

// Change lets fn change an owner's cart and writes what it made, provided that nobody wrote since it was read; otherwise it
// starts over, so fn may run several times. fn reports whether it changed anything; if not, nothing is written. It
// answers the cart as it then stands; CONFLICT when others were faster every time.
//
// A cart that this process wrote last is not read again: the write's precondition tells whether it still stands so, and
// fn's refusal or its seeing nothing to do are believed only of what was read.
func (s *Carts) Change(ctx context.Context, owner string, fn func(*Cart) (bool, error)) (Cart, error) {
	if was, stored, ok := s.recent.Get(owner); ok {
		c := was.clone()
		if changed, err := fn(&c); err == nil && changed {
			if err = s.save(ctx, was, c, stored); err == nil || !raced(err) {
				return c, err
			}
		}
	}
	for range tries {
		was, stored, err := s.load(ctx, owner)
		if err != nil {
			return Cart{}, err
		}
		c := was.clone()
		changed, err := fn(&c)
		if err != nil || !changed {
			return c, err
		}
		if err = s.save(ctx, was, c, stored); err == nil || !raced(err) {
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

// Delete forgets an owner's cart and tells whether there was one.
func (s *Carts) Delete(ctx context.Context, owner string) (bool, error) {
	s.recent.Forget(owner)
	return firedb.Remove(ctx, s.doc(owner))
}

// Each calls fn with every cart and its document's id.
func (s *Carts) Each(ctx context.Context, fn func(ref string, c Cart)) error {
	return firedb.Each(s.all().Documents(ctx), func(ref *firestore.DocumentRef, c Cart) error {
		fn(ref.ID, c)
		return nil
	})
}

// ClaimedBefore answers up to limit guests' carts of which an account began to take before then, and has not ended.
func (s *Carts) ClaimedBefore(ctx context.Context, then time.Time, limit int) ([]Cart, error) {
	return firedb.All[Cart](s.all().Where("claim.at", "<", then).Limit(limit).Documents(ctx))
}

// SweepExpired deletes the guests' carts that have expired, and tells how many.
func (s *Carts) SweepExpired(ctx context.Context, now time.Time) (int, error) {
	return firedb.Sweep(ctx, s.db, s.all(), "expire_time", now)
}

// load answers when the cart was last written besides; the zero time when there is none.
func (s *Carts) load(ctx context.Context, owner string) (Cart, time.Time, error) {
	c, stored, _, err := firedb.Get[Cart](ctx, s.doc(owner))
	c.Owner = owner
	return c, stored, err
}

func (s *Carts) all() *firestore.CollectionRef { return s.db.Collection("carts") }

func (s *Carts) doc(owner string) *firestore.DocumentRef { return s.all().Doc(firedb.Key(owner)) }

// save writes the cart if it is as it was when read: absent, or last written then. A transaction would lock the document
// pessimistically, which serves nobody when the one writer is its owner.
func (s *Carts) save(ctx context.Context, was, c Cart, stored time.Time) error {
	written, err := s.saver.Save(ctx, s.doc(c.Owner), was, c, stored)
	if err != nil {
		s.recent.Forget(c.Owner)
		return err
	}
	s.recent.Put(c.Owner, c.clone(), written)
	return nil
}

// raced tells a write that lost from one that failed. A cart erased in between (Absent) is read anew like any other.
func raced(err error) bool {
	return firedb.Exists(err) || firedb.Absent(err) || fault.ReasonOf(err) == fault.Conflict
}
