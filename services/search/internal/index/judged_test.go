package index

import (
	"cmp"
	"context"
	"fmt"
	"hash/fnv"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

// goods are the products of testdata/goods.txt, each with the kind by which it is judged.
type goods struct {
	docs  []Document
	kinds map[string]string // product id: "kind#n"
}

func readGoods(t testing.TB) goods {
	t.Helper()
	g := goods{kinds: map[string]string{}}
	for _, line := range testLines(t, "goods.txt") {
		f := strings.Split(line, " | ")
		ja, en := alternatives(f[3]), alternatives(f[4])
		price, err := strconv.ParseInt(f[2], 10, 64)
		if err != nil || len(f) != 7 || len(ja) != len(en) {
			t.Fatalf("goods.txt: %q: %v", line, err)
		}
		for i := range ja {
			id := fmt.Sprintf("prd_%s%d", f[0], i+1)
			g.kinds[id] = fmt.Sprintf("%s#%d", f[0], i+1)
			g.docs = append(g.docs, good(id, f[1], price+int64(i)*310, ja[i], en[i], f[5], f[6]))
		}
	}
	return g
}

// good is a product with what else a shop knows of it, by chance of its name: every third has an offer, every fourteenth is
// sold out.
func good(id, category string, price int64, ja, en, bodyJA, bodyEN string) Document {
	h := fnv.New32a()
	h.Write([]byte(id))
	chance := int64(h.Sum32())
	d := Document{
		ID: id, MerchantID: fmt.Sprintf("m_%d", chance%7), JA: ja, EN: en, BodyJA: bodyJA, BodyEN: bodyEN,
		CategoryIDs: []string{category}, Solo: []Solo{{Price: price}}, InStock: chance%14 != 0, Updated: chance, Version: 1, Read: 1,
	}
	if chance%3 == 0 {
		d.Offers = []Offer{{CampaignID: "cmp_" + id, Begin: 0, End: math.MaxInt32, Price: price * 8 / 10, OpenGroups: chance % 5, Members: chance % 40}}
	}
	return d
}

func alternatives(s string) []string { return strings.Split(strings.Trim(s, "{}"), "|") }

func testLines(t testing.TB, name string) []string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("../../testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for line := range strings.Lines(string(text)) {
		if line = strings.TrimSpace(line); line != "" && !strings.HasPrefix(line, "#") {
			out = append(out, line)
		}
	}
	return out
}

// judgement is what a shopper wants who types a query.
type judgement struct {
	query  string
	grades map[string]float64 // by product id
}

func readJudgements(t testing.TB, g goods) []judgement {
	t.Helper()
	var out []judgement
	for _, line := range testLines(t, "judged.txt") {
		f := strings.Split(line, " | ")
		named := map[string]float64{}
		for _, part := range f[1:] {
			words := strings.Fields(part)
			grade, err := strconv.ParseFloat(words[0], 64)
			if err != nil {
				t.Fatalf("judged.txt: %q: %v", line, err)
			}
			for _, kind := range words[1:] {
				named[kind] = grade
			}
		}
		j := judgement{f[0], map[string]float64{}}
		for id, kind := range g.kinds {
			whole, _, _ := strings.Cut(kind, "#")
			if grade, ok := named[kind]; ok {
				j.grades[id] = grade
			} else if grade, ok := named[whole]; ok {
				j.grades[id] = grade
			}
		}
		out = append(out, j)
	}
	return out
}

// ndcg is how good the first ten are: 1 when no other ten in another order would be better.
func (j judgement) ndcg(docs []Document) float64 {
	var got, best float64
	for i, d := range docs[:min(10, len(docs))] {
		got += gain(j.grades[d.ID], i)
	}
	var ideal []float64
	for _, grade := range j.grades {
		ideal = append(ideal, grade)
	}
	slices.SortFunc(ideal, func(a, b float64) int { return cmp.Compare(b, a) })
	for i, grade := range ideal[:min(10, len(ideal))] {
		best += gain(grade, i)
	}
	return got / best
}

func gain(grade float64, place int) float64 {
	return (math.Pow(2, grade) - 1) / math.Log2(float64(place)+2)
}

// stocked answers an index of documents.
func stocked(t testing.TB, docs []Document) *Index {
	t.Helper()
	x, err := Create(filepath.Join(t.TempDir(), "index"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { x.Close() })
	for some := range slices.Chunk(docs, 500) {
		if err := x.Apply(some, nil, Place{"somewhere", true}, time.Now()); err != nil {
			t.Fatal(err)
		}
	}
	return x
}

// TestJudged holds the order of what is found to the judgement of shoppers.
func TestJudged(t *testing.T) {
	g := readGoods(t)
	all := readJudgements(t, g)
	x := stocked(t, g.docs)
	if len(g.docs) < 300 || len(all) < 60 {
		t.Fatalf("%d products, %d queries: want 300 and 60 or more", len(g.docs), len(all))
	}
	var sum float64
	for _, j := range all {
		if len(j.grades) < 10 {
			t.Errorf("%q: %d products are graded, want 10 or more", j.query, len(j.grades))
		}
		found, err := x.Search(context.Background(), Query{Text: j.query, Size: 10, Way: -1})
		if err != nil {
			t.Fatal(err)
		}
		n := j.ndcg(found.Docs)
		sum += n
		t.Logf("%.3f %q (%d, way %d)", n, j.query, found.Total, found.Way)
		if n < 0.85 {
			for _, d := range found.Docs {
				t.Logf("        %v %s", j.grades[d.ID], d.JA)
			}
		}
	}
	if mean := sum / float64(len(all)); mean < 0.85 {
		t.Errorf("nDCG@10 is %.3f over %d queries, want 0.85", mean, len(all))
	} else {
		t.Logf("nDCG@10 is %.3f over %d queries", mean, len(all))
	}
}
