package main

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	catalogv1 "github.com/issho-shop/issho/internal/gen/issho/catalog/v1"
)

const header = "code,title_ja,categories,state,variant_code,options,price,tax_percent\n"

// stocked are the merchant's own products: "code: variant price, …", sorted by code.
func (s *shop) stocked() map[string]string {
	s.t.Helper()
	res, err := s.admin(minori).ListOwnProducts(s.ctx, &catalogv1.ListOwnProductsRequest{PageSize: 100})
	if err != nil {
		s.t.Fatal(err)
	}
	out := map[string]string{}
	for _, p := range res.GetProducts() {
		var variants []string
		for _, v := range p.GetVariants() {
			variants = append(variants, fmt.Sprint(v.GetMerchantCode(), " ", v.GetPrice().GetAmount()))
		}
		out[p.GetMerchantCode()] = strings.Join(variants, ", ")
	}
	return out
}

// A row that cannot be read spoils the product whose it is, or those between which it stands where it does not say.
func TestImportCSVTakesNoHalves(t *testing.T) {
	const (
		before = header + "A,品,rice,live,s,色=青,100,8\nA,品,rice,live,m,色=赤,110,8\nB,品,rice,live,x,,200,8\n"
		good   = "G,良品,rice,live,x,,700,8\n"
		a      = "A,品,rice,live,s,色=青,1,8\n"
		b      = "B,品,rice,live,x,,2,8\n"
	)
	for name, test := range map[string]struct {
		rows string
		want []string // errors
		b    string   // afterwards
	}{
		"its last":                    {a + `A,品,rice,live,m,"色"=赤,1,8` + "\n" + b, []string{"3"}, "x 2"},
		"one between":                 {a + `A,品,rice,live,n,"色"=黄,1,8` + "\nA,品,rice,live,m,色=赤,1,8\n" + b, []string{"3"}, "x 2"},
		"its first":                   {b + `A,品,rice,live,s,"色"=青,1,8` + "\nA,品,rice,live,m,色=赤,1,8\n", []string{"4"}, "x 2"},
		"without a code that is read": {a + `"A"A,品` + "\n" + b, []string{"3", "4"}, "x 200"},
		"one between of no code":      {a + `"A"A,品` + "\nA,品,rice,live,m,色=赤,1,8\n" + b, []string{"3", "4"}, "x 2"},
		"with an empty code":          {a + ",品,rice,live,m,色=赤,1,8\n" + b, []string{"3 code", "4 code"}, "x 200"},
		"rows of nothing":             {a + ",,,,,,,\nA,品,rice,live,m,色=赤,110,8\n , ,\n" + b + ",,,,,,,\n", nil, "x 2"},
		"at the end":                  {b + a + `"A"A,品` + "\n", []string{"4", "5"}, "x 2"},
	} {
		t.Run(name, func(t *testing.T) {
			s := open(t)
			if got := s.importFile(minori, asCSV, before, 1<<16); got.Created != 2 {
				t.Fatalf("at first: %+v", got)
			}
			for _, size := range []int{1 << 16, 110, 160} {
				got := s.importFile(minori, asCSV, header+good+test.rows, size)
				if diff := cmp.Diff(test.want, got.Errors); diff != "" {
					t.Errorf("in pieces of %d bytes: errors (-want +got):\n%s", size, diff)
				}
				want := map[string]string{"A": "s 100, m 110", "B": test.b, "G": "x 700"}
				if test.want == nil {
					want["A"] = "s 1, m 110"
				}
				if diff := cmp.Diff(want, s.stocked()); diff != "" {
					t.Errorf("in pieces of %d bytes: stored (-want +got):\n%s", size, diff)
				}
			}
			s.verified()
		})
	}
}

// Errors name the line on which their product begins, whatever stands blank before it.
func TestImportCSVCountsBlankLines(t *testing.T) {
	s := open(t)
	file := header + "\n\n\n\nA,品,rice,live,s,,高い,8\n\nB,品,rice,live,s,,x,8\n\n\n" + `C,品,"rice"s,live` + "\n"
	want := []string{"6 price", "8 price", "11"}
	for _, size := range []int{1 << 16, 100, 120} {
		if diff := cmp.Diff(want, s.importFile(minori, asCSV, file, size).Errors); diff != "" {
			t.Errorf("in pieces of %d bytes (-want +got):\n%s", size, diff)
		}
	}
}

// A table may be followed by more empty rows than a piece holds.
func TestImportCSVBelowWhichNothingStands(t *testing.T) {
	s := open(t)
	got := s.importFile(minori, asCSV, header+"A,品,rice,live,s,色=青,1,8\nA,品,rice,live,m,色=赤,1,8\n"+strings.Repeat(",,,,,,,\n", 60_000), 200<<10)
	if got.Created != 1 || len(got.Errors) != 0 || got.Pieces != 3 {
		t.Errorf("%+v; want one product in three pieces", got)
	}
	s.verified()
}

// A product that stands twice is as it stands last, whichever way the file is cut.
func TestImportOfTheSameTwice(t *testing.T) {
	rows := func(code, title string, price int) string {
		return fmt.Sprintf("%s,%s,rice,live,s,,%d,8\n", code, title, price)
	}
	for format, file := range map[catalogv1.FileFormat]string{
		asCSV:  header + rows("A", "一", 1) + rows("B", "一", 1) + rows("A", "二", 2) + rows("C", "", 1) + rows("A", "三", 3) + rows("B", "一", 1),
		asJSON: jsonProduct("A", 1) + jsonProduct("B", 1) + jsonProduct("A", 2) + "{}\n" + jsonProduct("A", 3) + jsonProduct("B", 1),
	} {
		for _, size := range []int{1 << 16, 150, 500} {
			t.Run(fmt.Sprint(format, size), func(t *testing.T) {
				s := open(t)
				got := s.importFile(minori, format, file, size)
				if got.Created != 2 || got.Replaced != 2 || got.Unchanged != 1 || len(got.Errors) != 1 {
					t.Errorf("%+v, want 2 created, 2 replaced, 1 unchanged, 1 error", got)
				}
				if a := s.stocked()["A"]; !strings.HasPrefix(a, fmt.Sprint(map[bool]string{true: "s", false: "a"}[format == asCSV], " 3")) {
					t.Errorf("A is %q, want what stands last", a)
				}
				s.verified()
			})
		}
	}
}
