package main

import (
	"bytes"
	"context"
	"encoding/csv"
	"maps"
	"slices"
	"strconv"
	"strings"

	"google.golang.org/protobuf/encoding/protojson"

	"github.com/issho-shop/issho/internal/caller"
	catalogv1 "github.com/issho-shop/issho/internal/gen/issho/catalog/v1"
	"github.com/issho-shop/issho/internal/page"
	"github.com/issho-shop/issho/services/catalog/internal/product"
)

// mostExported is how many products a page holds.
const mostExported = 500

// exported is how far an export has come.
type exported struct {
	After       string
	Done, Total int64
}

// ExportProducts answers a page of a merchant's products as lines, by id: one that changes meanwhile is there once.
func (s *catalogServer) ExportProducts(ctx context.Context, req *catalogv1.ExportProductsRequest) (*catalogv1.ExportProductsResponse, error) {
	merchantID, err := ownMerchant(ctx, req.GetMerchantId())
	if err != nil {
		return nil, err
	}
	scope := []string{caller.From(ctx).UserID, caller.From(ctx).Method, merchantID, req.GetFormat().String()}
	at, err := s.exportedSoFar(ctx, req.GetPageToken(), merchantID, scope)
	if err != nil {
		return nil, err
	}
	size := int(req.GetPageSize())
	if size == 0 {
		size = mostExported
	}
	found, err := product.OwnAfter(ctx, s.db, merchantID, at.After, size)
	if err != nil {
		return nil, err
	}
	res := &catalogv1.ExportProductsResponse{Exported: at.Done + int64(len(found)), Total: at.Total}
	if res.Data, err = s.exportLines(req.GetFormat(), found, at.After == ""); err != nil || len(found) < size {
		return res, err
	}
	res.NextPageToken = page.SealJSON(s.pages, exported{found[size-1].ID, res.Exported, at.Total}, scope...)
	return res, nil
}

func (s *catalogServer) exportedSoFar(ctx context.Context, token, merchantID string, scope []string) (at exported, err error) {
	if token == "" {
		at.Total, err = product.OwnCount(ctx, s.db, merchantID)
		return at, err
	}
	return page.OpenJSON[exported](s.pages, token, scope...)
}

func (s *catalogServer) exportLines(format catalogv1.FileFormat, found []product.Product, first bool) ([]byte, error) {
	var out bytes.Buffer
	if format == catalogv1.FileFormat_FILE_FORMAT_CSV {
		w := csv.NewWriter(&out)
		if first {
			w.Write(csvColumns) // a buffer takes everything
		}
		for _, p := range found {
			w.WriteAll(csvRows(importable(s.fromProduct(p))))
		}
		w.Flush()
		return out.Bytes(), w.Error()
	}
	for _, p := range found {
		text, err := protojson.Marshal(importable(s.fromProduct(p)))
		if err != nil {
			return nil, err
		}
		out.Write(append(text, '\n'))
	}
	return out.Bytes(), nil
}

// importable leaves of a product what an import takes. One that no import brought goes by its id, its variants by their
// SKUs, from the next import on.
func importable(m *catalogv1.Product) *catalogv1.Product {
	if m.GetMerchantCode() == "" {
		m.MerchantCode = m.GetProductId()
	}
	m.ProductId, m.MerchantId, m.Etag, m.Version, m.UpdateTime = "", "", "", 0, nil
	for _, v := range m.GetVariants() {
		if v.GetMerchantCode() == "" {
			v.MerchantCode = v.GetSku()
		}
		v.Sku, v.CurrentPrice = "", nil
		v.PriceWindows = slices.DeleteFunc(v.GetPriceWindows(), func(w *catalogv1.PriceWindow) bool { return w.GetDealId() != "" })
	}
	return m
}

func csvRows(m *catalogv1.Product) [][]string {
	var rows [][]string
	for _, v := range m.GetVariants() {
		rows = append(rows, []string{
			m.GetMerchantCode(), m.GetTitle().GetJa(), m.GetTitle().GetEn(), m.GetDescription().GetJa(), m.GetDescription().GetEn(),
			strings.Join(m.GetCategoryIds(), "|"), strings.TrimPrefix(m.GetState().String(), "STATE_"), paired(m.GetAttributes()),
			v.GetMerchantCode(), paired(v.GetOptions()), strconv.FormatInt(v.GetPrice().GetAmount(), 10), strconv.Itoa(int(v.GetTaxPercent())),
		})
	}
	return rows
}

func paired(all map[string]string) string {
	var parts []string
	for _, key := range slices.Sorted(maps.Keys(all)) {
		parts = append(parts, key+"="+all[key])
	}
	return strings.Join(parts, "|")
}
