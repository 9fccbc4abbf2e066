package main

import (
	"fmt"
	"strconv"
	"testing"

	"golang.org/x/sync/errgroup"

	"github.com/issho-shop/issho/internal/fault"
	catalogv1 "github.com/issho-shop/issho/internal/gen/issho/catalog/v1"
	typev1 "github.com/issho-shop/issho/internal/gen/issho/type/v1"
	"github.com/issho-shop/issho/internal/testenv"
)

func (s *shop) put(u testenv.User, id, parent, title, etag string) (*catalogv1.Category, error) {
	res, err := s.admin(u).PutCategory(s.ctx, &catalogv1.PutCategoryRequest{
		Category: &catalogv1.Category{CategoryId: id, ParentId: parent, Title: &typev1.LocalisedText{Ja: title}, Etag: etag}, Reason: "tidy up",
	})
	return res.GetCategory(), err
}

func TestPutCategory(t *testing.T) {
	s := open(t)
	tests := []struct {
		name, id, parent, title, etag string
		who                           testenv.User
		want                          fault.Reason
		version                       int64 // stored afterwards; 0 for none
	}{
		{"new", "tea", "", "お茶", "", operator, "", 1},
		{"the same again", "tea", "", "お茶", "", operator, "", 1},
		{"renamed", "tea", "", "日本茶", "1", operator, "", 2},
		{"moved", "tea", "food", "日本茶", "2", operator, "", 3},
		{"moved without an etag", "tea", "rice", "日本茶", "", operator, fault.Conflict, 3},
		{"renamed by the slower", "tea", "food", "緑茶", "2", operator, fault.Conflict, 3},
		{"new with an etag", "sake", "food", "日本酒", "1", operator, fault.Conflict, 0},
		{"unknown parent", "tea", "gold", "日本茶", "3", operator, fault.FieldInvalid, 3},
		{"its own parent", "tea", "tea", "日本茶", "3", operator, fault.FieldInvalid, 3},
		{"a circle", "food", "tea", "食品", "1", operator, fault.FieldInvalid, 1},
		{"no id", "", "food", "日本茶", "", operator, fault.FieldInvalid, 0},
		{"upper case", "Tea", "food", "日本茶", "", operator, fault.FieldInvalid, 0},
		{"no title", "sake", "food", "", "", operator, fault.FieldInvalid, 0},
		{"merchant", "sake", "food", "日本酒", "", minori, fault.CallerNotAllowed, 0},
		{"customer", "sake", "food", "日本酒", "", hanako, fault.CallerNotAllowed, 0},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got, err := s.put(test.who, test.id, test.parent, test.title, test.etag)
			refused(t, err, test.want)
			if want := strconv.FormatInt(test.version, 10); err == nil && got.GetEtag() != want {
				t.Errorf("answered with etag %q, want %q", got.GetEtag(), want)
			}
			if test.id == "" {
				return
			}
			version, _ := s.doc("categories/" + test.id)["version"].(int64)
			if version != test.version {
				t.Errorf("version %d is stored, want %d", version, test.version)
			}
		})
	}
	if a := s.doc("audit/category:tea@3"); a["actor"] != "user/operator" || a["reason"] != "tidy up" {
		t.Errorf("audit document = %v", a)
	}
	s.verified()
}

// Of two who move each of two places below the other at once, one is refused.
func TestPutCategoryMakesNoCircleOfTwo(t *testing.T) {
	s := open(t)
	for i := range 10 {
		a, b := fmt.Sprint("a", i), fmt.Sprint("b", i)
		s.category(a, "")
		s.category(b, "")
		var g errgroup.Group
		move := func(id, below string) func() error {
			return func() error {
				_, err := s.put(operator, id, below, id, "1")
				if why := fault.ReasonOf(err); why != "" && why != fault.Conflict && why != fault.FieldInvalid {
					return err
				}
				return nil
			}
		}
		g.Go(move(a, b))
		g.Go(move(b, a))
		if err := g.Wait(); err != nil {
			t.Error(err)
		}
		if s.doc("categories/" + a)["parent_id"] != "" && s.doc("categories/" + b)["parent_id"] != "" {
			t.Fatalf("%s and %s hang below each other", a, b)
		}
	}
}
