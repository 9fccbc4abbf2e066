package main

import (
	"bytes"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/issho-shop/issho/internal/fault"
	catalogv1 "github.com/issho-shop/issho/internal/gen/issho/catalog/v1"
	"github.com/issho-shop/issho/internal/testenv"
)

const (
	asJSON = catalogv1.FileFormat_FILE_FORMAT_JSON_LINES
	asCSV  = catalogv1.FileFormat_FILE_FORMAT_CSV
)

// imported is what became of a whole file.
type imported struct {
	Created, Replaced, Unchanged int32
	Errors                       []string // "line field"
	Pieces                       int
}

// importFile sends a file in pieces of so many bytes, cut wherever they end.
func (s *shop) importFile(u testenv.User, format catalogv1.FileFormat, file string, size int) imported {
	s.t.Helper()
	var sum imported
	req := &catalogv1.ImportProductsRequest{Format: format, FirstLine: 1, Reason: "import"}
	for !req.Last {
		req.Data = []byte(file)[:min(size, len(file))]
		req.Last = len(req.Data) == len(file)
		res, err := s.admin(u).ImportProducts(s.ctx, req)
		if err != nil {
			s.t.Fatal(err)
		}
		if sum.Pieces++; res.GetConsumedBytes() == 0 && !req.Last {
			size *= 2 // nothing was complete
		}
		file, req.FirstLine, req.Columns = file[res.GetConsumedBytes():], res.GetNextLine(), res.GetColumns()
		sum.Created, sum.Replaced, sum.Unchanged = sum.Created+res.GetCreated(), sum.Replaced+res.GetReplaced(), sum.Unchanged+res.GetUnchanged()
		for _, e := range res.GetErrors() {
			sum.Errors = append(sum.Errors, strings.TrimSpace(fmt.Sprint(e.GetLine(), " ", e.GetField())))
		}
	}
	return sum
}

func jsonProduct(code string, price int) string {
	return fmt.Sprintf(`{"merchantCode":%q,"title":{"ja":"商品 %s","en":"Thing %s"},"categoryIds":["rice"],"state":"STATE_LIVE",`+
		`"variants":[{"merchantCode":"a","options":{"色":"青"},"price":{"amount":"%d","currency":"JPY"},"taxPercent":8},`+
		`{"merchantCode":"b","options":{"色":"赤"},"price":{"amount":"%d","currency":"JPY"},"taxPercent":8}]}`, code, code, code, price, price+10) + "\n"
}

func TestImportJSONLines(t *testing.T) {
	s := open(t)
	var file strings.Builder
	for i := range 20 {
		file.WriteString(jsonProduct(fmt.Sprint("K-", i), 100+i))
	}
	text := file.String()
	got := s.importFile(minori, asJSON, text, 1500)
	if got.Created != 20 || len(got.Errors) != 0 || got.Pieces < 3 {
		t.Fatalf("first import: %+v", got)
	}
	skus := s.skus()
	if again := s.importFile(minori, asJSON, text, 700); again.Unchanged != 20 || again.Created+again.Replaced != 0 {
		t.Errorf("the same file again: %+v", again)
	}
	text = strings.Replace(text, `"amount":"105"`, `"amount":"99"`, 1)
	if again := s.importFile(minori, asJSON, text, 1<<16); again.Unchanged != 19 || again.Replaced != 1 || again.Pieces != 1 {
		t.Errorf("with one price changed: %+v", again)
	}
	if got := s.skus(); !slices.Equal(got, skus) {
		t.Errorf("SKUs changed: %v, were %v", got, skus)
	}
	if other := s.importFile(denki, asJSON, jsonProduct("K-1", 5), 1<<16); other.Created != 1 {
		t.Errorf("another merchant's K-1: %+v", other)
	}
	s.verified()
}

// skus are all that are stored, sorted.
func (s *shop) skus() []string {
	s.t.Helper()
	snaps, err := s.db.Collection("variants").Documents(s.ctx).GetAll()
	if err != nil {
		s.t.Fatal(err)
	}
	var out []string
	for _, snap := range snaps {
		out = append(out, snap.Ref.ID)
	}
	slices.Sort(out)
	return out
}

const sheet = `code,title_ja,title_en,categories,state,attributes,variant_code,options,price,tax_percent
T-1,"Tシャツ, 綿",T-shirt,rice|food,live,素材=綿|産地=日本,s,サイズ=S,1500,10
T-1,,,,,,m,サイズ=M,1600,10
T-2,"改行
入り",,rice,draft,,x,,800,8
T-3,安い,,rice,live,,x,,やすい,8
T-4,行方不明,,gold,live,,x,,800,8
T-5,二重,,rice,live,,x,,800,8
T-5,,,,,,x,,900,8
T-6,良品,,rice,live,,x,,700,8
`

func TestImportCSV(t *testing.T) {
	s := open(t)
	want := imported{Created: 3, Errors: []string{"6 price", "7 product.category_ids", "8 variants[1].merchant_code"}}
	sizes := []int{1 << 16, 150}
	for i := range sheet { // and cut at the end of each line, one of which is within quotes
		if sheet[i] == '\n' && i > 100 {
			sizes = append(sizes, i+1)
		}
	}
	for _, size := range sizes {
		got := s.importFile(minori, asCSV, sheet, size)
		got.Pieces = 0
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("in pieces of %d bytes (-want +got):\n%s", size, diff)
		}
		want.Created, want.Unchanged = 0, 3
	}
	res, err := s.admin(minori).ListOwnProducts(s.ctx, &catalogv1.ListOwnProductsRequest{})
	if err != nil || len(res.GetProducts()) != 3 {
		t.Fatalf("own products: %v, %v; want 3", res, err)
	}
	at := slices.IndexFunc(res.GetProducts(), func(p *catalogv1.Product) bool { return p.GetMerchantCode() == "T-1" })
	p := res.GetProducts()[at]
	if p.GetTitle().GetJa() != "Tシャツ, 綿" || len(p.GetVariants()) != 2 || p.GetAttributes()["産地"] != "日本" || p.GetVariants()[1].GetPrice().GetAmount() != 1600 {
		t.Errorf("T-1 = %v", p)
	}
	s.verified()
}

// What is exported is imported as unchanged: by the one who owns it, in both formats, page by page.
func TestExportIsImport(t *testing.T) {
	s := open(t)
	s.sell("r1")
	s.sell("r2", draft)
	s.importFile(minori, asCSV, sheet, 1<<16)
	for _, format := range []catalogv1.FileFormat{asJSON, asCSV} {
		var file bytes.Buffer
		req := &catalogv1.ExportProductsRequest{Format: format, PageSize: 2}
		for {
			res, err := s.admin(minori).ExportProducts(s.ctx, req)
			if err != nil {
				t.Fatal(err)
			}
			file.Write(res.GetData())
			if req.PageToken = res.GetNextPageToken(); req.PageToken == "" {
				if res.GetExported() != 5 || res.GetTotal() != 5 {
					t.Errorf("exported %d of %d, want 5 of 5", res.GetExported(), res.GetTotal())
				}
				break
			}
		}
		if got := s.importFile(minori, format, file.String(), 1<<17); got.Unchanged != 5 || len(got.Errors) != 0 {
			t.Errorf("%v: %+v, want 5 unchanged:\n%s", format, got, &file)
		}
		if got := s.importFile(denki, format, file.String(), 1<<17); len(got.Errors) != 2 || got.Created != 3 && got.Unchanged != 3 {
			t.Errorf("%v as another merchant: %+v; want two errors, for the products that go by their ids", format, got)
		}
	}
	s.verified()
}

func TestImportRefused(t *testing.T) {
	s := open(t)
	for name, test := range map[string]struct {
		line, field string
	}{
		"no JSON":             {"{", ""},
		"unknown field":       {`{"colour":"red"}`, ""},
		"twice the same key":  {`{"state":"STATE_LIVE","state":"STATE_DRAFT"}`, ""},
		"unknown state":       {`{"state":"STATE_GOLD"}`, ""},
		"no code":             {strings.Replace(jsonProduct("", 1), `"merchantCode":"",`, "", 1), "merchant_code"},
		"free":                {strings.Replace(jsonProduct("K", 1), `"amount":"1"`, `"amount":"0"`, 1), "product.variants[0].price.amount"},
		"price of 2^63":       {strings.Replace(jsonProduct("K", 1), `"amount":"1"`, `"amount":"9223372036854775808"`, 1), ""},
		"same options":        {strings.Replace(jsonProduct("K", 1), "赤", "青", 1), "product.variants[1].options"},
		"lone surrogate":      {strings.Replace(jsonProduct("K", 1), "Thing", `\ud800`, 1), ""},
		"code of another's":   {jsonProduct("prd_aaaaaaaaaaaaaaaaaaaaaaaaaa", 1), "merchant_code"},
		"no bytes of UTF-8":   {strings.Replace(jsonProduct("K", 1), "Thing", "\xff", 1), ""},
		"unknown category":    {strings.Replace(jsonProduct("K", 1), `"rice"`, `"gold"`, 1), "product.category_ids"},
		"category and a path": {strings.Replace(jsonProduct("K", 1), `"rice"`, `"../rice"`, 1), "category_ids[0]"},
	} {
		t.Run(name, func(t *testing.T) {
			res, err := s.admin(minori).ImportProducts(s.ctx, &catalogv1.ImportProductsRequest{
				Format: asJSON, Data: []byte("\n" + strings.TrimSpace(test.line) + "\n" + jsonProduct("good", 7)), FirstLine: 41, Reason: "test",
			})
			if err != nil || len(res.GetErrors()) != 1 || res.GetCreated()+res.GetUnchanged() != 1 {
				t.Fatalf("got %v, %v; want one error, and the good one", res, err)
			}
			if e := res.GetErrors()[0]; e.GetLine() != 42 || e.GetField() != test.field || e.GetMessage() == "" || e.GetReason() != string(fault.FieldInvalid) {
				t.Errorf("got %v, want line 42, field %q", e, test.field)
			}
		})
	}
	if n := s.count("products"); n != 1 {
		t.Errorf("%d products are stored, want the good one", n)
	}
	for name, req := range map[string]*catalogv1.ImportProductsRequest{
		"no format":      {Data: []byte("{}"), FirstLine: 1, Reason: "x"},
		"no reason":      {Format: asJSON, FirstLine: 1},
		"unknown column": {Format: asCSV, Data: []byte("code,colour\n"), FirstLine: 1, Reason: "x"},
		"column missing": {Format: asCSV, Data: []byte("code,title_ja\n"), FirstLine: 1, Reason: "x"},
		"endless line":   {Format: asJSON, Data: bytes.Repeat([]byte("x"), 200<<10), FirstLine: 1, Reason: "x"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := s.admin(minori).ImportProducts(s.ctx, req)
			refused(t, err, fault.FieldInvalid)
		})
	}
	_, err := s.admin(hanako).ImportProducts(s.ctx, &catalogv1.ImportProductsRequest{Format: asJSON, FirstLine: 1, Reason: "x"})
	refused(t, err, fault.CallerNotAllowed)
	_, err = s.admin(operator).ImportProducts(s.ctx, &catalogv1.ImportProductsRequest{Format: asJSON, FirstLine: 1, Reason: "x"})
	refused(t, err, fault.FieldInvalid)
}

func TestImportDryRun(t *testing.T) {
	s := open(t)
	res, err := s.admin(minori).ImportProducts(s.ctx, &catalogv1.ImportProductsRequest{
		Format: asJSON, Data: []byte(jsonProduct("K", 1)), FirstLine: 1, DryRun: true, Reason: "test",
	})
	if err != nil || res.GetCreated() != 1 || s.count("products") != 0 {
		t.Errorf("got %v, %v and %d products; want one that would be created, none stored", res, err, s.count("products"))
	}
}

// A hundred thousand products, only when asked for: it takes minutes.
func TestImportManyProducts(t *testing.T) {
	if os.Getenv("CHECK_LONG") == "" {
		t.Skip("CHECK_LONG is not set")
	}
	s := open(t)
	var file strings.Builder
	const many = 100_000
	for i := range many {
		file.WriteString(jsonProduct(fmt.Sprint("K-", i), 100+i%5000))
	}
	if got := s.importFile(minori, asJSON, file.String(), 200<<10); got.Created != many || len(got.Errors) != 0 {
		t.Errorf("created %d with %d errors, want %d and none", got.Created, len(got.Errors), many)
	}
	if got := s.importFile(minori, asJSON, file.String(), 200<<10); got.Unchanged != many {
		t.Errorf("again: %d unchanged, want %d", got.Unchanged, many)
	}
	req, exported := &catalogv1.ExportProductsRequest{Format: asCSV}, 0
	for {
		res, err := s.admin(minori).ExportProducts(s.ctx, req)
		if err != nil {
			t.Fatal(err)
		}
		exported += bytes.Count(res.GetData(), []byte("\n"))
		if req.PageToken = res.GetNextPageToken(); req.PageToken == "" {
			break
		}
	}
	if exported != 2*many+1 {
		t.Errorf("%d lines exported, want %d", exported, 2*many+1)
	}
}
