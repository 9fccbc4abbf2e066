package main

import (
	"slices"
	"testing"

	"github.com/issho-shop/issho/internal/fault"
	searchv1 "github.com/issho-shop/issho/internal/gen/issho/search/v1"
)

func TestSuggest(t *testing.T) {
	w := start(t, stall()...)
	for prefix, want := range map[string]string{
		"りん": "りんご", "リン": "りんご", "りn": "りんご", "r": "りんご", "rin": "りんご", "ring": "りんご", "ringo": "りんご", "りんご": "りんご",
		"しゃいn": "シャインマスカット", "いm": "今治", "いま": "今治", "app": "apples", "Imabari t": "imabari towel",
	} {
		res, err := w.public().Suggest(t.Context(), &searchv1.SuggestRequest{Prefix: prefix})
		if err != nil || !slices.Contains(res.GetSuggestions(), want) {
			t.Errorf("%q is completed to %q (%v), want %q among them", prefix, res.GetSuggestions(), err, want)
		}
	}
	res, err := w.public().Suggest(t.Context(), &searchv1.SuggestRequest{Prefix: "り", Limit: 1})
	if err != nil || len(res.GetSuggestions()) != 1 {
		t.Errorf("the likeliest of り is %q (%v), want one", res.GetSuggestions(), err)
	}
	_, err = w.public().Suggest(t.Context(), &searchv1.SuggestRequest{})
	if fault.ReasonOf(err) != fault.FieldInvalid {
		t.Errorf("nothing typed: %v", err)
	}
}
