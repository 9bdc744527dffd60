package profiles_test

import (
	"fmt"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gokuzzle/kuzzle/profiles"
)

// world builds roles r0, r1… from the JSON of their controllers, and profiles p0, p1…, one for each
// list of policies.
func world(t testing.TB, roles []string, policies ...string) ([]profiles.Profile, map[string]profiles.Role) {
	t.Helper()
	byID := map[string]profiles.Role{}
	for i, controllers := range roles {
		id := fmt.Sprint("r", i)
		role, err := profiles.ParseRole(id, object(t, `{"controllers":`+controllers+`}`))
		if err != nil {
			t.Fatal(err)
		}
		byID[id] = role
	}
	var held []profiles.Profile
	for i, list := range policies {
		profile, err := profiles.ParseProfile(fmt.Sprint("p", i), object(t, `{"policies":`+list+`}`))
		if err != nil {
			t.Fatal(err)
		}
		held = append(held, profile)
	}
	return held, byID
}

func TestAllowed(t *testing.T) {
	const (
		everything = `{"*":{"actions":{"*":true}}}`
		hiding     = `{"auth":{"actions":{"login":true}},"*":{"actions":{"*":true}}}`
		denying    = `{"document":{"actions":{"*":true,"delete":false}}}`
		documents  = `{"document":{"actions":{"get":true}}}`
		onI        = `[{"roleId":"r0","restrictedTo":[{"index":"i"}]}]`
		onIC       = `[{"roleId":"r0","restrictedTo":[{"index":"i","collections":["c"]}]}]`
	)
	at := func(index, collection string) profiles.Target {
		return profiles.Target{Index: index, Collection: collection}
	}
	many := func(places ...profiles.Place) profiles.Target { return profiles.Target{Targets: places} }
	place := func(index string, collections ...string) profiles.Place {
		return profiles.Place{Index: index, Collections: collections}
	}
	tests := []struct {
		name               string
		roles, policies    []string
		controller, action string
		target             profiles.Target
		want               bool
	}{
		{"no profile", []string{everything}, nil, "auth", "login", at("", ""), false},
		{"missing role", nil, []string{`[{"roleId":"r0"}]`}, "auth", "login", at("", ""), false},
		{"everything", []string{everything}, []string{`[{"roleId":"r0"}]`}, "auth", "login", at("i", "c"), true},
		{"named in the specific entry", []string{hiding}, []string{`[{"roleId":"r0"}]`}, "auth", "login", at("", ""), true},
		{"the specific entry hides any", []string{hiding}, []string{`[{"roleId":"r0"}]`}, "auth", "logout", at("", ""), false},
		{"any serves other controllers", []string{hiding}, []string{`[{"roleId":"r0"}]`}, "server", "now", at("", ""), true},
		{"the specific action hides any", []string{denying}, []string{`[{"roleId":"r0"}]`}, "document", "delete", at("", ""), false},
		{"any serves other actions", []string{denying}, []string{`[{"roleId":"r0"}]`}, "document", "get", at("", ""), true},
		{"a false blocks no other policy", []string{denying, everything}, []string{`[{"roleId":"r0"},{"roleId":"r1"}]`}, "document", "delete", at("", ""), true},
		{"a false blocks no other profile", []string{denying, everything}, []string{`[{"roleId":"r0"}]`, `[{"roleId":"r1"}]`}, "document", "delete", at("", ""), true},
		{"ms by its long name", []string{`{"memoryStorage":{"actions":{"get":true}}}`}, []string{`[{"roleId":"r0"}]`}, "ms", "get", at("", ""), true},
		{"memoryStorage by its short name", []string{`{"ms":{"actions":{"get":true}}}`}, []string{`[{"roleId":"r0"}]`}, "memoryStorage", "get", at("", ""), true},
		{"ms hides memoryStorage", []string{`{"ms":{"actions":{"get":false}},"memoryStorage":{"actions":{"get":true}}}`}, []string{`[{"roleId":"r0"}]`}, "memoryStorage", "get", at("", ""), false},

		{"listed index", []string{documents}, []string{onI}, "document", "get", at("i", "any"), true},
		{"other index", []string{documents}, []string{onI}, "document", "get", at("j", "c"), false},
		{"no index asked for", []string{documents}, []string{onIC}, "document", "get", at("", ""), true},
		{"listed collection", []string{documents}, []string{onIC}, "document", "get", at("i", "c"), true},
		{"other collection", []string{documents}, []string{onIC}, "document", "get", at("i", "d"), false},
		{"action on the index itself", []string{documents}, []string{onIC}, "document", "get", at("i", ""), true},
		{"restrictions of one policy merge", []string{documents}, []string{`[{"roleId":"r0","restrictedTo":[{"index":"i"},{"index":"i","collections":["c"]}]}]`}, "document", "get", at("i", "d"), false},
		{"restrictions of two policies do not", []string{documents}, []string{`[{"roleId":"r0","restrictedTo":[{"index":"i"}]},{"roleId":"r0","restrictedTo":[{"index":"i","collections":["c"]}]}]`}, "document", "get", at("i", "d"), true},
		{"a policy's role and place belong together", []string{documents, `{"auth":{"actions":{"login":true}}}`}, []string{`[{"roleId":"r0","restrictedTo":[{"index":"i"}]},{"roleId":"r1"}]`}, "document", "get", at("j", ""), false},

		{"targets", []string{documents}, []string{onIC}, "document", "get", many(place("i", "c")), true},
		{"one target outside", []string{documents}, []string{onIC}, "document", "get", many(place("i", "c"), place("j", "c")), false},
		{"targets over two profiles", []string{documents}, []string{onIC, `[{"roleId":"r0","restrictedTo":[{"index":"j"}]}]`}, "document", "get", many(place("i", "c"), place("j", "c")), true},
		{"target index with a wildcard", []string{everything}, []string{`[{"roleId":"r0"}]`}, "document", "get", many(place("i*", "c")), false},
		{"target collection with a wildcard", []string{everything}, []string{`[{"roleId":"r0"}]`}, "document", "get", many(place("i", "*")), false},
		{"target without collections", []string{documents}, []string{onIC}, "document", "get", many(profiles.Place{Index: "j"}), true},
		{"empty target", []string{documents}, []string{onIC}, "document", "get", many(profiles.Place{}), true},
		{"an empty target opens no other action", []string{documents}, []string{onIC}, "security", "deleteUser", many(profiles.Place{}), false},
		{"empty list of targets", []string{documents}, []string{onIC}, "document", "get", profiles.Target{Index: "j", Targets: []profiles.Place{}}, false},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			held, roles := world(t, test.roles, test.policies...)
			if got := profiles.Compile(held, roles).Allowed(test.controller, test.action, test.target); got != test.want {
				t.Errorf("got %v, want %v", got, test.want)
			}
		})
	}
}

func TestNothingCompiledAllowsNothing(t *testing.T) {
	for _, c := range []*profiles.Compiled{nil, {}, profiles.Compile(nil, nil)} {
		if c.Allowed("auth", "login", profiles.Target{}) || c.Explain("auth", "login", profiles.Target{}).Allowed {
			t.Errorf("%+v allows something", c)
		}
		if got, want := c.RateLimit(), 0; got != want {
			t.Errorf("rate limit %d, want %d", got, want)
		}
	}
}

func TestRateLimit(t *testing.T) {
	tests := []struct {
		limits []int
		want   int
	}{
		{[]int{10}, 10},
		{[]int{10, 200, 50}, 200},
		{[]int{10, 0, 50}, 0},
		{[]int{0}, 0},
	}
	for _, test := range tests {
		var held []profiles.Profile
		for _, limit := range test.limits {
			held = append(held, profiles.Profile{RateLimit: limit})
		}
		if got := profiles.Compile(held, nil).RateLimit(); got != test.want {
			t.Errorf("%v: got %d, want %d", test.limits, got, test.want)
		}
	}
}

// TestExplain checks the reasons and entries in explanations.
func TestExplain(t *testing.T) {
	held, roles := world(t,
		[]string{
			`{"auth":{"actions":{"login":true}},"*":{"actions":{"*":true}}}`,
			`{"auth":{"actions":{"*":false}}}`,
			`{"server":{"actions":{"now":true}}}`,
			`{"*":{"actions":{"*":true}}}`,
		},
		`[{"roleId":"r0"},{"roleId":"r1"},{"roleId":"r2"},{"roleId":"r9"}]`,
		`[{"roleId":"r3","restrictedTo":[{"index":"i","collections":["c"]}]}]`)
	compiled := profiles.Compile(held, roles)

	got := compiled.Explain("auth", "logout", profiles.Target{Index: "i", Collection: "d"})
	want := profiles.Explanation{
		Controller: "auth", Action: "logout", Target: profiles.Target{Index: "i", Collection: "d"},
		Profiles: []profiles.ProfileVerdict{
			{Profile: "p0", Policies: []profiles.PolicyVerdict{
				{Role: "r0", Reason: profiles.ActionNotNamed, Entry: &profiles.RoleEntry{Controller: "auth"}},
				{Role: "r1", Reason: profiles.ActionDenied, Entry: &profiles.RoleEntry{Controller: "auth", Action: "*"}},
				{Role: "r2", Reason: profiles.ControllerNotNamed},
				{Role: "r9", Reason: profiles.RoleNotFound},
			}},
			{Profile: "p1", Policies: []profiles.PolicyVerdict{
				{Role: "r3", Reason: profiles.CollectionNotListed, Entry: &profiles.RoleEntry{Controller: "*", Action: "*", Value: true}},
			}},
		},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("explanation (-want +got):\n%s", diff)
	}
	if got := compiled.Explain("auth", "logout", profiles.Target{Index: "j"}).Profiles[1].Policies[0].Reason; got != profiles.IndexNotListed {
		t.Errorf("reason %q, want %q", got, profiles.IndexNotListed)
	}

	places := []profiles.Place{{Index: "i", Collections: []string{"c", "d"}}, {Index: "*", Collections: []string{"c"}}, {Index: "j"}}
	targets := compiled.Explain("auth", "logout", profiles.Target{Targets: places}).Targets
	wantTargets := []profiles.PlaceVerdict{
		{Index: "i", Collection: "c", Allowed: true, Reason: profiles.Granted, Profile: "p1", Role: "r3"},
		{Index: "i", Collection: "d", Reason: profiles.NoPolicyAllows},
		{Index: "*", Reason: profiles.WildcardTarget},
		{Index: "j", Allowed: true, Reason: profiles.NothingAsked},
	}
	if diff := cmp.Diff(wantTargets, targets); diff != "" {
		t.Errorf("targets (-want +got):\n%s", diff)
	}
}

// TestCompiledIsShared lets the race detector see one value with many readers.
func TestCompiledIsShared(t *testing.T) {
	held, roles := manyPolicies(t, 10)
	compiled := profiles.Compile(held, roles)
	var readers sync.WaitGroup
	for range 8 {
		readers.Go(func() {
			for range 100 {
				if !compiled.Allowed("document", "a3", profiles.Target{Index: "i3", Collection: "c"}) {
					t.Error("got a denial, want allowed")
				}
				compiled.Explain("document", "a3", profiles.Target{})
			}
		})
	}
	readers.Wait()
}

// manyPolicies returns a profile of n policies, each on its own role and index.
func manyPolicies(t testing.TB, n int) ([]profiles.Profile, map[string]profiles.Role) {
	var roles []string
	list := ""
	for i := range n {
		roles = append(roles, fmt.Sprintf(`{"document":{"actions":{"a%d":true,"*":true}},"auth":{"actions":{"login":true}}}`, i))
		list += fmt.Sprintf(`,{"roleId":"r%d","restrictedTo":[{"index":"i%d","collections":["c","d"]}]}`, i, i)
	}
	return world(t, roles, "["+list[1:]+"]")
}

func TestAllowedAllocatesNothing(t *testing.T) {
	held, roles := manyPolicies(t, 100)
	compiled := profiles.Compile(held, roles)
	target := profiles.Target{Targets: []profiles.Place{{Index: "i99", Collections: []string{"c"}}}}
	allocated := testing.AllocsPerRun(100, func() {
		compiled.Allowed("document", "a0", profiles.Target{Index: "i99", Collection: "c"})
		compiled.Allowed("document", "a0", target)
		compiled.Allowed("nowhere", "nothing", profiles.Target{})
	})
	if want := 0.0; allocated != want {
		t.Errorf("%v allocations, want %v", allocated, want)
	}
}

// BenchmarkAllowed decides by the last of n policies; the limit is 1 µs.
func BenchmarkAllowed(b *testing.B) {
	for _, n := range []int{1, 10, 100} {
		b.Run(fmt.Sprintf("policies=%d", n), func(b *testing.B) {
			held, roles := manyPolicies(b, n)
			compiled := profiles.Compile(held, roles)
			target := profiles.Target{Index: fmt.Sprint("i", n-1), Collection: "d"}
			b.ReportAllocs()
			for b.Loop() {
				if !compiled.Allowed("document", "get", target) {
					b.Fatal("got a denial, want allowed")
				}
			}
		})
	}
}

// BenchmarkCompile measures the cost, per holder, of a changed role or profile.
func BenchmarkCompile(b *testing.B) {
	for _, n := range []int{1, 10, 100} {
		b.Run(fmt.Sprintf("policies=%d", n), func(b *testing.B) {
			held, roles := manyPolicies(b, n)
			b.ReportAllocs()
			for b.Loop() {
				profiles.Compile(held, roles)
			}
		})
	}
}
