package rights_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/gokuzzle/kuzzle/kuzzle/fault"
	"github.com/gokuzzle/kuzzle/kuzzle/rights"
)

// TestDefinitionsHaveASize checks that every way to write a role or profile is bounded, merges
// included, and that a larger stored one can be made smaller.
func TestDefinitionsHaveASize(t *testing.T) {
	held := newStore(t, nil)
	held.Bound(1000)
	ctx, w := t.Context(), rights.Write{Force: true}
	with := func(body map[string]any, bytes int) map[string]any {
		body["note"] = strings.Repeat("x", bytes)
		return body
	}
	check := func(what string, err, want error) {
		t.Helper()
		if !errors.Is(err, want) {
			t.Errorf("%s: got %v, want %v", what, err, want)
		}
		if failure, ok := fault.From(err); want != nil && (!ok || failure.Status() != 413) {
			t.Errorf("%s: got %v, want a 413", what, err)
		}
	}
	put := func(bytes int) error {
		_, err := held.PutRole(ctx, "r", with(allowing("auth"), bytes), w)
		return err
	}
	check("a role of the usual size", put(500), nil)
	check("a large role", put(1000), rights.ErrTooLarge)
	check("a large role, judged", held.CheckRole("r", with(allowing("auth"), 1000), true), rights.ErrTooLarge)
	_, err := held.PutProfile(ctx, "p", with(granting("r"), 500), w)
	check("a profile of the usual size", err, nil)
	_, err = held.UpdateProfile(ctx, "p", map[string]any{"more": strings.Repeat("x", 400)}, w)
	check("a profile that grows", err, rights.ErrTooLarge)
	check("a large profile, judged", held.CheckProfile(ctx, "p", with(granting("r"), 1000), nil), rights.ErrTooLarge)
	held.Bound(400)
	check("a large role made smaller", put(450), nil)
	check("and larger again", put(500), rights.ErrTooLarge)
}
