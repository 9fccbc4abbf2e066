package main

import (
	"context"
	"fmt"
	"time"

	"connectrpc.com/connect"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/issho-shop/issho/internal/fault"
	searchv1 "github.com/issho-shop/issho/internal/gen/issho/search/v1"
	"github.com/issho-shop/issho/services/search/internal/index"
)

// defaultPage is how many products a page has when the caller does not say.
const defaultPage = 20

// Search finds live products. Its answers are everybody's, hence its page tokens too: they are bound to the search alone.
func (s *searchServer) Search(ctx context.Context, req *searchv1.SearchRequest) (*searchv1.SearchResponse, error) {
	q, scope, err := s.query(req)
	if err != nil {
		return nil, err
	}
	found, err := s.index.Search(ctx, q)
	if err != nil {
		return nil, err
	}
	res := &searchv1.SearchResponse{
		Total: found.Total, Facets: fromFacets(found.Facets), Corrected: found.Near,
		ReadTime: timestamppb.New(time.UnixMicro(s.reader.through.Load())),
	}
	now, asked := s.clock.Now(), index.Ask(req.GetQuery())
	for _, d := range found.Docs {
		res.Hits = append(res.Hits, fromDocument(d, now, asked))
	}
	if end := q.From + q.Size; int64(end) < found.Total && end < index.Deepest {
		res.NextPageToken = s.pages.Seal(fmt.Sprintf("%d %d %t", end, found.Way, found.Near), scope...)
	}
	cacheable(ctx, "public, max-age=1")
	return res, nil
}

// query reads a request, and where its page begins.
func (s *searchServer) query(req *searchv1.SearchRequest) (index.Query, []string, error) {
	q := index.Query{Text: req.GetQuery(), Sort: sorts[req.GetSort()], Size: int(req.GetPageSize()), Way: -1}
	if q.Size == 0 {
		q.Size = defaultPage
	}
	f := req.GetFilter()
	if f.GetMaxPrice() > 0 && f.GetMaxPrice() < f.GetMinPrice() {
		return q, nil, fault.Field("filter.max_price", "must not be below min_price")
	}
	t := s.tree.Load()
	if t == nil {
		return q, nil, fault.New(fault.DependencyUnavailable, "dependency", "catalog").Because(errNotCaughtUp)
	}
	q.Categories = t.words
	q.Filter = index.Filter{
		Categories: t.below(f.GetCategoryIds()), Merchants: f.GetMerchantIds(),
		MinPrice: f.GetMinPrice(), MaxPrice: f.GetMaxPrice(), InStock: f.GetInStock(), Open: f.GetGroupOpen(),
	}
	scope, err := scopeOf(req)
	if err != nil {
		return q, nil, err
	}
	cursor, err := s.pages.Open(req.GetPageToken(), scope...)
	if err != nil || cursor == "" {
		return q, scope, err
	}
	if _, err := fmt.Sscanf(cursor, "%d %d %t", &q.From, &q.Way, &q.Near); err != nil { // sealed by another version of this program
		return q, scope, fault.New(fault.PageTokenInvalid).Because(err)
	}
	return q, scope, nil
}

// scopeOf is what a page token is good for: just this search.
func scopeOf(req *searchv1.SearchRequest) ([]string, error) {
	bare := proto.CloneOf(req)
	bare.PageToken, bare.PageSize = "", 0
	text, err := proto.MarshalOptions{Deterministic: true}.Marshal(bare)
	return []string{"Search", string(text)}, err
}

var sorts = map[searchv1.Sort]index.Sort{
	searchv1.Sort_SORT_UNSPECIFIED: index.ByRelevance, searchv1.Sort_SORT_PRICE_ASCENDING: index.ByPrice,
	searchv1.Sort_SORT_PRICE_DESCENDING: index.ByPriceDown, searchv1.Sort_SORT_NEWEST: index.ByNewest, searchv1.Sort_SORT_POPULAR: index.ByHeat,
}

// cacheable tells those between us and the app how long an answer may be kept.
func cacheable(ctx context.Context, how string) {
	if call, ok := connect.CallInfoForHandlerContext(ctx); ok {
		call.ResponseHeader().Set("Cache-Control", how)
	}
}
