package main

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/issho-shop/issho/e2e/shop"
	searchv1 "github.com/issho-shop/issho/internal/gen/issho/search/v1"
	"github.com/issho-shop/issho/internal/id"
)

const shelfCommit = 200 // documents

// The words of titles and of queries: a kind is of one product in 40, a place of one in 47.
var (
	kinds = strings.Fields("りんご みかん ぶどう いちご 玄米 もち米 緑茶 ほうじ茶 味噌 醤油 昆布 海苔 梅干し はちみつ 羊羹 せんべい カステラ プリン ジュース コーヒー " +
		"タオル 毛布 座布団 湯のみ 茶碗 箸置き 土鍋 フライパン 包丁 まな板 せっけん 入浴剤 ろうそく 風鈴 うちわ 扇子 傘 手袋 マフラー 帽子")
	places = strings.Fields("北海道 青森 岩手 宮城 秋田 山形 福島 茨城 栃木 群馬 埼玉 千葉 東京 神奈川 新潟 富山 石川 福井 山梨 長野 岐阜 静岡 愛知 三重 滋賀 京都 " +
		"大阪 兵庫 奈良 和歌山 鳥取 島根 岡山 広島 山口 徳島 香川 愛媛 高知 福岡 佐賀 長崎 熊本 大分 宮崎 鹿児島 沖縄")
)

// title is the ith product's.
func title(i int) string {
	return fmt.Sprintf("%s産 %s 計測%d号", places[i%len(places)], kinds[i%len(kinds)], i)
}

// stock puts n products up, by several merchants.
func stock(ctx context.Context, s *shop.Shop, n int) ([]*shop.Goods, error) {
	goods := make([]*shop.Goods, n)
	putting, within := errgroup.WithContext(ctx)
	putting.SetLimit(8)
	for i := range goods {
		putting.Go(func() (err error) {
			goods[i], err = s.Sell(within, shop.Sale{Title: title(i), Price: int64(300 + i%50*100), Stock: 1000})
			return err
		})
	}
	return goods, putting.Wait()
}

// shelve lays copies of the goods behind them in catalog's database, n of them, past the feed, and answers their ids.
func shelve(ctx context.Context, s *shop.Shop, goods []*shop.Goods, n int) ([]string, error) {
	began := time.Now()
	patterns := make([][]shop.Shelved, len(goods))
	for i, g := range goods {
		var err error
		if patterns[i], err = shelvedOf(ctx, s, g); err != nil {
			return nil, err
		}
	}
	var ids []string
	var docs []shop.Shelved
	for i := range n {
		g := goods[i%len(goods)]
		copied := id.New("prd")
		renamed := strings.NewReplacer(g.Product.GetProductId(), copied, g.SKU, id.New("sku"), g.Product.GetTitle().GetJa(), title(len(goods)+i))
		for _, d := range patterns[i%len(goods)] {
			docs = append(docs, shop.Shelved{Collection: d.Collection, Name: renamed.Replace(d.Name), Fields: rename(renamed, d.Fields).(map[string]any)})
		}
		ids = append(ids, copied)
		if len(docs) >= shelfCommit || i == n-1 {
			if err := s.WriteCatalog(ctx, docs); err != nil {
				return nil, err
			}
			docs = nil
		}
	}
	fmt.Printf("\n%d products laid behind in %s\n", n, time.Since(began).Round(time.Second))
	return ids, nil
}

// shelvedOf are the documents of a product that customers see something of.
func shelvedOf(ctx context.Context, s *shop.Shop, g *shop.Goods) ([]shop.Shelved, error) {
	product, err1 := s.CatalogDocument(ctx, "products", g.Product.GetProductId())
	variant, err2 := s.CatalogDocument(ctx, "variants", g.SKU)
	level, err3 := s.CatalogDocument(ctx, "levels", g.SKU)
	return []shop.Shelved{product, variant, level}, errors.Join(err1, err2, err3)
}

// rename replaces texts wherever they stand in a stored value.
func rename(by *strings.Replacer, stored any) any {
	switch v := stored.(type) {
	case string:
		return by.Replace(v)
	case []any:
		out := make([]any, len(v))
		for i := range v {
			out[i] = rename(by, v[i])
		}
		return out
	case map[string]any:
		out := map[string]any{}
		for name := range v {
			out[name] = rename(by, v[name])
		}
		return out
	}
	return stored
}

// searchReads has search begin without a snapshot, and waits until it knows so many products.
func searchReads(ctx context.Context, s *shop.Shop, n int) error {
	began := time.Now()
	if out, err := exec.CommandContext(ctx, "scripts/dev", "restart", "storage").CombinedOutput(); err != nil { // it keeps the snapshots
		return fmt.Errorf("restarting storage: %w: %s", err, out)
	}
	_ = exec.CommandContext(ctx, "scripts/dev", "restart", "search").Run() // which gives up waiting before search has read all
	anyone := s.Client(shop.Proto, "")
	err := shop.Until(ctx, 15*time.Minute, func(ctx context.Context) error {
		res, err := anyone.Search.Search(ctx, &searchv1.SearchRequest{})
		if err == nil && res.GetTotal() < int64(n) {
			err = fmt.Errorf("search knows %d of %d products", res.GetTotal(), n)
		}
		return err
	})
	fmt.Printf("read by search in %s\n", time.Since(began).Round(time.Second))
	return err
}
