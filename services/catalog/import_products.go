package main

import (
	"context"
	"errors"
	"slices"
	"sync"

	"golang.org/x/sync/errgroup"

	"github.com/issho-shop/issho/internal/fault"
	"github.com/issho-shop/issho/internal/firedb"
	catalogv1 "github.com/issho-shop/issho/internal/gen/issho/catalog/v1"
	"github.com/issho-shop/issho/services/catalog/internal/category"
	"github.com/issho-shop/issho/services/catalog/internal/change"
	"github.com/issho-shop/issho/services/catalog/internal/product"
)

// importers is how many products of a piece are written at once.
const importers = 8

// ImportProducts takes the complete products of a piece, each by itself. What a product is called derives from merchant and
// code, and one that is already so is left alone: so a piece may come twice, and a file be begun again anywhere.
func (s *catalogServer) ImportProducts(ctx context.Context, req *catalogv1.ImportProductsRequest) (*catalogv1.ImportProductsResponse, error) {
	merchantID, err := ownMerchant(ctx, req.GetMerchantId())
	if err != nil {
		return nil, err
	}
	piece, err := readPiece(req)
	if err != nil {
		return nil, err
	}
	in := &importing{s: s, req: req, merchant: merchantID, res: &catalogv1.ImportProductsResponse{}}
	if in.tree, err = category.Read(ctx, s.db); err != nil {
		return nil, err
	}
	for lines := piece.lines; len(lines) > 0; { // a product that stands again finds what was made of it, as in the next piece
		n := in.different(lines)
		if err := in.all(ctx, lines[:n]); err != nil {
			return nil, err
		}
		lines = lines[n:]
	}
	slices.SortFunc(in.res.Errors, func(a, b *catalogv1.LineError) int { return int(a.GetLine() - b.GetLine()) })
	in.res.ConsumedBytes, in.res.NextLine, in.res.Columns = piece.consumed, piece.next, piece.columns
	return in.res, nil
}

// importing is one piece under way.
type importing struct {
	s        *catalogServer
	req      *catalogv1.ImportProductsRequest
	merchant string
	tree     category.Tree
	had      map[string]product.Product // by id

	mu  sync.Mutex
	res *catalogv1.ImportProductsResponse
}

// different is how many lines stand before one of a product that has stood already.
func (in *importing) different(lines []line) int {
	seen := map[string]bool{}
	for i, l := range lines {
		if l.err != nil {
			continue
		}
		id := product.ImportID(in.merchant, l.product.Code)
		if seen[id] {
			return i
		}
		seen[id] = true
	}
	return len(lines)
}

// all takes lines of different products, some at once. Only what concerns all of them ends it: the store is away, or the time is
// over.
func (in *importing) all(ctx context.Context, lines []line) (err error) {
	if in.had, err = in.read(ctx, lines); err != nil {
		return err
	}
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(importers)
	for _, l := range lines {
		g.Go(func() error { return in.one(ctx, l) })
	}
	return g.Wait()
}

// read is what the merchant has under the codes of lines.
func (in *importing) read(ctx context.Context, lines []line) (map[string]product.Product, error) {
	var ids []string
	for _, l := range lines {
		if l.err == nil {
			ids = append(ids, product.ImportID(in.merchant, l.product.Code))
		}
	}
	if len(ids) == 0 {
		return nil, nil
	}
	had, _, err := product.ByIDs(ctx, in.s.db, ids)
	return had, err
}

// one takes one product or says why not.
func (in *importing) one(ctx context.Context, l line) error {
	err := l.err
	did := &in.res.Unchanged
	if err == nil {
		did, err = in.put(ctx, l)
	}
	var refused *fault.Error
	if err != nil && (!errors.As(err, &refused) || refused.Reason() == fault.StoreUnavailable || ctx.Err() != nil) {
		return err
	}
	in.mu.Lock()
	defer in.mu.Unlock()
	if err == nil {
		*did++
		return nil
	}
	in.res.Errors = append(in.res.Errors, l.fromError(refused))
	return nil
}

// put stores a product in the place of what the merchant has under its code, and tells what it did.
func (in *importing) put(ctx context.Context, l line) (*int32, error) {
	now := in.s.now()
	old, replaces := in.had[product.ImportID(in.merchant, l.product.Code)]
	if product.IsID(l.product.Code) && (!replaces || old.MerchantID != in.merchant) {
		return nil, fault.Field("merchant_code", "there is no such product")
	}
	p := l.product
	p.MerchantID, p.UpdatedAt = in.merchant, now
	p.Import(old, l.keepsWindows)
	if p.State == "" {
		p.State = product.Draft
	}
	if err := errors.Join(p.Check(), in.tree.Has(p.CategoryIDs)); err != nil {
		return nil, err
	}
	if replaces && old.State == product.Ended && p.State != product.Ended {
		return nil, fault.Field("product.state", "what is ended stays ended")
	}
	if replaces && p.Same(old) {
		return &in.res.Unchanged, nil
	}
	did := &in.res.Created
	if replaces {
		did = &in.res.Replaced
	}
	if in.req.GetDryRun() {
		return did, nil
	}
	return did, in.commit(ctx, p, old)
}

func (in *importing) commit(ctx context.Context, p, old product.Product) error {
	writes := p.Create(in.s.db)
	if old.ID != "" {
		writes = p.Replace(in.s.db, old)
	}
	entry := audited(ctx, in.req.GetReason(), ofProduct(p, old.State))
	writes = append(writes, entry.Write(in.s.db))
	if p.State == product.Live || old.State == product.Live { // nobody keeps a copy of a draft
		writes = append(writes, change.Of(p.ID, entry.Subject, p.Version).Write(in.s.db))
	}
	return firedb.Change(ctx, in.s.db, writes...)
}
