package main

import (
	"go/ast"
	"go/parser"
	"go/token"
	"strconv"
	"testing"

	orderv1 "github.com/issho-shop/issho/internal/gen/issho/order/v1"
)

// TestEveryStateIsInTheContract reads the constants of the nouns: a name is the translation, so that one which the contract
// does not know would be told as UNSPECIFIED.
func TestEveryStateIsInTheContract(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		file, typ, prefix string
		values            map[string]int32
	}{
		{"internal/order/order.go", "State", "ORDER_STATE_", orderv1.OrderState_value},
		{"internal/order/order.go", "Reason", "CANCEL_REASON_", orderv1.CancelReason_value},
		{"internal/group/group.go", "State", "GROUP_STATE_", orderv1.GroupState_value},
		{"internal/group/member.go", "MemberState", "MEMBER_STATE_", orderv1.MemberState_value},
	} {
		names := constants(t, test.file, test.typ)
		if len(names) != len(test.values)-1 {
			t.Errorf("%s: %d of %s, and %d in the contract", test.file, len(names), test.typ, len(test.values)-1)
		}
		for _, name := range names {
			if _, ok := test.values[test.prefix+name]; !ok {
				t.Errorf("%s%s is not in the contract", test.prefix, name)
			}
		}
	}
}

// constants answers the values of a file's constants of a type.
func constants(t *testing.T, file, typ string) (values []string) {
	t.Helper()
	parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	ast.Inspect(parsed, func(n ast.Node) bool {
		spec, ok := n.(*ast.ValueSpec)
		if !ok {
			return true
		}
		if named, ok := spec.Type.(*ast.Ident); !ok || named.Name != typ || len(spec.Values) != 1 {
			return true
		}
		if lit, ok := spec.Values[0].(*ast.BasicLit); ok {
			if value, err := strconv.Unquote(lit.Value); err == nil {
				values = append(values, value)
			}
		}
		return true
	})
	return values
}
