package profiles_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/gokuzzle/kuzzle/profiles"
)

// The following functions state the permission rules plainly, one statement per rule and nothing
// prepared. Compiled must agree with them.

func plainAllowed(held []profiles.Profile, roles map[string]profiles.Role, controller, action string, t profiles.Target) bool {
	if len(t.Targets) == 0 {
		return plainAllows(held, roles, controller, action, t.Index, t.Collection, t.Collection != "")
	}
	if !plainAllows(held, roles, controller, action, "", "", false) {
		return false
	}
	for _, target := range t.Targets {
		if target.Index == "" || target.Collections == nil {
			continue
		}
		if strings.Contains(target.Index, "*") {
			return false
		}
		for _, collection := range target.Collections {
			if strings.Contains(collection, "*") ||
				!plainAllows(held, roles, controller, action, target.Index, collection, true) {
				return false
			}
		}
	}
	return true
}

func plainAllows(held []profiles.Profile, roles map[string]profiles.Role, controller, action, index, collection string, hasCollection bool) bool {
	for _, profile := range held {
		for _, policy := range profile.Policies {
			role, exists := roles[policy.RoleID]
			if exists && plainRole(role, controller, action) && plainRestriction(policy, index, collection, hasCollection) {
				return true
			}
		}
	}
	return false
}

func plainRole(role profiles.Role, controller, action string) bool {
	entry, found := role.Controllers[controller]
	if controller == "memoryStorage" {
		if ms, has := role.Controllers["ms"]; has {
			entry, found = ms, true
		}
	}
	if controller == "ms" && !found {
		entry, found = role.Controllers["memoryStorage"]
	}
	if !found {
		entry, found = role.Controllers["*"]
	}
	if !found {
		return false
	}
	right, found := entry.Actions[action]
	if !found {
		right, found = entry.Actions["*"]
	}
	return found && right
}

func plainRestriction(policy profiles.Policy, index, collection string, hasCollection bool) bool {
	anyIndex, listed := false, false
	var collections []string
	for _, restriction := range policy.RestrictedTo {
		if restriction.Index == "" {
			continue
		}
		anyIndex = true
		if restriction.Index == index {
			listed = true
			collections = append(collections, restriction.Collections...)
		}
	}
	switch {
	case !anyIndex, index == "":
		return true
	case !listed:
		return false
	case len(collections) == 0, !hasCollection:
		return true
	}
	return slices.Contains(collections, collection)
}

var (
	controllerNames = []string{"auth", "security", "ms", "memoryStorage", "plugin/it", "*"}
	actionNames     = []string{"login", "logout", "get", "*"}
	indexNames      = []string{"i", "j", "k"}
	collectionNames = []string{"c", "d", "e"}
)

func drawRoles(t *rapid.T) map[string]profiles.Role {
	roles := map[string]profiles.Role{}
	actions := rapid.MapOf(rapid.SampledFrom(actionNames), rapid.Bool())
	entry := rapid.Custom(func(t *rapid.T) profiles.Controller {
		return profiles.Controller{Actions: actions.Draw(t, "actions")}
	})
	entries := rapid.MapOf(rapid.SampledFrom(controllerNames), entry)
	for i := range rapid.IntRange(0, 11).Draw(t, "roles") {
		id := fmt.Sprint("r", i)
		roles[id] = profiles.Role{ID: id, Controllers: entries.Draw(t, id)}
	}
	return roles
}

func drawProfiles(t *rapid.T) []profiles.Profile {
	restriction := rapid.Custom(func(t *rapid.T) profiles.Restriction {
		return profiles.Restriction{
			Index:       rapid.SampledFrom(append([]string{""}, indexNames...)).Draw(t, "index"),
			Collections: rapid.SliceOfN(rapid.SampledFrom(collectionNames), 0, 2).Draw(t, "collections"),
		}
	})
	policy := rapid.Custom(func(t *rapid.T) profiles.Policy {
		return profiles.Policy{
			RoleID:       fmt.Sprint("r", rapid.IntRange(0, 11).Draw(t, "role")),
			RestrictedTo: rapid.SliceOfN(restriction, 0, 3).Draw(t, "restrictedTo"),
		}
	})
	profile := rapid.Custom(func(t *rapid.T) profiles.Profile {
		return profiles.Profile{
			ID:        rapid.StringMatching("p[0-9]").Draw(t, "id"),
			Policies:  rapid.SliceOfN(policy, 0, 6).Draw(t, "policies"),
			RateLimit: rapid.IntRange(0, 3).Draw(t, "rateLimit"),
		}
	})
	return rapid.SliceOfN(profile, 0, 4).Draw(t, "profiles")
}

func drawTarget(t *rapid.T) profiles.Target {
	if rapid.Bool().Draw(t, "targets?") {
		place := rapid.Custom(func(t *rapid.T) profiles.Place {
			place := profiles.Place{Index: rapid.SampledFrom([]string{"", "i", "j", "k", "z", "i*"}).Draw(t, "index")}
			if rapid.Bool().Draw(t, "collections?") {
				names := rapid.SampledFrom([]string{"c", "d", "e", "z", "", "*"})
				place.Collections = rapid.SliceOfN(names, 0, 2).Draw(t, "collections")
			}
			return place
		})
		return profiles.Target{Targets: rapid.SliceOfN(place, 0, 3).Draw(t, "targets")}
	}
	return profiles.Target{
		Index:      rapid.SampledFrom([]string{"", "i", "j", "k", "z"}).Draw(t, "index"),
		Collection: rapid.SampledFrom([]string{"", "c", "d", "e", "z"}).Draw(t, "collection"),
	}
}

// TestDecisionsAgree compares the prepared decisions and their explanations with the plain rules,
// on random roles, profiles and requests.
func TestDecisionsAgree(t *testing.T) {
	decided := map[bool]int{}
	rapid.Check(t, func(t *rapid.T) {
		roles, held := drawRoles(t), drawProfiles(t)
		compiled := profiles.Compile(held, roles)
		for range 20 {
			controller := rapid.SampledFrom(append(controllerNames, "other", "")).Draw(t, "controller")
			action := rapid.SampledFrom(append(actionNames, "other", "")).Draw(t, "action")
			target := drawTarget(t)
			want := plainAllowed(held, roles, controller, action, target)
			decided[want]++
			if got := compiled.Allowed(controller, action, target); got != want {
				t.Fatalf("Allowed(%q, %q, %+v) = %v, want %v", controller, action, target, got, want)
			}
			explained := compiled.Explain(controller, action, target)
			if explained.Allowed != want {
				t.Fatalf("Explain(%q, %q, %+v) = %+v, want %v", controller, action, target, explained, want)
			}
			checkExplanation(t, explained)
		}
	})
	if decided[true] < 50 || decided[false] < 50 {
		t.Errorf("the random requests are one-sided: %v", decided)
	}
}

// checkExplanation checks that each level of an explanation follows from the level below it.
func checkExplanation(t *rapid.T, e profiles.Explanation) {
	anyProfile, allTargets := false, true
	for _, profile := range e.Profiles {
		anyPolicy := false
		for _, policy := range profile.Policies {
			anyPolicy = anyPolicy || policy.Allowed
			if policy.Allowed != (policy.Reason == profiles.Granted) {
				t.Fatalf("policy %+v: its reason does not fit", policy)
			}
			if policy.Allowed && (policy.Entry == nil || !policy.Entry.Value) {
				t.Fatalf("policy %+v allows without an entry that says so", policy)
			}
		}
		if profile.Allowed != anyPolicy {
			t.Fatalf("profile %+v does not follow from its policies", profile)
		}
		anyProfile = anyProfile || profile.Allowed
	}
	for _, place := range e.Targets {
		allTargets = allTargets && place.Allowed
		if (place.Reason == profiles.Granted) != (place.Profile != "") {
			t.Fatalf("place %+v: its reason does not fit", place)
		}
	}
	if e.Allowed != (anyProfile && allTargets) {
		t.Fatalf("explanation %+v does not follow from its parts", e)
	}
}
