package nearest_test

import (
	"strings"
	"testing"

	"github.com/gokuzzle/kuzzle/kuzzle/nearest"
)

func TestOf(t *testing.T) {
	names := []string{"argon2id", "forbidCommon", "strength", "strengths"}
	for typed, want := range map[string]string{
		"strenght": "strength", "STRENGTH": "strength", "forbid_common": "forbidCommon", "argon2": "argon2id",
		"argon": "", "": "", "something": "", strings.Repeat("strength", 100): "",
	} {
		if got := nearest.Of(typed, names); got != want {
			t.Errorf("%.20q: %q, want %q", typed, got, want)
		}
	}
	if got := nearest.Of("bat", []string{"cat", "rat"}); got != "cat" {
		t.Errorf("of equally near names %q, want the first", got)
	}
}
