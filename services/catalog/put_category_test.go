package main

import (
	"testing"

	"github.com/issho-shop/issho/internal/fault"
	catalogv1 "github.com/issho-shop/issho/internal/gen/issho/catalog/v1"
	typev1 "github.com/issho-shop/issho/internal/gen/issho/type/v1"
	"github.com/issho-shop/issho/internal/testenv"
)

func (s *shop) put(u testenv.User, id, parent, title string) error {
	_, err := s.admin(u).PutCategory(s.ctx, &catalogv1.PutCategoryRequest{
		Category: &catalogv1.Category{CategoryId: id, ParentId: parent, Title: &typev1.LocalisedText{Ja: title}}, Reason: "tidy up",
	})
	return err
}

func TestPutCategory(t *testing.T) {
	s := open(t)
	tests := []struct {
		name, id, parent, title string
		who                     testenv.User
		want                    fault.Reason
		version                 int64 // stored afterwards; 0 for none
	}{
		{"new", "tea", "", "お茶", operator, "", 1},
		{"the same again", "tea", "", "お茶", operator, "", 1},
		{"renamed", "tea", "", "日本茶", operator, "", 2},
		{"moved", "tea", "food", "日本茶", operator, "", 3},
		{"unknown parent", "tea", "gold", "日本茶", operator, fault.FieldInvalid, 3},
		{"its own parent", "tea", "tea", "日本茶", operator, fault.FieldInvalid, 3},
		{"a circle", "food", "tea", "食品", operator, fault.FieldInvalid, 1},
		{"no id", "", "food", "日本茶", operator, fault.FieldInvalid, 0},
		{"upper case", "Tea", "food", "日本茶", operator, fault.FieldInvalid, 0},
		{"no title", "sake", "food", "", operator, fault.FieldInvalid, 0},
		{"merchant", "sake", "food", "日本酒", minori, fault.CallerNotAllowed, 0},
		{"customer", "sake", "food", "日本酒", hanako, fault.CallerNotAllowed, 0},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			refused(t, s.put(test.who, test.id, test.parent, test.title), test.want)
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
