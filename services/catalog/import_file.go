package main

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"buf.build/go/protovalidate"
	"google.golang.org/protobuf/encoding/protojson"

	"github.com/issho-shop/issho/internal/fault"
	catalogv1 "github.com/issho-shop/issho/internal/gen/issho/catalog/v1"
	typev1 "github.com/issho-shop/issho/internal/gen/issho/type/v1"
	"github.com/issho-shop/issho/services/catalog/internal/product"
)

// line is one product of a file, or why there is none.
type line struct {
	number       int64
	product      product.Product
	keepsWindows bool // its file says nothing of prices to come
	err          error
}

// piece is what of a part of a file is complete.
type piece struct {
	lines    []line
	consumed int64
	next     int64 // number of the line after
	columns  string
}

func (l line) fromError(refused *fault.Error) *catalogv1.LineError {
	e := &catalogv1.LineError{Line: l.number, MerchantCode: l.product.Code, Reason: string(refused.Reason()), Message: refused.Error()}
	if fields := refused.Fields(); len(fields) > 0 {
		e.Field, e.Message = fields[0].GetField(), fields[0].GetDescription()
	}
	return e
}

func readPiece(req *catalogv1.ImportProductsRequest) (piece, error) {
	p, err := readJSONLines(req), error(nil)
	if req.GetFormat() == catalogv1.FileFormat_FILE_FORMAT_CSV {
		p, err = readCSV(req)
	}
	if err == nil && p.consumed == 0 && len(req.GetData()) >= 200<<10 {
		err = fault.Field("data", fmt.Sprintf("line %d does not end within 200 KiB", req.GetFirstLine()))
	}
	return p, err
}

// readJSONLines reads one product a line.
func readJSONLines(req *catalogv1.ImportProductsRequest) piece {
	rest, p := req.GetData(), piece{next: req.GetFirstLine()}
	for len(rest) > 0 {
		text, after, ended := bytes.Cut(rest, []byte("\n"))
		if !ended && !req.GetLast() {
			break
		}
		if len(bytes.TrimSpace(text)) > 0 {
			p.lines = append(p.lines, jsonLine(p.next, text))
		}
		p.consumed, p.next, rest = p.consumed+int64(len(rest)-len(after)), p.next+1, after
	}
	return p
}

func jsonLine(number int64, text []byte) line {
	l, m := line{number: number}, &catalogv1.Product{}
	if err := protojson.Unmarshal(text, m); err != nil {
		l.err = fault.Field("", "is no product in JSON: "+strings.TrimPrefix(err.Error(), "proto:"))
		return l
	}
	return checkedLine(l, m)
}

// checkedLine makes a line of a message, held to the rules of the contract.
func checkedLine(l line, m *catalogv1.Product) line {
	m.ProductId, m.MerchantId, m.Etag = "", "", ""
	codes := map[string]bool{}
	for i, v := range m.GetVariants() {
		v.Sku = ""
		if v.GetMerchantCode() == "" || codes[v.GetMerchantCode()] {
			l.err = fault.Field(fmt.Sprintf("variants[%d].merchant_code", i), "must be given, and differ from its sisters'")
		}
		codes[v.GetMerchantCode()] = true
	}
	l.product = productOf(m)
	l.product.Code = m.GetMerchantCode()
	if l.product.Code == "" {
		l.err = fault.Field("merchant_code", "must be given: imports go by it")
	}
	if err := protovalidate.Validate(m); err != nil {
		l.err = fault.Of(err)
	}
	return l
}

// csvColumns are the columns of an export, in this order.
var csvColumns = []string{
	"code", "title_ja", "title_en", "description_ja", "description_en", "categories", "state", "attributes",
	"variant_code", "options", "price", "tax_percent",
}

// readCSV reads one variant a line; those of one product stand together. The last product of a piece may go on in the next
// one, so it is complete only where the file ends.
func readCSV(req *catalogv1.ImportProductsRequest) (piece, error) {
	p := piece{next: req.GetFirstLine(), columns: req.GetColumns()}
	data, at := req.GetData(), map[string]int{}
	r := csv.NewReader(bytes.NewReader(data))
	r.FieldsPerRecord = -1
	if p.columns == "" {
		names, end, ok := record(r, data, req.GetLast())
		if !ok {
			return p, nil
		}
		p.columns, p.consumed = strings.Join(names, ","), end
		p.next += int64(bytes.Count(data[:end], []byte("\n")))
	}
	for i, name := range strings.Split(strings.TrimPrefix(p.columns, "\ufeff"), ",") {
		if name = strings.TrimSpace(name); !slices.Contains(csvColumns, name) {
			return p, fault.Field("columns", fmt.Sprintf("there is no column %q; there are %s", name, strings.Join(csvColumns, ",")))
		}
		at[name] = i
	}
	for _, name := range []string{"code", "title_ja", "categories", "variant_code", "price", "tax_percent"} {
		if _, ok := at[name]; !ok {
			return p, fault.Field("columns", "there must be a column "+name)
		}
	}
	p.rows(r, data, at, req.GetLast())
	return p, nil
}

// rows reads the products.
func (p *piece) rows(r *csv.Reader, data []byte, at map[string]int, last bool) {
	var of *csvProduct
	done := func(upTo, next int64) {
		if of != nil {
			p.lines = append(p.lines, of.line())
		}
		p.consumed, p.next = upTo, next
	}
	begins, number := p.consumed, p.next
	for {
		fields, end, ok := record(r, data, last)
		if !ok {
			break
		}
		row := csvRow{fields, at, number}
		if of == nil || of.code != row.get("code") || fields == nil {
			done(begins, number)
			of = &csvProduct{code: row.get("code"), number: number}
		}
		of.add(row)
		number += int64(bytes.Count(data[begins:end], []byte("\n")))
		begins = end
	}
	if last {
		done(begins, number)
	}
}

// record reads the next record and where it ends; fields are nil where it is none. ok is false at the end, and where the
// record may go on in the next piece.
func record(r *csv.Reader, data []byte, last bool) (fields []string, end int64, ok bool) {
	fields, err := r.Read()
	end = r.InputOffset()
	complete := end > 0 && end <= int64(len(data)) && data[end-1] == '\n'
	if errors.Is(err, io.EOF) || !complete && !last {
		return nil, end, false
	}
	if err != nil {
		return nil, end, true
	}
	return fields, end, true
}

// csvRow is one record with the names of its columns.
type csvRow struct {
	fields []string
	at     map[string]int
	number int64
}

func (r csvRow) get(column string) string {
	if i, ok := r.at[column]; ok && i < len(r.fields) {
		return strings.TrimSpace(r.fields[i])
	}
	return ""
}

// csvProduct gathers the rows of one product.
type csvProduct struct {
	code   string
	number int64
	m      *catalogv1.Product
	err    error
}

func (c *csvProduct) add(r csvRow) {
	if r.fields == nil {
		c.err = fault.Field("", fmt.Sprintf("line %d is no CSV: a quote stands where none may", r.number))
		return
	}
	if c.m == nil {
		c.m = &catalogv1.Product{
			MerchantCode: c.code, Title: &typev1.LocalisedText{Ja: r.get("title_ja"), En: r.get("title_en")},
			State: catalogv1.State(catalogv1.State_value["STATE_"+strings.ToUpper(r.get("state"))]), CategoryIds: list(r.get("categories")),
			Attributes: c.pairs(r, "attributes"),
		}
		if ja := r.get("description_ja"); ja != "" {
			c.m.Description = &typev1.LocalisedText{Ja: ja, En: r.get("description_en")}
		}
	}
	c.m.Variants = append(c.m.Variants, &catalogv1.Variant{
		MerchantCode: r.get("variant_code"), Options: c.pairs(r, "options"),
		Price: &typev1.Money{Amount: c.number64(r, "price"), Currency: "JPY"}, TaxPercent: int32(c.number64(r, "tax_percent")),
	})
}

func (c *csvProduct) line() line {
	l := line{number: c.number, keepsWindows: true, product: product.Product{Code: c.code}}
	if c.err != nil || c.m == nil {
		l.err = c.err
		return l
	}
	return checkedLine(l, c.m)
}

func (c *csvProduct) number64(r csvRow, column string) int64 {
	n, err := strconv.ParseInt(r.get(column), 10, 32)
	if err != nil {
		c.err = fault.Field(column, fmt.Sprintf("line %d: %q is no whole number", r.number, r.get(column)))
	}
	return n
}

func (c *csvProduct) pairs(r csvRow, column string) map[string]string {
	out := map[string]string{}
	for _, pair := range list(r.get(column)) {
		key, value, ok := strings.Cut(pair, "=")
		if !ok {
			c.err = fault.Field(column, fmt.Sprintf("line %d: %q is not written key=value", r.number, pair))
		}
		out[strings.TrimSpace(key)] = strings.TrimSpace(value)
	}
	return out
}

func list(text string) []string {
	var out []string
	for part := range strings.SplitSeq(text, "|") {
		if part = strings.TrimSpace(part); part != "" {
			out = append(out, part)
		}
	}
	return out
}
