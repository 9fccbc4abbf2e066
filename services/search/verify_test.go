package main

import (
	"strings"
	"testing"

	searchv1 "github.com/issho-shop/issho/internal/gen/issho/search/v1"
)

// What changes without being told stays unnoticed by the reader, not by Verify.
func TestVerify(t *testing.T) {
	w := start(t, stall()...)
	w.sound(0)
	w.catalog.change(func() {
		w.catalog.views[idOf("fuji")].Heats[0].Members *= 3 // a member more would not be told
		w.catalog.views[idOf("orin")].Product.Version++
		delete(w.catalog.views, idOf("towel"))
		w.catalog.views[idOf("new")] = product("new", "新顔", "", "fruit", 100)
	})
	res, err := w.internal("ops").Verify(t.Context(), &searchv1.VerifyRequest{})
	if err != nil {
		t.Fatal(err)
	}
	f := res.GetFindings()[0]
	if all := strings.Join(f.GetViolations(), "\n"); f.GetViolationCount() != 4 || !strings.Contains(all, idOf("towel")+" is in the index") {
		t.Errorf("verify finds %d:\n%s", f.GetViolationCount(), all)
	}
}
