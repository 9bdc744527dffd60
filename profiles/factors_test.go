package profiles_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/gokuzzle/kuzzle/kuzzle/fault/assert"
	"github.com/gokuzzle/kuzzle/profiles"
)

// TestStepUpNames checks that aliases become canonical names, and that unknown actions are refused.
func TestStepUpNames(t *testing.T) {
	doc := object(t, `{"stepUp":{"user:delete":"1m","security:deleteUser":"5m","auth:*":"1d"}}`)
	profile, err := profiles.CheckProfile("p", doc, knownRole, false)
	if err == nil {
		err = profile.CheckStepUp(catalogue{})
	}
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]any{"security:deleteUser": "1m0s", "auth:*": "1d"}
	if diff := cmp.Diff(want, profile.Document(doc)["stepUp"]); diff != "" {
		t.Errorf("stored (-want +got):\n%s", diff)
	}
	profile = profiles.Profile{StepUp: map[string]time.Duration{"user:*": time.Minute}}
	if err := profile.CheckStepUp(catalogue{}); err != nil {
		t.Fatal(err)
	}
	if got := profiles.Compile([]profiles.Profile{profile}, nil).StepUp("security", "deleteUser"); got != time.Minute {
		t.Errorf("user:* asks for %s of security:deleteUser", got)
	}
	for name, right := range map[string]bool{"*:*": true, "local/password:reset": true, "*:deleteUser": false, "security:deleteUsr": false, "ghost:*": false} {
		profile := profiles.Profile{StepUp: map[string]time.Duration{name: time.Minute}}
		if err := profile.CheckStepUp(catalogue{}); right {
			wantFault(t, err, nil)
		} else {
			wantFault(t, err, assert.InvalidArgument, "stepUp."+name, `the name of an action, "controller:*" or "*:*"`)
		}
	}
}

// TestDemandsCompared checks that a profile without rights may still ask for less than before.
func TestDemandsCompared(t *testing.T) {
	roles := map[string]profiles.Role{"r": {ID: "r", Controllers: map[string]profiles.Controller{"c": {Actions: map[string]bool{"a": true}}}}}
	of := func(role string, asked map[string]time.Duration) *profiles.Compiled {
		return profiles.Compile([]profiles.Profile{{Policies: []profiles.Policy{{RoleID: role}}, StepUp: asked}}, roles)
	}
	strict := of("r", map[string]time.Duration{"c:a": time.Minute})
	for _, c := range []struct {
		name            string
		given           *profiles.Compiled
		less, slackened bool
	}{
		{"the same", strict, false, false},
		{"more", of("r", map[string]time.Duration{"c:*": time.Second}), false, false},
		{"longer", of("r", map[string]time.Duration{"c:a": time.Hour}), true, true},
		{"nothing", of("r", nil), true, true},
		{"nothing, and no right", of("gone", nil), false, true},
	} {
		_, less := c.given.AsksLess(strict)
		_, slackened := c.given.Slackens(strict)
		if less != c.less || slackened != c.slackened {
			t.Errorf("%s: asks less %v, slackens %v", c.name, less, slackened)
		}
	}
}

// TestLaxerLogins checks that a profile without a policy counts as the instance's.
func TestLaxerLogins(t *testing.T) {
	of := func(policy profiles.FactorPolicy) *profiles.Compiled {
		return profiles.Compile([]profiles.Profile{{SecondFactor: policy}}, nil)
	}
	const off, optional, required = profiles.FactorOff, profiles.FactorOptional, profiles.FactorRequired
	for _, c := range []struct {
		given, strict, instance profiles.FactorPolicy
		laxer                   bool
	}{
		{off, optional, optional, true},
		{optional, off, optional, false},
		{optional, required, optional, true},
		{required, required, optional, false},
		{"", optional, optional, false},
		{"", required, optional, true},
		{"", required, required, false},
		{optional, "", required, true},
		{optional, "", optional, false},
		{"", optional, off, true},
		{off, "", off, false},
	} {
		if laxer := of(c.given).LaxerLogins(of(c.strict), c.instance); laxer != c.laxer {
			t.Errorf("%q is laxer than %q on an instance with %q: %v", c.given, c.strict, c.instance, laxer)
		}
	}
}
