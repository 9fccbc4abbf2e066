package main

import (
	"context"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"

	"cloud.google.com/go/storage"

	"github.com/issho-shop/issho/internal/fault"
	"github.com/issho-shop/issho/internal/firedb"
	"github.com/issho-shop/issho/services/catalog/internal/media"
	"github.com/issho-shop/issho/services/catalog/internal/product"
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

// hang answers the writes that hang the pictures of p, which follows old, and take down those that p no longer has. It
// refuses those that are not there, or not its merchant's; what hung before is not looked at again.
func (s *catalogServer) hang(ctx context.Context, p *product.Product, old product.Product) ([]firedb.Write, error) {
	var writes []firedb.Write
	for i, picture := range p.Media {
		path := fmt.Sprintf("product.media[%d].media_id", i)
		if slices.Contains(p.MediaIDs()[:i], picture.ID) {
			return nil, fault.Field(path, "stands twice")
		}
		m, ok, err := media.ByID(ctx, s.db, picture.ID)
		if err != nil {
			return nil, err
		}
		if !ok || m.Doomed || m.MerchantID != p.MerchantID {
			return nil, fault.Field(path, "there is no such picture: begin an upload with CreateUpload")
		}
		p.Media[i].ContentType = m.ContentType
		if m.ProductID == p.ID {
			continue
		}
		if m.ProductID != "" {
			return nil, fault.Field(path, "hangs on another product: a picture has one")
		}
		if err := s.gallery.check(ctx, m, path); err != nil {
			return nil, err
		}
		writes = append(writes, m.On(p.ID).Replace(s.db))
	}
	off, err := s.takeDown(ctx, *p, old)
	return append(writes, off...), err
}

// takeDown answers the writes for the pictures of old that p no longer has.
func (s *catalogServer) takeDown(ctx context.Context, p, old product.Product) ([]firedb.Write, error) {
	var writes []firedb.Write
	for _, id := range old.MediaIDs() {
		if slices.Contains(p.MediaIDs(), id) {
			continue
		}
		m, ok, err := media.ByID(ctx, s.db, id)
		if err != nil {
			return nil, err
		}
		if ok && m.ProductID == p.ID {
			writes = append(writes, m.Off(p.UpdatedAt).Replace(s.db))
		}
	}
	return writes, nil
}
