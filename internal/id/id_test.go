package id

import (
	"regexp"
	"testing"
)

var shape = regexp.MustCompile(`^ord_[a-z0-9]{26}$`)

func TestNew(t *testing.T) {
	a, b := New("ord"), New("ord")
	if a == b {
		t.Errorf("two ids are the same: %s", a)
	}
	if !shape.MatchString(a) {
		t.Errorf("New = %q, want it like %s", a, shape)
	}
}

func TestDerive(t *testing.T) {
	want := Derive("ord", "hanako", "Checkout", "r1")
	if !shape.MatchString(want) {
		t.Errorf("Derive = %q, want it like %s", want, shape)
	}
	if got := Derive("ord", "hanako", "Checkout", "r1"); got != want {
		t.Errorf("the same parts gave %s, then %s", want, got)
	}
	for _, parts := range [][]string{{"hanako", "Checkout", "r2"}, {"hanakoC", "heckout", "r1"}, {"hanako", "Checkoutr1"}} {
		if got := Derive("ord", parts...); got == want {
			t.Errorf("%q has the id of other parts", parts)
		}
	}
}
