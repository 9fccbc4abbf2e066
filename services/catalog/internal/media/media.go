// Package media knows the pictures that merchants put into the shop's own bucket: whose each is, what it may be, and on which
// product it hangs. A product names pictures by these ids only, so no address is ever taken from anybody, and none is ever
// fetched.
package media

import (
	"fmt"
	"time"

	"github.com/issho-shop/issho/internal/fault"
)

// Kept is how long a picture may hang on no product before it is deleted: as long as its request is remembered, and long
// enough for pages of caches that still show it.
const Kept = 7 * 24 * time.Hour

// Media is a place for a picture, stored in media/{id}.
type Media struct {
	ID          string     `firestore:"media_id"`
	MerchantID  string     `firestore:"merchant_id"`
	ContentType string     `firestore:"content_type"`
	Size        int64      `firestore:"size"`       // in bytes, at most
	ProductID   string     `firestore:"product_id"` // on which it hangs; empty for none
	ExpireAt    *time.Time `firestore:"expire_at"`  // when it may be deleted; null while it hangs
	Doomed      bool       `firestore:"doomed"`     // it is being deleted, and hangs nowhere any more

	// Stored is when the document read was last written: the precondition of changing it.
	Stored time.Time `firestore:"-"`
}

// New is a place that hangs nowhere yet.
func New(id, merchantID, contentType string, size int64, now time.Time) Media {
	return Media{ID: id, MerchantID: merchantID, ContentType: contentType, Size: size}.Off(now)
}

// On is m hanging on a product.
func (m Media) On(productID string) Media {
	m.ProductID, m.ExpireAt = productID, nil
	return m
}

// Off is m hanging nowhere.
func (m Media) Off(now time.Time) Media {
	until := now.Add(Kept)
	m.ProductID, m.ExpireAt = "", &until
	return m
}

// Doom is m to be deleted, whatever else is asked for.
func (m Media) Doom() Media {
	m.Doomed = true
	return m
}

// Object is its name in the bucket.
func Object(id string) string { return "media/" + id }

// CacheControl is for how long a picture may be held: an id never means another one.
const CacheControl = "public, max-age=31536000, immutable"

// Headers are what must be sent with the picture, so that it is this one, of this size, and put there once.
func (m Media) Headers() map[string]string {
	return map[string]string{
		"Content-Type": m.ContentType, "Cache-Control": CacheControl,
		"X-Goog-Content-Length-Range": fmt.Sprintf("1,%d", m.Size), "X-Goog-If-Generation-Match": "0",
	}
}

// Check refuses what was put there when it is not what was announced: by the size and kind that the storage tells, and by
// what its first bytes look like.
func (m Media) Check(size int64, contentType, looksLike, path string) error {
	if 0 < size && size <= m.Size && contentType == m.ContentType && looksLike == m.ContentType {
		return nil
	}
	return fault.Field(path, fmt.Sprintf("is %d bytes of %s that look like %s, and was announced as at most %d of %s: begin another upload",
		size, contentType, looksLike, m.Size, m.ContentType))
}
