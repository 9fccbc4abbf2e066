package main

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/issho-shop/issho/internal/fault"
	catalogv1 "github.com/issho-shop/issho/internal/gen/issho/catalog/v1"
	"github.com/issho-shop/issho/internal/gen/issho/catalog/v1/catalogv1connect"
	typev1 "github.com/issho-shop/issho/internal/gen/issho/type/v1"
	"github.com/issho-shop/issho/internal/testenv"
)

// Case F4: texts are stored composed and without marks that are not seen; their length is counted in characters.
func TestCaseF4TextsAreTidied(t *testing.T) {
	s := open(t)
	p := s.sell("r1", func(p *catalogv1.Product) {
		p.Title = &typev1.LocalisedText{Ja: "ハ\u3099ナナ\u202e\u0000", En: "Cafe\u0301 👨‍👩‍👧 ﾊﾞﾅﾅ"}
		p.Attributes = map[string]string{"産\u0007地": "か\u3099ん"}
	})
	if p.GetTitle().GetJa() != "バナナ" || p.GetTitle().GetEn() != "Café 👨‍👩‍👧 ﾊﾞﾅﾅ" || p.GetAttributes()["産地"] != "がん" {
		t.Errorf("stored as %q, %q, %q", p.GetTitle().GetJa(), p.GetTitle().GetEn(), p.GetAttributes())
	}
	long := strings.Repeat("👨", 41)
	_, err := s.admin(minori).CreateProduct(s.ctx, &catalogv1.CreateProductRequest{
		RequestId: "r2", Reason: "test", Product: s.product(func(p *catalogv1.Product) { p.Attributes = map[string]string{long: "x"} }),
	})
	refused(t, err, fault.FieldInvalid)
	if p := s.sell("r3", func(p *catalogv1.Product) { p.Attributes = map[string]string{long[:4*40]: "x"} }); len(p.GetAttributes()) != 1 {
		t.Errorf("40 characters of 4 bytes: %v", p.GetAttributes())
	}
}

// Cases F1, F3: what is no message is refused, on each of its three proto services.
func TestCaseF1F3MalformedIsRefused(t *testing.T) {
	s := open(t)
	testenv.RefusesMalformed(t, s.As(hanako), s.base+catalogv1connect.CatalogServiceListProductsProcedure, "categoryId")
	testenv.RefusesMalformed(t, s.As(minori), s.base+catalogv1connect.CatalogAdminServiceCreateProductProcedure, "requestId")
	testenv.RefusesMalformed(t, s.AsService("search"), s.base+catalogv1connect.CatalogInternalServiceListProductChangesProcedure, "pageToken")
	if n := s.count("products"); n != 0 {
		t.Errorf("%d products were made", n)
	}
}

// Whatever stands in a file, reading it neither fails nor takes more than there is, and finds the same however it is cut.
func FuzzReadPiece(f *testing.F) {
	f.Add([]byte(sheet), 150)
	f.Add([]byte(jsonProduct("K", 1)+"\n"+jsonProduct("L", 1)), 20)
	f.Add([]byte(header+"A,\"x\n\"\"\nB,x,\"\n"), 75)
	f.Add([]byte(header+"A,x,rice,live,s\r\n\n\"A\"A\n,,\nB,\"y\nz\",rice,live,s,,1,8\nB,\n"), 90)
	one := header + "A,x,rice,live,s,,1,8\n"
	f.Add([]byte(one+"\"q\n\",y\n"), len(one)+3) // cut where a quote goes on
	f.Fuzz(func(t *testing.T, data []byte, size int) {
		if size < 1 || size > 1<<20 {
			return
		}
		for _, format := range []catalogv1.FileFormat{asJSON, asCSV} {
			whole, cut := readFile(t, format, data, len(data)), readFile(t, format, data, size)
			if diff := cmp.Diff(whole, cut); diff != "" {
				t.Fatalf("%v, whole and (-) in pieces of %d (+):\n%s", format, size, diff)
			}
		}
	})
}

// readFile reads a file in pieces, as a client sends it, and tells what it found.
func readFile(t *testing.T, format catalogv1.FileFormat, data []byte, size int) (found []string) {
	req := &catalogv1.ImportProductsRequest{Format: format, FirstLine: 1}
	for !req.Last {
		req.Data = data[:min(size, len(data))]
		req.Last = len(req.Data) == len(data)
		p, err := readPiece(req)
		if err != nil {
			return append(found, err.Error())
		}
		if p.consumed < 0 || p.consumed > int64(len(req.Data)) || p.next < req.FirstLine {
			t.Fatalf("consumed %d of %d, next line %d after %d", p.consumed, len(req.Data), p.next, req.FirstLine)
		}
		if p.consumed == 0 {
			size *= 2
		}
		for _, l := range p.lines {
			found = append(found, fmt.Sprint(l.number, " ", l.product.Code, " ", len(l.product.Variants), " ", l.err))
		}
		data, req.FirstLine, req.Columns = data[p.consumed:], p.next, p.columns
	}
	return found
}

// Case G9: no address that anybody writes anywhere is fetched by us.
func TestCaseG9NoAddressIsFetched(t *testing.T) {
	s := open(t)
	fetched := make(chan string, 100)
	address := testenv.Listen(t, http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { fetched <- r.URL.Path })) + "/x"
	p := s.sell("r1", func(p *catalogv1.Product) {
		p.Title.En, p.Description.Ja, p.Attributes = address, `<img src="`+address+`">`, map[string]string{"image": address, "webhook": address}
		p.Variants[0].MerchantCode = address[:min(64, len(address))]
	})
	s.importFile(minori, asJSON, strings.ReplaceAll(jsonProduct("K", 1), "Thing", address), 1<<16)
	if _, _, err := s.page(s.base, p.GetProductId()); err != nil {
		t.Fatal(err)
	}
	s.verified()
	select {
	case path := <-fetched:
		t.Errorf("%s was fetched", path)
	default:
	}
}

// What a request may not say, a file may not either.
func TestImportRefusesTexts(t *testing.T) {
	s := open(t)
	good := jsonProduct("K", 1)
	for name, test := range map[string]struct {
		line, field string
		want        fault.Reason
	}{
		"a card number":      {strings.Replace(good, "Thing", "4111 1111 1111 1111", 1), "title.en", fault.CardNumberRefused},
		"marks alone":        {strings.Replace(good, "商品 K", `\u202e`, 1), "title.ja", fault.FieldInvalid},
		"a name of marks":    {strings.Replace(good, `"色":"青"`, `"\u202e":"青"`, 1), "variants[0].options", fault.FieldInvalid},
		"names that look so": {strings.Replace(good, `"state"`, `"attributes":{"が":"1","か\u3099":"2"},"state"`, 1), "attributes", fault.FieldInvalid},
		"a reserved name":    {strings.Replace(good, `"state"`, `"attributes":{"__x__":"1"},"state"`, 1), "product.attributes", fault.FieldInvalid},
		"a reserved option":  {strings.ReplaceAll(good, "色", `\u202e__色__`), "product.variants[0].options", fault.FieldInvalid},
	} {
		t.Run(name, func(t *testing.T) {
			res, err := s.admin(minori).ImportProducts(s.ctx, &catalogv1.ImportProductsRequest{
				Format: asJSON, Data: []byte(test.line + jsonProduct("good", 7)), FirstLine: 1, Last: true, Reason: "test",
			})
			if err != nil || len(res.GetErrors()) != 1 || res.GetCreated()+res.GetUnchanged() != 1 {
				t.Fatalf("got %v, %v; want one error, and the good one", res, err)
			}
			if e := res.GetErrors()[0]; e.GetLine() != 1 || e.GetField() != test.field || e.GetReason() != string(test.want) {
				t.Errorf("got %v, want %s of %q", e, test.want, test.field)
			}
		})
	}
	got := s.importFile(minori, asCSV, header+"K,4111111111111111,rice,live,s,,1,8\n", 1<<16)
	if diff := cmp.Diff([]string{"2 title.ja"}, got.Errors); diff != "" {
		t.Errorf("a card number in CSV (-want +got):\n%s", diff)
	}
	if n := s.count("products"); n != 1 {
		t.Errorf("%d products are stored, want the good one", n)
	}
}
