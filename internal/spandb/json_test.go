package spandb_test

import (
	"encoding/json"
	"testing"

	"cloud.google.com/go/spanner"
	"github.com/google/go-cmp/cmp"

	"github.com/issho-shop/issho/internal/spandb"
	"github.com/issho-shop/issho/internal/testenv"
)

type tier struct {
	Size  int
	Price int64
}

type offer struct {
	ID    string `spanner:"Id"`
	Tiers spandb.JSON[[]tier]
}

func TestJSONColumns(t *testing.T) {
	t.Parallel()
	db := testenv.Spanner(t, "CREATE TABLE Offers (Id STRING(9) NOT NULL, Tiers JSON) PRIMARY KEY (Id);")
	want := []offer{
		{ID: "a", Tiers: spandb.JSON[[]tier]{V: []tier{{2, 900}, {5, 1 << 60}}}},
		{ID: "b"},
	}
	var ms []*spanner.Mutation
	for _, o := range want {
		m, err := spanner.InsertStruct("Offers", o)
		if err != nil {
			t.Fatal(err)
		}
		ms = append(ms, m)
	}
	if err := db.Apply(t.Context(), "put", ms); err != nil {
		t.Fatal(err)
	}
	got, err := spandb.Rows[offer](t.Context(), db.Single(), "Offers", spanner.AllKeys())
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Errorf("rows: %v (-want +got):\n%s", err, diff)
	}
	nulls, err := spandb.All[offer](t.Context(), db.Single(), "test", spanner.NewStatement("SELECT Id FROM Offers WHERE Tiers IS NULL"))
	if err != nil || len(nulls) != 1 || nulls[0].ID != "b" {
		t.Errorf("NULL in %v (%v), want b alone", nulls, err)
	}
	text, err := json.Marshal(want[0].Tiers)
	if err != nil || string(text) != `[{"Size":2,"Price":900},{"Size":5,"Price":1152921504606846976}]` {
		t.Errorf("as JSON: %s, %v", text, err)
	}
}
