package profiles_test

import (
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/gokuzzle/kuzzle/profiles"
)

// plainExceeds asks the plain rules about every action and place that the random roles and profiles
// can distinguish; "other" and "z" stand for names that none of them mentions.
func plainExceeds(given, own []profiles.Profile, roles map[string]profiles.Role) bool {
	allows := false
	for _, controller := range append(slices.Clone(controllerNames), "other") {
		for _, action := range append(slices.Clone(actionNames), "other") {
			for _, index := range append(slices.Clone(indexNames), "", "z") {
				for _, collection := range append(slices.Clone(collectionNames), "", "z") {
					if !plainAllows(given, roles, controller, action, index, collection, collection != "") {
						continue
					}
					allows = true
					if !plainAllows(own, roles, controller, action, index, collection, collection != "") {
						return true
					}
				}
			}
		}
	}
	limit, had := plainLimit(given), plainLimit(own)
	return allows && had > 0 && (limit == 0 || limit > had)
}

func plainLimit(held []profiles.Profile) int {
	limit := 0
	for _, profile := range held {
		if profile.RateLimit == 0 {
			return 0
		}
		limit = max(limit, profile.RateLimit)
	}
	return limit
}

// TestExceedsAgrees compares Exceeds with plainExceeds on random roles and profiles.
func TestExceedsAgrees(t *testing.T) {
	decided := map[bool]int{}
	rapid.Check(t, func(t *rapid.T) {
		roles, given := drawRoles(t), drawProfiles(t)
		own := drawProfiles(t)
		if rapid.IntRange(0, 3).Draw(t, "more") == 0 {
			own = append(own, given...)
		}
		if rapid.Bool().Draw(t, "fewer") && len(given) > 0 {
			given = given[:1]
		}
		// Two sets drawn alike rarely exceed each other, so half of the owners get almost nothing.
		if rapid.Bool().Draw(t, "less") {
			own = own[:rapid.IntRange(0, min(1, len(own))).Draw(t, "left")]
		}
		compiled, mine := profiles.Compile(given, roles), profiles.Compile(own, roles)
		want := plainExceeds(given, own, roles)
		decided[want]++
		excess, got := compiled.Exceeds(mine)
		if got != want {
			t.Fatalf("Exceeds = %v (%s), want %v", got, excess, want)
		}
		gained := compiled.Gained(mine)
		if (len(gained) > 0) != got || got && gained[0].String() != excess.String() {
			t.Fatalf("gained %v, but the first excess is %s", gained, excess)
		}
		if got && excess.RateLimit == nil {
			target := profiles.Target{}
			if excess.Index != "" {
				target.Index, target.Collection = replaced(excess.Index), replaced(excess.Collection)
			}
			if !compiled.Allowed(excess.Controller, excess.Action, target) || mine.Allowed(excess.Controller, excess.Action, target) {
				t.Fatalf("%s is no excess", excess)
			}
		}
	})
	if decided[true] < 10 || decided[false] < 10 {
		t.Errorf("the random sets are one-sided: %v", decided)
	}
}

func replaced(name string) string {
	if name == "*" {
		return "z"
	}
	return name
}

func TestExcessIsNamed(t *testing.T) {
	roles := map[string]profiles.Role{
		"all":    {ID: "all", Controllers: map[string]profiles.Controller{"*": {Actions: map[string]bool{"*": true}}}},
		"users":  {ID: "users", Controllers: map[string]profiles.Controller{"security": {Actions: map[string]bool{"createUser": true, "getUser": true}}}},
		"allbut": {ID: "allbut", Controllers: map[string]profiles.Controller{"*": {Actions: map[string]bool{"*": true}}, "security": {Actions: map[string]bool{"getUser": true}}}},
		"docs":   {ID: "docs", Controllers: map[string]profiles.Controller{"document": {Actions: map[string]bool{"get": true}}}},
	}
	set := func(limit int, restricted []profiles.Restriction, ids ...string) []profiles.Profile {
		var set []profiles.Profile
		for _, id := range ids {
			set = append(set, profiles.Profile{ID: id, RateLimit: limit, Policies: []profiles.Policy{{RoleID: id, RestrictedTo: restricted}}})
		}
		return set
	}
	in := func(index string, collections ...string) []profiles.Restriction {
		return []profiles.Restriction{{Index: index, Collections: collections}}
	}
	cases := []struct {
		name       string
		given, own []profiles.Profile
		want       string
	}{
		{"the same", set(0, nil, "users"), set(0, nil, "users"), ""},
		{"fewer", set(0, nil, "users"), set(0, nil, "all"), ""},
		{"nothing", nil, nil, ""},
		{"a role that is gone", set(0, nil, "gone"), nil, ""},
		{"everything", set(0, nil, "all"), set(0, nil, "users"), "*:*"},
		{"of nobody", set(0, nil, "users"), nil, "security:createUser"},
		{"hidden by an entry", set(0, nil, "users"), set(0, nil, "allbut"), "security:createUser"},
		{"an entry less grows", set(0, nil, "all"), set(0, nil, "allbut"), "security:*"},
		{"of two profiles", set(0, nil, "users", "docs"), set(0, nil, "docs", "users"), ""},
		{"anywhere", set(0, nil, "docs"), set(0, in("i"), "docs"), "document:get on */*"},
		{"another index", set(0, in("j"), "docs"), set(0, in("i"), "docs"), "document:get on j/*"},
		{"another collection", set(0, in("i", "d"), "docs"), set(0, in("i", "c"), "docs"), "document:get on i/d"},
		{"all collections", set(0, in("i"), "docs"), set(0, in("i", "c"), "docs"), "document:get on i/*"},
		{"a collection of all", set(0, in("i", "c"), "docs"), set(0, in("i"), "docs"), ""},
		{"a higher limit", set(20, nil, "docs"), set(10, nil, "docs"), "rateLimit 20"},
		{"no limit", set(0, nil, "docs"), set(10, nil, "docs"), "no rateLimit"},
		{"a lower limit", set(5, nil, "docs"), set(10, nil, "docs"), ""},
		{"a limit, of somebody without", set(5, nil, "docs"), set(0, nil, "docs"), ""},
	}
	for _, c := range cases {
		excess, is := profiles.Compile(c.given, roles).Exceeds(profiles.Compile(c.own, roles))
		if is != (c.want != "") || is && excess.String() != c.want {
			t.Errorf("%s: got %v %q, want %q", c.name, is, excess, c.want)
		}
	}
	if excess, is := (*profiles.Compiled)(nil).Exceeds(nil); is {
		t.Errorf("nobody exceeds nobody by %s", excess)
	}
}
