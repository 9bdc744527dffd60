package profiles

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/gokuzzle/kuzzle/kuzzle/duration"
	"github.com/gokuzzle/kuzzle/kuzzle/fault/assert"
)

// FactorPolicy says whether a login asks for a second factor.
type FactorPolicy string

// The policies, from the laxest to the strictest. FactorOptional asks users who have a second
// factor. FactorRequired asks everybody: users without one can do nothing except enrol one.
const (
	FactorOff      FactorPolicy = "off"
	FactorOptional FactorPolicy = "optional"
	FactorRequired FactorPolicy = "required"
)

func factorPolicies() []FactorPolicy {
	return []FactorPolicy{FactorOff, FactorOptional, FactorRequired}
}

// stricter returns the stricter of two policies.
func stricter(a, b FactorPolicy) FactorPolicy {
	all := factorPolicies()
	if slices.Index(all, a) < slices.Index(all, b) {
		return b
	}
	return a
}

const (
	memberSecondFactor = "secondFactor"
	memberStepUp       = "stepUp"
	// maxStepUps is the largest number of actions in a profile's stepUp.
	maxStepUps = 100
)

func factorPolicyOf(raw any) (FactorPolicy, error) {
	if raw == nil {
		return "", nil
	}
	text, isText := raw.(string)
	if !isText {
		return "", assert.InvalidType.New(memberSecondFactor, "string")
	}
	if policy := FactorPolicy(text); slices.Contains(factorPolicies(), policy) {
		return policy, nil
	}
	return "", assert.InvalidArgument.New(memberSecondFactor, "off, optional or required")
}

// stepUpOf reads the actions that need a fresh factor, as "controller:action", and the allowed age
// of its proof.
func stepUpOf(raw any) (map[string]time.Duration, error) {
	if raw == nil {
		return nil, nil
	}
	object, isObject := raw.(map[string]any)
	if !isObject {
		return nil, assert.InvalidType.New(memberStepUp, "object")
	}
	if len(object) > maxStepUps {
		return nil, errStepUps()
	}
	within := make(map[string]time.Duration, len(object))
	for _, name := range slices.Sorted(maps.Keys(object)) {
		text, isText := object[name].(string)
		if !isText {
			return nil, assert.InvalidType.New(memberStepUp+"."+name, "string")
		}
		controller, action, ok := cutAction(name)
		age, err := duration.Parse(text)
		if !ok || controller == "" || action == "" || err != nil || age <= 0 {
			return nil, assert.InvalidArgument.New(memberStepUp+"."+name, `a time such as "15m", under a name such as "security:deleteUser" or "security:*"`)
		}
		within[name] = age
	}
	return within, nil
}

func errStepUps() error {
	return assert.InvalidArgument.New(memberStepUp, fmt.Sprintf("at most %d actions", maxStepUps))
}

// CheckStepUp refuses names in the profile's stepUp that are no action, since they would protect
// nothing, and replaces aliases by canonical names. If an action gets two times, the shorter one
// counts.
func (p *Profile) CheckStepUp(known Catalogue) error {
	if p.StepUp == nil {
		return nil
	}
	within := make(map[string]time.Duration, len(p.StepUp))
	note := func(controller, action string, age time.Duration) {
		name := controller + ":" + action
		if before, ok := within[name]; !ok || age < before {
			within[name] = age
		}
	}
	for _, name := range slices.Sorted(maps.Keys(p.StepUp)) {
		controller, action, _ := cutAction(name)
		exist, is := known.Native(controller)
		if !is {
			exist, is = known.Plugin(controller)
		}
		if controller == Any {
			exist, is = nil, true
		}
		if !is || action != Any && !exist[action] {
			return assert.InvalidArgument.New(memberStepUp+"."+name, `the name of an action, "controller:*" or "*:*"`)
		}
		if action != Any {
			controller, action = known.Canonical(controller, action)
			note(controller, action, p.StepUp[name])
			continue
		}
		aliases, all := aliasesOf(controller, known)
		for _, alias := range aliases {
			c, a := known.Canonical(controller, alias)
			note(c, a, p.StepUp[name])
		}
		if !all {
			note(controller, Any, p.StepUp[name])
		}
	}
	if len(within) > maxStepUps {
		return errStepUps()
	}
	p.StepUp = within
	return nil
}

// stepUpDocument returns the profile's stepUp as stored; times stay as they were written.
func (p *Profile) stepUpDocument(given any) map[string]any {
	written, _ := given.(map[string]any)
	stored := make(map[string]any, len(p.StepUp))
	for name, within := range p.StepUp {
		stored[name] = within.String()
		if text, is := written[name].(string); is {
			if age, err := duration.Parse(text); err == nil && age == within {
				stored[name] = text
			}
		}
	}
	return stored
}

// cutAction splits at the last colon, since a plugin's controller may contain one.
func cutAction(name string) (controller, action string, ok bool) {
	i := strings.LastIndexByte(name, ':')
	if i < 0 {
		return "", "", false
	}
	return name[:i], name[i+1:], true
}

// demands are the factors that a set of profiles asks of its holder's sessions.
type demands struct {
	policy FactorPolicy
	// unsaid is set if a profile leaves the policy to the instance.
	unsaid bool
	stepUp map[string]time.Duration
}

func demandsOf(profiles []Profile) demands {
	d := demands{unsaid: len(profiles) == 0}
	for _, profile := range profiles {
		d.unsaid = d.unsaid || profile.SecondFactor == ""
		d.policy = stricter(d.policy, profile.SecondFactor)
		for name, within := range profile.StepUp {
			if d.stepUp == nil {
				d.stepUp = map[string]time.Duration{}
			}
			if before, ok := d.stepUp[name]; !ok || within < before {
				d.stepUp[name] = within
			}
		}
	}
	return d
}

// SecondFactor returns the policy for a user with these profiles: the strictest of theirs. Profiles
// without a policy have the instance's.
func (c *Compiled) SecondFactor(instance FactorPolicy) FactorPolicy {
	switch {
	case c == nil:
		return instance
	case c.demands.unsaid:
		return stricter(c.demands.policy, instance)
	}
	return c.demands.policy
}

// StepUp returns how old the proof of a factor may be in a session that calls an action, 0 for any
// age. It is the shortest age of the profiles.
func (c *Compiled) StepUp(controller, action string) time.Duration {
	if c == nil || len(c.demands.stepUp) == 0 {
		return 0
	}
	shortest := time.Duration(0)
	for _, name := range [...]string{controller + ":" + action, controller + ":" + Any, Any + ":" + Any} {
		if within, ok := c.demands.stepUp[name]; ok && (shortest == 0 || within < shortest) {
			shortest = within
		}
	}
	return shortest
}

// AsksLess reports whether c allows an action for which strict asks for a fresh factor, while c
// asks for an older one or none. It returns the first such stepUp.
func (c *Compiled) AsksLess(strict *Compiled) (string, bool) {
	return c.slacker(strict, c.AllowsSome)
}

// Slackens is AsksLess for all actions, allowed by c or not: another profile may give c's holders
// the action, and this profile its stepUp.
func (c *Compiled) Slackens(before *Compiled) (string, bool) {
	return c.slacker(before, func(string, string) bool { return true })
}

func (c *Compiled) slacker(strict *Compiled, counts func(controller, action string) bool) (string, bool) {
	if c == nil || strict == nil || len(strict.demands.stepUp) == 0 {
		return "", false
	}
	for _, name := range slices.Sorted(maps.Keys(strict.demands.stepUp)) {
		controller, action, _ := cutAction(name)
		if !counts(controller, action) {
			continue
		}
		if age := c.StepUp(controller, action); age == 0 || age > strict.demands.stepUp[name] {
			return memberStepUp + " " + name, true
		}
	}
	return "", false
}

// AllowsSome reports whether c allows the action, at least in some places. [Any] stands for at least
// one action.
func (c *Compiled) AllowsSome(controller, action string) bool {
	rules := []*actions{c.rulesFor(controller)}
	if controller == Any {
		rules = slices.AppendSeq(rules, maps.Values(c.named))
	}
	return slices.ContainsFunc(rules, func(a *actions) bool {
		if a == nil || action != Any {
			return a.grantFor(action) != nil
		}
		return a.unnamed != nil || slices.ContainsFunc(slices.Collect(maps.Values(a.named)), func(g *grant) bool { return g != nil })
	})
}

// LaxerLogins reports whether users who hold only c are asked for a second factor less often than
// users who hold only strict, on an instance with this policy.
func (c *Compiled) LaxerLogins(strict *Compiled, instance FactorPolicy) bool {
	if c == nil || strict == nil {
		return false
	}
	mine, theirs := c.SecondFactor(instance), strict.SecondFactor(instance)
	return mine != theirs && stricter(mine, theirs) == theirs
}
