package main

import (
	"context"

	"github.com/issho-shop/issho/internal/fault"
	"github.com/issho-shop/issho/internal/firedb"
	catalogv1 "github.com/issho-shop/issho/internal/gen/issho/catalog/v1"
	"github.com/issho-shop/issho/services/catalog/internal/category"
)

// PutCategory creates or replaces a place in the tree; one that is there already as described changes nothing.
func (s *catalogServer) PutCategory(ctx context.Context, req *catalogv1.PutCategoryRequest) (*catalogv1.PutCategoryResponse, error) {
	tree, err := category.Read(ctx, s.db)
	if err != nil {
		return nil, err
	}
	c := categoryOf(req.GetCategory())
	if err := tree.Check(c); err != nil {
		return nil, err
	}
	if !c.Follow(tree[c.ID]) {
		return &catalogv1.PutCategoryResponse{Category: fromCategory(c)}, nil
	}
	entry := audited(ctx, req.GetReason(), s.now())
	entry.Subject, entry.Version, entry.Content = "category/"+c.ID, c.Version, c
	err = firedb.Commit(ctx, s.db, c.Put(s.db), entry.Write(s.db))
	if firedb.Exists(err) { // somebody else made this version
		return nil, fault.New(fault.Conflict).Because(err)
	}
	if err != nil {
		return nil, err
	}
	return &catalogv1.PutCategoryResponse{Category: fromCategory(c)}, nil
}
