package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/issho-shop/issho/internal/spandb"
)

// Expand before contract: a schema is applied while the earlier revision serves, and stays when that one gets the traffic
// back. So a statement may add freely; one that takes something away (contracts) ships by itself, after a release whose
// code no longer uses it.

// allowance lets one contracting statement of a schema pass. They stand in services/<name>/contractions.yaml.
type allowance struct {
	Statement string
	// UnusedSince is the commit of an earlier release, whose code does not name what is dropped.
	UnusedSince string `yaml:"unused_since"`
	// Elsewhere says what else is called the same, where code still names it.
	Elsewhere string
	// Harmless says why earlier code does not notice; not of anything that is dropped.
	Harmless string
}

// contracts answers what in the schema of a service would break code that still runs.
func contracts(ctx context.Context, root, service string) error {
	schema, err := os.ReadFile(filepath.Join(root, "services", service, "schema.sql"))
	if err != nil {
		return err
	}
	allowed, err := allowances(root, service)
	if err != nil {
		return err
	}
	var wrong []error
	for _, statement := range spandb.Statements(string(schema)) {
		if expands(statement) {
			continue
		}
		i := slices.IndexFunc(allowed, func(a allowance) bool { return flat(a.Statement) == flat(statement) })
		if i < 0 {
			wrong = append(wrong, fmt.Errorf("services/%s/schema.sql: %q takes away what the revision that serves may use; "+
				"ship code that does without first, then name that commit in services/%s/contractions.yaml", service, flat(statement), service))
			continue
		}
		wrong = append(wrong, allowed[i].holds(ctx, root, service))
	}
	return errors.Join(wrong...)
}

func allowances(root, service string) (all []allowance, err error) {
	file := filepath.Join(root, "services", service, "contractions.yaml")
	text, err := os.Open(file)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	} else if err != nil {
		return nil, err
	}
	defer text.Close()
	decoder := yaml.NewDecoder(text)
	decoder.KnownFields(true)
	if err := decoder.Decode(&all); err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	return all, nil
}

var (
	creates = regexp.MustCompile(`(?i)^CREATE `)
	binds   = regexp.MustCompile(`(?i)^CREATE (?:OR REPLACE|UNIQUE) `)
	adds    = regexp.MustCompile(`(?i)^ALTER (?:TABLE \S+ ADD COLUMN|INDEX \S+ ADD STORED COLUMN) `)
	notNull = regexp.MustCompile(`(?i) NOT NULL\b`)
	filled  = regexp.MustCompile(`(?i) (?:DEFAULT|AS) \(`)
	drops   = regexp.MustCompile(`(?i)^(?:ALTER TABLE \S+ )?DROP (?:COLUMN|TABLE|VIEW|SEQUENCE|CHANGE STREAM|(?:SEARCH |VECTOR )?INDEX) (?:IF EXISTS )?(\S+)`)
)

// expands says whether code that knows nothing of a statement runs on after it: it creates something that binds nothing older,
// or adds a column that may be left out. Of all else somebody has to say why.
func expands(statement string) bool {
	s := flat(statement)
	return creates.MatchString(s) && !binds.MatchString(s) || adds.MatchString(s) && (!notNull.MatchString(s) || filled.MatchString(s))
}

// holds answers why the allowance is none.
func (a allowance) holds(ctx context.Context, root, service string) error {
	dropped := drops.FindStringSubmatch(flat(a.Statement))
	switch {
	case dropped == nil && a.Harmless != "":
		return nil
	case dropped == nil:
		return fmt.Errorf("%s: %q is not said to be harmless, or why", service, a.Statement)
	case a.UnusedSince == "":
		return fmt.Errorf("%s: %q names no commit that does without", service, a.Statement)
	}
	if _, err := git(ctx, root, "merge-base", "--is-ancestor", a.UnusedSince, "HEAD"); err != nil {
		return fmt.Errorf("%s: %q: %s is no earlier commit: %w", service, a.Statement, a.UnusedSince, err)
	}
	return errors.Join(a.shipsLater(ctx, root, service), a.unnamed(ctx, root, service, strings.Trim(dropped[1], "`")))
}

// shipsLater answers an error when the commit has the statement already.
func (a allowance) shipsLater(ctx context.Context, root, service string) error {
	schema, err := git(ctx, root, "show", a.UnusedSince+":services/"+service+"/schema.sql")
	if err == nil && slices.ContainsFunc(spandb.Statements(schema), func(s string) bool { return flat(s) == flat(a.Statement) }) {
		err = fmt.Errorf("%s: %q ships with %s, and not after it", service, a.Statement, a.UnusedSince)
	}
	return err
}

// unnamed answers an error when the code of the commit names what is dropped.
func (a allowance) unnamed(ctx context.Context, root, service, name string) error {
	if a.Elsewhere != "" {
		return nil
	}
	found, err := git(ctx, root, "grep", "--name-only", "-w", name, a.UnusedSince, "--", "services/"+service+"/*.go", ":!*_test.go")
	var exit *exec.ExitError
	switch {
	case errors.As(err, &exit) && exit.ExitCode() == 1: // found nothing
		return nil
	case err != nil:
		return err
	}
	return fmt.Errorf("%s: %q: code names %s in %s", service, a.Statement, name, strings.Join(strings.Fields(found), ", "))
}

func git(ctx context.Context, root string, args ...string) (string, error) {
	out, err := exec.CommandContext(ctx, "git", append([]string{"-C", root}, args...)...).Output()
	return string(out), told(err)
}

// flat ignores how a statement is laid out.
func flat(statement string) string {
	return strings.TrimSuffix(strings.Join(strings.Fields(statement), " "), ";")
}
