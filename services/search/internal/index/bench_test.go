package index

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

// many are n products made of the judged goods: brands, places and sizes before and after their titles, so that words are as
// rare and as frequent as in a shop of that size.
func many(t testing.TB, n int) []Document {
	t.Helper()
	base := readGoods(t).docs
	places := strings.Fields("北海道 青森 岩手 宮城 秋田 山形 福島 茨城 栃木 群馬 埼玉 千葉 東京 神奈川 新潟 富山 石川 福井 山梨 長野 岐阜 静岡 愛知 三重 滋賀 京都 大阪 兵庫 奈良 和歌山 鳥取 島根 岡山 広島 山口 徳島 香川 愛媛 高知 福岡 佐賀 長崎 熊本 大分 宮崎 鹿児島 沖縄")
	docs := make([]Document, n)
	for i := range docs {
		d, round := base[i%len(base)], i/len(base)
		d.ID = fmt.Sprintf("prd_%026d", i)
		d.JA = fmt.Sprintf("%s %s 第%d号", places[(i*7+round)%len(places)], d.JA, round)
		d.EN = fmt.Sprintf("%s no. %d", d.EN, round)
		d.Solo = []Solo{{Price: d.Solo[0].Price + int64(round*13%5000)}}
		d.MerchantID = "m_" + strconv.Itoa(i%300)
		d.CategoryIDs = append([]string{d.CategoryIDs[0] + "-" + strconv.Itoa(i%10)}, d.CategoryIDs...)
		d.Updated = int64(i)
		docs[i] = d
	}
	return docs
}

// BenchmarkSearch compares a large catalog with a small one, and one typing error with none. CHECK_LONG makes the large one
// 100,000 products, else 10,000. It reports p50 and p95 in ms over twenty queries, with facets, and the ratios.
func BenchmarkSearch(b *testing.B) {
	large := 10_000
	if os.Getenv("CHECK_LONG") != "" {
		large = 100_000
	}
	small := measured(b, "small", 1_000, plain)
	big := stockedWith(b, large)
	report := func(name string, queries []string, against time.Duration, unit string) time.Duration {
		var p95 time.Duration
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				p95 = percentile(b, big, queries)
			}
			if against > 0 {
				b.ReportMetric(float64(p95)/float64(against), unit)
			}
		})
		return p95
	}
	p := report("large", plain, small, "times-the-small")
	report("large-one-error", mistyped, p, "times-without")
	report("large-browse", []string{""}, 0, "")
	b.Run("large-suggest", func(b *testing.B) {
		for b.Loop() {
			if _, err := big.Suggest(context.Background(), "りn", 10); err != nil {
				b.Fatal(err)
			}
		}
	})
	memory(b, big)
}

var (
	plain    = strings.Split("りんご みかん シャインマスカット コシヒカリ 味噌ラーメン いくら 和牛 チーズケーキ コーヒー モバイルバッテリー イヤホン 炊飯器 タオル 掃除機 財布 apple strawberry headphones coffee towels", " ")
	mistyped = strings.Split("シャインマスカト コシヒカル モバイルバテリー ワイヤレスイヤボン トイレットペーバー ドックフード aple strawbery headphons cofee towls ヘッドホム", " ")
)

func measured(b *testing.B, name string, n int, queries []string) (p95 time.Duration) {
	x := stockedWith(b, n)
	b.Run(name, func(b *testing.B) {
		for b.Loop() {
			p95 = percentile(b, x, queries)
		}
	})
	return p95
}

func stockedWith(b *testing.B, n int) *Index {
	began := time.Now()
	x := stocked(b, many(b, n))
	b.Logf("%d products were indexed in %v", n, time.Since(began).Round(time.Millisecond))
	return x
}

// percentile asks every query ten times and answers p95, which it reports with p50.
func percentile(b *testing.B, x *Index, queries []string) time.Duration {
	var took []time.Duration
	for range 10 {
		for _, q := range queries {
			began := time.Now()
			if _, err := x.Search(context.Background(), Query{Text: q, Size: 20, Way: -1}); err != nil {
				b.Fatal(err)
			}
			took = append(took, time.Since(began))
		}
	}
	slices.Sort(took)
	p95 := took[len(took)*95/100]
	b.ReportMetric(float64(took[len(took)/2])/1e6, "p50-ms")
	b.ReportMetric(float64(p95)/1e6, "p95-ms")
	return p95
}

// memory reports what an instance holds: Go's heap, dictionary included, and the files.
func memory(b *testing.B, x *Index) {
	b.Run("memory", func(b *testing.B) {
		for b.Loop() {
			runtime.GC()
		}
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		var files int64
		_ = filepath.Walk(x.dir, func(_ string, info os.FileInfo, err error) error {
			if err == nil {
				files += info.Size()
			}
			return nil
		})
		b.ReportMetric(float64(m.HeapAlloc)/1e6, "heap-MB")
		b.ReportMetric(float64(files)/1e6, "files-MB")
	})
}
