package main

import (
	"fmt"

	"buf.build/go/protovalidate"

	"github.com/issho-shop/issho/internal/fault"
	catalogv1 "github.com/issho-shop/issho/internal/gen/issho/catalog/v1"
	"github.com/issho-shop/issho/internal/server"
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
	if err := server.CheckTexts(m); err != nil {
		l.err = err
	}
	return l
}
