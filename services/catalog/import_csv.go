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

	"github.com/issho-shop/issho/internal/fault"
	catalogv1 "github.com/issho-shop/issho/internal/gen/issho/catalog/v1"
	typev1 "github.com/issho-shop/issho/internal/gen/issho/type/v1"
	"github.com/issho-shop/issho/services/catalog/internal/product"
)

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
		names, ok := readRecord(r, data, req.GetLast())
		if !ok {
			return p, nil
		}
		p.columns, p.consumed = strings.Join(names.fields, ","), names.end
		p.next += int64(bytes.Count(data[:names.end], []byte("\n")))
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
	p.rows(r, data, at, req.GetFirstLine(), req.GetLast())
	return p, nil
}

// rows reads the products. A row that does not say whose it is may be the last of the product before it or the first of the
// one after, so that neither is whole: it begins one that has no code yet, and spoils both.
func (p *piece) rows(r *csv.Reader, data []byte, at map[string]int, first int64, last bool) {
	var of *csvProduct
	begins, next := p.consumed, p.next
	done := func() {
		if of != nil {
			p.lines = append(p.lines, of.line())
		}
		p.consumed, p.next = begins, next
	}
	var written int64 // where the last row ends that is not blank
	take := func(row csvRow) {
		code, wrong := row.get("code"), row.wrong()
		if of != nil && code == "" {
			of.spoil(wrong)
		}
		switch {
		case of != nil && code != "" && of.code == "":
			of.code = code
		case of == nil || code == "" || of.code != code:
			done()
			of = &csvProduct{code: code, number: row.number}
		}
		of.add(row, wrong)
	}
	for {
		read, ok := readRecord(r, data, last)
		if !ok {
			break
		}
		row := csvRow{read.fields, read.broken, at, first + read.line - 1}
		if !row.blank() {
			take(row)
			written = read.end
		}
		next += int64(bytes.Count(data[begins:read.end], []byte("\n")))
		if begins = read.end; of == nil {
			p.consumed, p.next = begins, next
		}
	}
	if last || begins-written > longBlank {
		done()
	}
}

// longBlank is after how many bytes of empty rows, as spreadsheets write them below a table, a product has no more rows.
const longBlank = 64 << 10

// csvRecord is what the reader made of a record.
type csvRecord struct {
	fields []string // those before what is no CSV
	line   int64    // of the data, the first being 1
	end    int64
	broken bool
}

// readRecord reads the next record. ok is false at the end, and where it may go on in the next piece, as a quote without
// its end does.
func readRecord(r *csv.Reader, data []byte, last bool) (read csvRecord, ok bool) {
	fields, err := r.Read()
	read = csvRecord{fields: fields, end: r.InputOffset(), broken: err != nil}
	ended := read.end > 0 && data[read.end-1] == '\n' && (err == nil || read.end < int64(len(data)))
	if errors.Is(err, io.EOF) || !ended && !last {
		return read, false
	}
	if parse := (*csv.ParseError)(nil); errors.As(err, &parse) {
		read.line = int64(parse.StartLine)
		return read, true
	}
	line, _ := r.FieldPos(0)
	read.line = int64(line)
	return read, true
}

// csvRow is one record with the names of its columns.
type csvRow struct {
	fields []string
	broken bool
	at     map[string]int
	number int64
}

func (r csvRow) get(column string) string {
	if i, ok := r.at[column]; ok && i < len(r.fields) {
		return strings.TrimSpace(r.fields[i])
	}
	return ""
}

// blank tells a row of empty fields, as spreadsheets write them below the last one. It is none.
func (r csvRow) blank() bool {
	return !r.broken && !slices.ContainsFunc(r.fields, func(field string) bool { return strings.TrimSpace(field) != "" })
}

// wrong is why a row cannot be read.
func (r csvRow) wrong() error {
	switch {
	case r.broken:
		return fault.Field("", fmt.Sprintf("line %d is no CSV: a quote stands where none may", r.number))
	case r.get("code") == "":
		return fault.Field("code", fmt.Sprintf("line %d does not say of which product it is", r.number))
	}
	return nil
}

// csvProduct gathers the rows of one product.
type csvProduct struct {
	code   string
	number int64
	m      *catalogv1.Product
	err    error // the first that is wrong with it
}

func (c *csvProduct) spoil(err error) {
	if c.err == nil {
		c.err = err
	}
}

func (c *csvProduct) add(r csvRow, wrong error) {
	if wrong != nil {
		c.spoil(wrong)
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
	l := line{number: c.number, keepsWindows: true, product: product.Product{Code: c.code}, err: c.err}
	if c.err != nil {
		return l
	}
	return checkedLine(l, c.m)
}

func (c *csvProduct) number64(r csvRow, column string) int64 {
	n, err := strconv.ParseInt(r.get(column), 10, 32)
	if err != nil {
		c.spoil(fault.Field(column, fmt.Sprintf("line %d: %q is no whole number", r.number, r.get(column))))
	}
	return n
}

func (c *csvProduct) pairs(r csvRow, column string) map[string]string {
	out := map[string]string{}
	for _, pair := range list(r.get(column)) {
		key, value, ok := strings.Cut(pair, "=")
		if !ok {
			c.spoil(fault.Field(column, fmt.Sprintf("line %d: %q is not written key=value", r.number, pair)))
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
