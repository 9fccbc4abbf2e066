package e2e

import (
	"context"
	"fmt"
	"testing"
	"time"

	catalogv1 "github.com/issho-shop/issho/internal/gen/issho/catalog/v1"
	searchv1 "github.com/issho-shop/issho/internal/gen/issho/search/v1"

	"github.com/issho-shop/issho/e2e/shop"
)

// A product that a merchant puts on sale is found two seconds later, through the gateway.
func TestSearchFindsWhatIsNew(t *testing.T) {
	anyone := open.Client(shop.JSON, "")
	sale := sale()
	sale.Title = fmt.Sprintf("夢見鳥りんご %d号", time.Now().UnixNano())
	began := time.Now()
	g := must(open.Sell(t.Context(), sale))(t)
	eventually(t, func(ctx context.Context) error {
		res, err := anyone.Search.Search(ctx, &searchv1.SearchRequest{Query: sale.Title})
		if err == nil && (len(res.GetHits()) == 0 || res.GetHits()[0].GetProductId() != g.Product.GetProductId() || !res.GetHits()[0].GetGroupOpen()) {
			err = fmt.Errorf("%q is not found first, with its group: %v", sale.Title, res.GetHits())
		}
		return err
	})
	t.Logf("on sale and found after %v", time.Since(began).Round(time.Millisecond))
}

// While search is down, customers browse and buy; it comes back with what changed meanwhile.
func TestSearchDown(t *testing.T) {
	back := stop(t, "search")
	anyone := open.Client(shop.JSON, "")
	if _, err := anyone.Search.Search(t.Context(), &searchv1.SearchRequest{Query: "りんご"}); err == nil {
		t.Error("search answers though it is down")
	}
	p := starts(t, shop.JSON)
	p.joins(t)
	p.bought(t)
	must(anyone.Catalog.ListProducts(t.Context(), &catalogv1.ListProductsRequest{PageSize: 1}))(t)
	must(anyone.Catalog.GetProduct(t.Context(), &catalogv1.GetProductRequest{ProductId: p.goods.Product.GetProductId()}))(t)
	back()
	eventually(t, func(ctx context.Context) error {
		res, err := anyone.Search.Search(ctx, &searchv1.SearchRequest{Query: "青森りんご 5kg", Sort: searchv1.Sort_SORT_NEWEST})
		if err == nil && len(res.GetHits()) == 0 {
			err = fmt.Errorf("what was sold meanwhile is not found")
		}
		return err
	})
}
