package main

import (
	"net/http"
	"slices"
	"testing"

	catalogv1 "github.com/issho-shop/issho/internal/gen/issho/catalog/v1"
	typev1 "github.com/issho-shop/issho/internal/gen/issho/type/v1"
)

func TestListCategories(t *testing.T) {
	s := open(t)
	for id, rank := range map[string]int32{"tea": 2, "noodles": 1} {
		_, err := s.admin(operator).PutCategory(s.ctx, &catalogv1.PutCategoryRequest{
			Category: &catalogv1.Category{CategoryId: id, ParentId: "food", Title: &typev1.LocalisedText{Ja: id}, Rank: rank}, Reason: "test",
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	res, err := s.public(http.DefaultClient).ListCategories(s.ctx, &catalogv1.ListCategoriesRequest{})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, c := range res.GetCategories() {
		got = append(got, c.GetCategoryId())
	}
	if want := []string{"food", "rice", "noodles", "tea"}; !slices.Equal(got, want) {
		t.Errorf("categories %v, want %v", got, want)
	}
}
