package firedb

import (
	"context"

	"cloud.google.com/go/firestore"

	"github.com/issho-shop/issho/internal/fault"
)

// Change commits the next version of something, with what belongs to it. CONFLICT says that somebody else made that version,
// a first one included.
func Change(ctx context.Context, c *firestore.Client, writes ...Write) error {
	err := Commit(ctx, c, writes...)
	if Exists(err) {
		return fault.New(fault.Conflict).Because(err)
	}
	return err
}

// Once answers what a request makes, under an id that derives from it, so that a repeat finds by read what it made before.
// What is new comes from made with its writes, which are committed with the request. REQUEST_ID_REUSED refuses other
// content, REQUEST_IN_FLIGHT the same at once.
func Once[T any](
	ctx context.Context, c *firestore.Client, r Request, id string,
	read func(context.Context, *firestore.Client, string) (T, bool, error), made func() (T, []Write, error),
) (T, error) {
	var none T
	if _, err := r.Seen(ctx, c); err != nil {
		return none, err
	}
	if was, ok, err := read(ctx, c, id); ok || err != nil {
		return was, err
	}
	t, writes, err := made()
	if err != nil {
		return none, err
	}
	err = Commit(ctx, c, append(writes, r.Write(c))...)
	if Exists(err) {
		return none, fault.New(fault.RequestInFlight).Because(err)
	}
	return t, err
}
