package users_test

import (
	"testing"

	"github.com/gokuzzle/kuzzle/kuzzle/accounts/users"
)

func TestSameAddress(t *testing.T) {
	for _, c := range []struct {
		a, b string
		same bool
	}{
		{"kim@example.com", "Kim@EXAMPLE.com", true}, {"émile@example.com", "Émile@example.com", true},
		{"kim@fass.example", "kim@faß.example", false}, {"σ@example.com", "ς@example.com", false},
		{"kim@example.com", "\u212aim@example.com", false}, {"i@example.com", "İ@example.com", false}, {"kim@example.com", "kin@example.com", false},
	} {
		if got := users.SameAddress(c.a, c.b); got != c.same {
			t.Errorf("%q and %q: got %v, want %v", c.a, c.b, got, c.same)
		}
	}
}
