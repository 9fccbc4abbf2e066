package main

import (
	"context"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"errors"
	"io"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"

	"cloud.google.com/go/storage"

	"github.com/issho-shop/issho/internal/fault"
	"github.com/issho-shop/issho/services/catalog/internal/media"
)

// uploadTime is for how long a picture may be put where it was told to.
const uploadTime = 15 * time.Minute

// gallery is the bucket of the pictures. Customers read it past us; merchants write to it by signed addresses.
type gallery struct {
	bucket *storage.BucketHandle
	base   string // what a picture's address begins with
	signed storage.SignedURLOptions
}

// newGallery opens the bucket. On Google Cloud addresses are signed by our service account through IAM, without a key of
// ours; an emulator takes any signature, so it gets one of a key that lives as long as the process.
func newGallery(c *storage.Client, bucket, emulator string) (*gallery, error) {
	g := &gallery{bucket: c.Bucket(bucket), base: "https://storage.googleapis.com/" + bucket + "/"}
	g.signed = storage.SignedURLOptions{Scheme: storage.SigningSchemeV4, Method: http.MethodPut}
	if emulator == "" {
		return g, nil
	}
	host := strings.TrimPrefix(emulator, "http://")
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	g.base, g.signed.Hostname, g.signed.Insecure = "http://"+host+"/"+bucket+"/", host, true
	g.signed.GoogleAccessID = "catalog@emulator"
	g.signed.SignBytes = func(b []byte) ([]byte, error) {
		sum := sha256.Sum256(b)
		return rsa.SignPKCS1v15(rand.Reader, key, crypto.SHA256, sum[:])
	}
	return g, err
}

// address signs where a picture may be put, until a time. All headers are in the signature: another kind or size is refused.
func (g *gallery) address(m media.Media, until time.Time) (string, error) {
	opts := g.signed
	opts.Expires, opts.ContentType = until, m.ContentType
	for _, name := range slices.Sorted(maps.Keys(m.Headers())) {
		if name != "Content-Type" {
			opts.Headers = append(opts.Headers, strings.ToLower(name)+":"+m.Headers()[name])
		}
	}
	return g.bucket.SignedURL(media.Object(m.ID), &opts)
}

// url is where customers see a picture.
func (g *gallery) url(id string) string { return g.base + media.Object(id) }

// looked is how many bytes of a picture tell its kind.
const looked = 512

// check refuses a picture that nobody has put there yet, or that is not what was announced.
func (g *gallery) check(ctx context.Context, m media.Media, path string) error {
	// As it is stored: a compressed object would be unfolded and sent whole, whatever range is asked for.
	r, err := g.bucket.Object(media.Object(m.ID)).ReadCompressed(true).NewRangeReader(ctx, 0, looked)
	if errors.Is(err, storage.ErrObjectNotExist) {
		return fault.Field(path, "has not been put there yet: put it where CreateUpload said")
	}
	if err != nil {
		return fault.New(fault.StoreUnavailable).Because(err)
	}
	defer r.Close()
	if r.Attrs.ContentEncoding != "" {
		return fault.Field(path, "is stored compressed, as customers would not see it: begin another upload, without Content-Encoding")
	}
	begin, err := io.ReadAll(io.LimitReader(r, looked))
	if err != nil {
		return fault.New(fault.StoreUnavailable).Because(err)
	}
	return m.Check(r.Attrs.Size, r.Attrs.ContentType, http.DetectContentType(begin), path)
}

// remove deletes a picture; one that is not there is gone already.
func (g *gallery) remove(ctx context.Context, id string) error {
	err := g.bucket.Object(media.Object(id)).Delete(ctx)
	if errors.Is(err, storage.ErrObjectNotExist) {
		return nil
	}
	return err
}
