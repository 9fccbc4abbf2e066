package main

import (
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/issho-shop/issho/dev/declared"
	"github.com/issho-shop/issho/internal/spandb"
)

func TestSchemasExpandBeforeTheyContract(t *testing.T) {
	d, err := declared.Read("../../" + declared.File)
	if err != nil {
		t.Fatal(err)
	}
	for _, service := range slices.Sorted(maps.Keys(d.Services)) {
		if d.Services[service].Store != "spanner" {
			continue
		}
		if err := contracts(t.Context(), "../..", service); err != nil {
			t.Error(err)
		}
		schema, err := os.ReadFile("../../services/" + service + "/schema.sql")
		if err != nil {
			t.Fatal(err)
		}
		allowed, err := allowances("../..", service)
		if err != nil {
			t.Fatal(err)
		}
		for _, a := range allowed {
			if !slices.ContainsFunc(spandb.Statements(string(schema)), func(s string) bool { return flat(s) == flat(a.Statement) }) {
				t.Errorf("services/%s/contractions.yaml allows %q, which the schema does not have", service, a.Statement)
			}
		}
	}
}

func TestExpands(t *testing.T) {
	for statement, want := range map[string]bool{
		"CREATE TABLE A (B INT64) PRIMARY KEY (B)":                                true,
		"create index AByB ON A (B)":                                              true,
		"CREATE UNIQUE NULL_FILTERED INDEX AByB ON A (B)":                         false, // earlier code may write two of a kind
		"CREATE OR REPLACE VIEW V SQL SECURITY INVOKER AS SELECT A.B FROM A":      false, // earlier code may read what it lacks
		"ALTER TABLE A ADD COLUMN C STRING(10)":                                   true,
		"ALTER TABLE A ADD COLUMN C INT64 NOT NULL DEFAULT (0)":                   true,
		"ALTER TABLE A ADD COLUMN C INT64 NOT NULL AS (B + 1) STORED":             true,
		"ALTER TABLE A ADD COLUMN C INT64 NOT NULL":                               false, // earlier code leaves it out
		"ALTER INDEX A ADD STORED COLUMN C":                                       true,
		"ALTER TABLE A ADD CONSTRAINT Few CHECK (B < 10)":                         false, // earlier code may write more
		"ALTER TABLE A ALTER COLUMN B STRING(5)":                                  false,
		"ALTER TABLE A\n  DROP COLUMN C":                                          false,
		"DROP INDEX AByB":                                                         false,
		"drop table A":                                                            false,
		"RENAME TABLE A TO B":                                                     false,
		"ALTER TABLE A SET INTERLEAVE IN PARENT P ON DELETE CASCADE":              false,
		"ALTER TABLE A ADD ROW DELETION POLICY (OLDER_THAN(At, INTERVAL 30 DAY))": false,
	} {
		if expands(statement) != want {
			t.Errorf("%q expands: %v, want %v", statement, !want, want)
		}
	}
}

// A column is dropped in a repository of its own: with the code that reads it, with the code that no longer does, and after it.
func TestADroppedColumn(t *testing.T) {
	r := repository{t, t.TempDir()}
	r.run("init", "--quiet")
	const table, drop = "CREATE TABLE Orders (ID INT64, Note STRING(9)) PRIMARY KEY (ID);\n", "ALTER TABLE Orders DROP COLUMN Note"
	reads := r.commit("package main // reads Note", table, "")
	r.refuses("", "") // it grows
	stopped := r.commit("package main", table, "")

	r.write("package main", table+drop+";", "")
	r.refuses("takes away what the revision that serves may use", "without a word of it")
	r.write("package main", table+drop+";", "- {statement: "+drop+", harmless: nobody minds}")
	r.refuses("names no commit that does without", "by a word alone")
	r.write("package main", table+drop+";", "- {statement: "+drop+", unused_since: "+reads+"}")
	r.refuses("code names Note in "+reads+":services/order/main.go", "since a commit that reads it")
	r.write("package main", table+drop+";", "- {statement: "+drop+", unused_since: 0123456789abcdef0123456789abcdef01234567}")
	r.refuses("is no earlier commit", "since a commit that is none")
	together := r.commit("package main", table+drop+";", "")
	r.write("package main", table+drop+";", "- {statement: "+drop+", unused_since: "+together+"}")
	r.refuses("and not after it", "together with the code")
	r.write("package main", table+drop+";", "- {statement: "+drop+", unused_sinse: "+stopped+"}")
	r.refuses("unused_sinse", "with a misspelt word")

	r.write("package main", table+drop+";", "- {statement: "+drop+", unused_since: "+stopped+"}")
	r.refuses("", "after a release that does without")
	r.write("package main", table+drop+";", "- {statement: "+drop+", unused_since: "+reads+", elsewhere: Note is a field of the message too}")
	r.refuses("", "named elsewhere")
}

// repository is one of git with a service order in it.
type repository struct {
	t    *testing.T
	root string
}

func (r repository) run(args ...string) string {
	r.t.Helper()
	args = append([]string{"-C", r.root, "-c", "user.name=a test", "-c", "user.email=test@example.com", "-c", "commit.gpgsign=false"}, args...)
	out, err := exec.CommandContext(r.t.Context(), "git", args...).CombinedOutput()
	if err != nil {
		r.t.Fatalf("git %v: %v: %s", args, err, out)
	}
	return strings.TrimSpace(string(out))
}

func (r repository) write(code, schema, allowed string) {
	r.t.Helper()
	folder := filepath.Join(r.root, "services/order")
	if err := os.MkdirAll(folder, 0o700); err != nil {
		r.t.Fatal(err)
	}
	for name, text := range map[string]string{"main.go": code, "schema.sql": schema, "contractions.yaml": allowed} {
		file := filepath.Join(folder, name)
		if err := os.Remove(file); err != nil && !os.IsNotExist(err) {
			r.t.Fatal(err)
		}
		if text == "" {
			continue
		}
		if err := os.WriteFile(file, []byte(text+"\n"), 0o600); err != nil {
			r.t.Fatal(err)
		}
	}
}

func (r repository) commit(code, schema, allowed string) string {
	r.t.Helper()
	r.write(code, schema, allowed)
	r.run("add", "--all")
	r.run("commit", "--quiet", "--message", "A release")
	return r.run("rev-parse", "HEAD")
}

// refuses wants the schema to be refused with these words; not at all where there are none.
func (r repository) refuses(want, when string) {
	r.t.Helper()
	err := contracts(r.t.Context(), r.root, "order")
	if (err == nil) != (want == "") || (err != nil && !strings.Contains(err.Error(), want)) {
		r.t.Errorf("%s: %v, want %q", when, err, want)
	}
}
