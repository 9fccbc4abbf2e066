package spandb

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestStatements(t *testing.T) {
	for _, tc := range []struct {
		name, schema string
		want         []string
	}{
		{"empty", " \n-- nothing;\n", nil},
		{"two", "CREATE TABLE A (X INT64) PRIMARY KEY (X);\nDROP TABLE A;", []string{"CREATE TABLE A (X INT64) PRIMARY KEY (X)", "DROP TABLE A"}},
		{"no last semicolon", "DROP TABLE A", []string{"DROP TABLE A"}},
		{"comments", "-- first; a\nDROP /* ; */ TABLE # x;\nA;", []string{"DROP   TABLE  A"}},
		{"strings keep what looks like comments", "ALTER TABLE A ADD COLUMN B STRING(9) DEFAULT ('--;#');", []string{"ALTER TABLE A ADD COLUMN B STRING(9) DEFAULT ('--;#')"}},
		{"escaped quote", `SELECT 'it\'s; one'; DROP TABLE A`, []string{`SELECT 'it\'s; one'`, "DROP TABLE A"}},
		{"unended comment", "DROP TABLE A /* x", []string{"DROP TABLE A"}},
		{"unended string", "SELECT 'x", []string{"SELECT 'x"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if diff := cmp.Diff(tc.want, Statements(tc.schema)); diff != "" {
				t.Errorf("statements (-want +got):\n%s", diff)
			}
		})
	}
}

func TestHashIgnoresLayout(t *testing.T) {
	if hash("DROP   TABLE\n A") != hash("DROP TABLE A") {
		t.Error("the same statement laid out differently has another hash")
	}
	if hash("DROP TABLE A") == hash("DROP TABLE B") {
		t.Error("different statements have one hash")
	}
}

func TestColumns(t *testing.T) {
	type inner struct {
		Deep string `spanner:"Deeper"`
	}
	type row struct {
		inner
		ID      string `spanner:"Id"`
		Plain   int64
		Skipped string `spanner:"-"`
		Read    string `spanner:"Derived;readonly"`
		hidden  string
	}
	want := []string{"Deeper", "Id", "Plain", "Derived"}
	for range 2 { // the second answer is remembered
		if diff := cmp.Diff(want, Columns[row]()); diff != "" {
			t.Errorf("columns (-want +got):\n%s", diff)
		}
	}
	_ = row{hidden: ""}
}
