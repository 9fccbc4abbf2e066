package main

import (
	"context"

	"github.com/issho-shop/issho/internal/fault"
	"github.com/issho-shop/issho/internal/firedb"
	catalogv1 "github.com/issho-shop/issho/internal/gen/issho/catalog/v1"
	"github.com/issho-shop/issho/services/catalog/internal/audit"
	"github.com/issho-shop/issho/services/catalog/internal/category"
)

// PutCategory creates or replaces a place in the tree; one that is there already as described changes nothing. The etag keeps
// two editors apart, the commit's preconditions two commits: of this place, and of moves anywhere in the tree.
func (s *catalogServer) PutCategory(ctx context.Context, req *catalogv1.PutCategoryRequest) (*catalogv1.PutCategoryResponse, error) {
	moves, err := category.ReadMoves(ctx, s.db)
	if err != nil {
		return nil, err
	}
	tree, err := category.Read(ctx, s.db)
	if err != nil {
		return nil, err
	}
	c := categoryOf(req.GetCategory())
	old := tree[c.ID]
	if !c.Follow(old) {
		return &catalogv1.PutCategoryResponse{Category: fromCategory(c)}, nil
	}
	if req.GetCategory().GetEtag() != old.Etag() {
		return nil, fault.New(fault.Conflict)
	}
	if err := tree.Check(c); err != nil {
		return nil, err
	}
	entry := audited(ctx, req.GetReason(), audit.Entry{Subject: "category/" + c.ID, Version: c.Version, Content: c, At: s.now()})
	writes := []firedb.Write{c.Put(s.db), entry.Write(s.db)}
	if old.Version > 0 && c.ParentID != old.ParentID {
		writes = append(writes, moves.Next(s.db))
	}
	if err := firedb.Change(ctx, s.db, writes...); err != nil {
		return nil, err
	}
	return &catalogv1.PutCategoryResponse{Category: fromCategory(c)}, nil
}
