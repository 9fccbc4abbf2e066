package main

import (
	"context"
	"slices"
	"time"

	catalogv1 "github.com/issho-shop/issho/internal/gen/issho/catalog/v1"
	"github.com/issho-shop/issho/services/search/internal/index"
)

// tree is the categories as search needs them: whoever types a category's name finds what hangs in it, and who filters by one
// gets what is below it too.
type tree struct {
	words    map[string][]string // ids by the words of the titles
	children map[string][]string
}

// readTree asks for the categories now and then; where that fails the last answer holds, and at the start there must be one.
func (s *searchServer) readTree(ctx context.Context) error {
	if time.Since(s.reader.treeRead) < treeEvery {
		return nil
	}
	res, err := s.shelf.ListCategories(ctx, &catalogv1.ListCategoriesRequest{})
	if err != nil {
		return err
	}
	t := &tree{words: map[string][]string{}, children: map[string][]string{}}
	for _, c := range res.GetCategories() {
		t.children[c.GetParentId()] = append(t.children[c.GetParentId()], c.GetCategoryId())
		for _, title := range []string{c.GetTitle().GetJa(), c.GetTitle().GetEn()} {
			for _, word := range index.Names(title) {
				if !slices.Contains(t.words[word], c.GetCategoryId()) {
					t.words[word] = append(t.words[word], c.GetCategoryId())
				}
			}
		}
	}
	s.tree.Store(t)
	s.reader.treeRead = time.Now()
	return nil
}

// below answers categories with all that are below them, each once.
func (t *tree) below(ids []string) []string {
	var out []string
	for next := ids; len(next) > 0; {
		id := next[0]
		next = next[1:]
		if !slices.Contains(out, id) {
			out = append(out, id)
			next = append(slices.Clone(t.children[id]), next...)
		}
	}
	return out
}
