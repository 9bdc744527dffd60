package rights_test

import (
	"context"
	"errors"
	"testing"

	"github.com/gokuzzle/kuzzle/kuzzle/events"
	"github.com/gokuzzle/kuzzle/kuzzle/rights"
	"github.com/gokuzzle/kuzzle/profiles"
)

// TestJudgingWritesNothing checks that a judge refuses rights beyond the author's, accepts the
// others, and writes nothing in both cases.
func TestJudgingWritesNothing(t *testing.T) {
	k := newStore(t, nil)
	ctx := t.Context()
	if _, err := k.CreateRole(ctx, "doors", allowing("door"), force); err != nil {
		t.Fatal(err)
	}
	if _, err := k.CreateProfile(ctx, "porter", granting("doors"), force); err != nil {
		t.Fatal(err)
	}
	k.Contain(func(_ context.Context, kuid string) ([]string, error) { return []string{kuid}, nil })
	by := func(profile string) rights.Write { return rights.Write{By: events.Actor{Kuid: profile}, Force: true} }

	tests := []struct {
		name string
		got  error
		want error
	}{
		{"a role within", k.JudgeRole(ctx, "new", allowing("door"), by("porter")), nil},
		{"a role beyond", k.JudgeRole(ctx, "new", allowing("vault"), by("porter")), profiles.ErrExceedsOwn},
		{"a role of an administrator", k.JudgeRole(ctx, "new", allowing("vault"), by(profiles.Admin)), nil},
		{"a profile within", k.JudgeProfile(ctx, "new", granting("doors"), nil, by("porter")), nil},
		{"a profile of a planned role beyond", k.JudgeProfile(ctx, "new", granting("new"), map[string]any{"new": allowing("vault")}, by("porter")), profiles.ErrExceedsOwn},
		{"everything", k.ContainAll(ctx, by("porter")), profiles.ErrExceedsOwn},
		{"everything of an administrator", k.ContainAll(ctx, by(profiles.Admin)), nil},
	}
	for _, test := range tests {
		if !errors.Is(test.got, test.want) {
			t.Errorf("%s: %v, want %v", test.name, test.got, test.want)
		}
	}
	if _, err := k.Role(ctx, "new"); !errors.Is(err, profiles.ErrRoleNotFound) {
		t.Errorf("the judged role: %v, want none", err)
	}
	if _, err := k.Profile(ctx, "new"); !errors.Is(err, profiles.ErrProfileNotFound) {
		t.Errorf("the judged profile: %v, want none", err)
	}
}
