// Package address holds where a customer's parcels go.
//
// All addresses of a customer are one book, which is one document: how many there are, and which one is the default, is
// decided in the single write that replaces it. Whoever has addresses has exactly one default. Personal data: never logged.
package address

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/issho-shop/issho/internal/fault"
)

// Limit is the most addresses that a customer may keep.
const Limit = 20

// Address is one address.
type Address struct {
	ID         string `firestore:"address_id"`
	Name       string `firestore:"name"`        // who receives the parcel
	PostalCode string `firestore:"postal_code"` // 150-0001
	Prefecture string `firestore:"prefecture"`  // one of the 47, in Japanese
	City       string `firestore:"city"`
	Line1      string `firestore:"line1"`
	Line2      string `firestore:"line2"`
	Phone      string `firestore:"phone"`
	Default    bool   `firestore:"default"`
	Version    int64  `firestore:"version"` // 1 when new; grows when the address changes
}

// Book is a customer's addresses as stored in addresses/{customer}, oldest first.
type Book struct {
	CustomerID string    `firestore:"customer_id"`
	Addresses  []Address `firestore:"addresses"`
	UpdatedAt  time.Time `firestore:"updated_at"`
	Closed     bool      `firestore:"closed"` // since the customer's erasure was asked for: nothing is shown or added, so nothing can be ordered

	// Stored is when the document read was last written, zero for none: the precondition of replacing it.
	Stored time.Time `firestore:"-"`
}

// Etag stands for the version that a change builds on.
func (a Address) Etag() string { return strconv.FormatInt(a.Version, 10) }

// Find answers the address of an id.
func (b Book) Find(id string) (Address, bool) {
	i := b.index(id)
	if i < 0 || b.Closed {
		return Address{}, false
	}
	return b.Addresses[i], true
}

// Add puts a new address into the book and answers it as stored: FIELD_INVALID or, past the limit, LIMIT_REACHED.
func (b *Book) Add(a Address) (Address, error) {
	a, err := a.normal()
	if err != nil {
		return a, err
	}
	if b.Closed {
		return a, fault.New(fault.CallerNotAllowed)
	}
	if len(b.Addresses) >= Limit {
		return a, fault.New(fault.LimitReached, "limit", strconv.Itoa(Limit))
	}
	a.Version = 1
	b.Addresses = append(b.Addresses, a)
	return b.settle(a), nil
}

// Change replaces the address of a's id, which must have the etag, and answers it as stored: NOT_FOUND, CONFLICT or
// FIELD_INVALID.
func (b *Book) Change(a Address, etag string) (Address, error) {
	i := b.index(a.ID)
	if i < 0 {
		return a, fault.New(fault.NotFound)
	}
	old := b.Addresses[i]
	if etag != old.Etag() {
		return a, fault.New(fault.Conflict)
	}
	a, err := a.normal()
	if err != nil {
		return a, err
	}
	a.Version, a.Default = old.Version+1, a.Default || old.Default // the mark goes only to another
	b.Addresses[i] = a
	return b.settle(a), nil
}

// Remove takes the address of an id out of the book and tells whether it was there.
func (b *Book) Remove(id string) bool {
	i := b.index(id)
	if i < 0 {
		return false
	}
	b.Addresses = slices.Delete(b.Addresses, i, i+1)
	b.settle(Address{})
	return true
}

// settle leaves exactly one default: the address that was just written with the mark, else the one that has it, else the
// oldest. It answers the written address as it now stands.
func (b *Book) settle(written Address) Address {
	mark := slices.IndexFunc(b.Addresses, func(a Address) bool { return a.Default && (!written.Default || a.ID == written.ID) })
	for i := range b.Addresses {
		b.Addresses[i].Default = i == max(mark, 0)
	}
	now, _ := b.Find(written.ID)
	return now
}

// Listed is the book as shown: the default first, then the oldest.
func (b Book) Listed() []Address {
	out := slices.Clone(b.Addresses)
	slices.SortStableFunc(out, func(x, y Address) int {
		switch {
		case x.Default == y.Default:
			return 0
		case x.Default:
			return -1
		}
		return 1
	})
	return out
}

func (b Book) index(id string) int {
	return slices.IndexFunc(b.Addresses, func(a Address) bool { return a.ID == id })
}

// normal is the address as it is stored: FIELD_INVALID when its prefecture is none of the 47.
func (a Address) normal() (Address, error) {
	if !slices.Contains(prefectures, a.Prefecture) {
		return a, fault.Field("address.address.prefecture", "must be one of the 47 prefectures, as written in Japanese")
	}
	if digits := strings.ReplaceAll(a.PostalCode, "-", ""); len(digits) == 7 {
		a.PostalCode = digits[:3] + "-" + digits[3:]
	}
	return a, nil
}

// Wrong tells what of the book's promises does not hold, "" when all do.
func (b Book) Wrong() string {
	defaults := 0
	for _, a := range b.Addresses {
		if a.Default {
			defaults++
		}
		if stored, err := a.normal(); err != nil || stored != a {
			return "address " + a.ID + " is not in its normal form"
		}
	}
	if len(b.Addresses) > Limit {
		return "more addresses than the limit"
	}
	if len(b.Addresses) > 0 && defaults != 1 {
		return strconv.Itoa(defaults) + " defaults"
	}
	return ""
}
