package main

import (
	"context"
	"fmt"
	"slices"

	"github.com/issho-shop/issho/internal/fault"
	"github.com/issho-shop/issho/internal/firedb"
	"github.com/issho-shop/issho/services/catalog/internal/media"
	"github.com/issho-shop/issho/services/catalog/internal/product"
)

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
