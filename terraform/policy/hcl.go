// Package policy holds what our Terraform must never say, whatever it is changed to: a service open to everybody, a role
// over everything, a key, a secret's value, a queue of dead letters that Google may not write to, data that can be
// deleted by mistake, an alert without a runbook.
//
// Policies look at the text, parsed, so they need neither provider nor cloud. Each is proved by snippets that it refuses.
package policy

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
)

// Module is one directory of Terraform.
type Module struct {
	Dir    string // from the folder terraform: "services", "modules/service"
	Blocks []*hclsyntax.Block
}

// Read parses every directory under root that holds Terraform.
func Read(root string) ([]*Module, error) {
	byDir := map[string]*Module{}
	var modules []*Module
	err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || filepath.Ext(path) != ".tf" || strings.Contains(path, "/.") {
			return err
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		dir, err := filepath.Rel(root, filepath.Dir(path))
		if err != nil {
			return err
		}
		if byDir[dir] == nil {
			byDir[dir] = &Module{Dir: filepath.ToSlash(dir)}
			modules = append(modules, byDir[dir])
		}
		return byDir[dir].parse(text, path)
	})
	return modules, err
}

func (m *Module) parse(text []byte, path string) error {
	file, problems := hclsyntax.ParseConfig(text, path, hcl.InitialPos)
	if problems.HasErrors() {
		return fmt.Errorf("%s: %w", path, problems)
	}
	m.Blocks = append(m.Blocks, file.Body.(*hclsyntax.Body).Blocks...)
	return nil
}

// resources answers the resources of the given types, or all.
func (m *Module) resources(types ...string) []*hclsyntax.Block {
	var found []*hclsyntax.Block
	for _, b := range m.Blocks {
		if b.Type != "resource" {
			continue
		}
		for _, t := range types {
			if b.Labels[0] == t {
				found = append(found, b)
			}
		}
		if len(types) == 0 {
			found = append(found, b)
		}
	}
	return found
}

// name is how people call a block: google_pubsub_topic.main.
func name(b *hclsyntax.Block) string {
	if b.Type == "resource" {
		return strings.Join(b.Labels, ".")
	}
	return strings.Join(append([]string{b.Type}, b.Labels...), ".")
}

// inner finds the first block of a type directly within b, or nil.
func inner(b *hclsyntax.Block, kind string) *hclsyntax.Block {
	for _, in := range b.Body.Blocks {
		if in.Type == kind {
			return in
		}
	}
	return nil
}

// is says whether the attribute is that very literal.
func is(b *hclsyntax.Block, attribute string, want cty.Value) bool {
	value, ok := literal(b, attribute)
	return ok && value.Type() == want.Type() && value.Equals(want).True()
}

// literal answers an attribute that depends on nothing.
func literal(b *hclsyntax.Block, attribute string) (cty.Value, bool) {
	a := b.Body.Attributes[attribute]
	if a == nil {
		return cty.NilVal, false
	}
	value, problems := a.Expr.Value(nil)
	return value, !problems.HasErrors() && value.IsWhollyKnown() && !value.IsNull()
}

// refers says whether an attribute mentions what is written so: "var.agent", "google_pubsub_subscription.main".
func refers(b *hclsyntax.Block, attribute, to string) bool {
	a := b.Body.Attributes[attribute]
	if a == nil {
		return false
	}
	for _, traversal := range a.Expr.Variables() {
		var parts []string
		for _, step := range traversal {
			switch s := step.(type) {
			case hcl.TraverseRoot:
				parts = append(parts, s.Name)
			case hcl.TraverseAttr:
				parts = append(parts, s.Name)
			}
		}
		if strings.HasPrefix(strings.Join(parts, ".")+".", to+".") {
			return true
		}
	}
	return false
}

// texts calls see with every literal piece of text in b.
func texts(b *hclsyntax.Block, see func(text string)) {
	// The walk itself cannot fail.
	_ = hclsyntax.VisitAll(b.Body, func(node hclsyntax.Node) hcl.Diagnostics {
		if l, ok := node.(*hclsyntax.LiteralValueExpr); ok && l.Val.Type() == cty.String {
			see(l.Val.AsString())
		}
		return nil
	})
}

// attributes calls see with every attribute in b, however deep.
func attributes(b *hclsyntax.Block, see func(a *hclsyntax.Attribute)) {
	_ = hclsyntax.VisitAll(b.Body, func(node hclsyntax.Node) hcl.Diagnostics {
		if a, ok := node.(*hclsyntax.Attribute); ok {
			see(a)
		}
		return nil
	})
}
