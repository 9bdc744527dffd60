package profiles

import (
	"fmt"
	"time"
)

// Profile is a list of policies that users hold; one policy that allows is enough.
type Profile struct {
	ID       string
	Policies []Policy
	// RateLimit is the number of requests per second that a holder may make on a node; zero means
	// no limit.
	RateLimit int
	// SecondFactor says whether logins of holders ask for a second factor; "" leaves it to the
	// instance.
	SecondFactor FactorPolicy
	// StepUp is the allowed age of a factor's proof in sessions that call an action, by
	// "controller:action"; both may be "*".
	StepUp map[string]time.Duration
}

// Policy gives a role to a profile.
type Policy struct {
	RoleID string
	// RestrictedTo limits the role's actions on data to these places. If it is empty, all places
	// are allowed.
	RestrictedTo []Restriction
}

// Restriction allows some collections of an index. Empty Collections allow all of them, unless
// another restriction of the same policy lists collections of that index. A restriction without an
// index has no effect.
type Restriction struct {
	Index       string
	Collections []string
}

// ParseProfile reads a stored profile, which [CheckProfile] accepted. An error means damaged
// storage, not a client's mistake.
func ParseProfile(id string, doc map[string]any) (Profile, error) {
	profile, err := profileFrom(id, doc, nil, false)
	if err != nil {
		return Profile{}, fmt.Errorf("stored profile %q: %w", id, opaque{err})
	}
	return profile, nil
}

// opaque keeps an error's text but hides its kind, so that a damaged stored document is not
// reported to a client as a wrong request.
type opaque struct{ cause error }

func (o opaque) Error() string { return o.cause.Error() }

// Document returns the document to store for a profile that was submitted as doc. It keeps doc's
// free members, such as tags, takes policies, rate limit and stepUp from the profile, and drops the
// members that the server adds to its answers (_id, _kuzzle_info, optimizedPolicies). With a nil
// doc it returns the profile alone.
func (p Profile) Document(doc map[string]any) map[string]any {
	policies := make([]any, 0, len(p.Policies))
	for _, policy := range p.Policies {
		policies = append(policies, policy.document())
	}
	stored := withoutOwn(doc)
	stored[memberPolicies] = policies
	stored[memberRateLimit] = p.RateLimit
	if _, given := stored[memberStepUp]; given && p.StepUp != nil {
		stored[memberStepUp] = p.stepUpDocument(stored[memberStepUp])
	}
	return stored
}

func (p Policy) document() map[string]any {
	policy := map[string]any{memberRoleID: p.RoleID}
	if p.RestrictedTo == nil {
		return policy
	}
	restrictions := make([]any, 0, len(p.RestrictedTo))
	for _, restriction := range p.RestrictedTo {
		entry := map[string]any{memberIndex: restriction.Index}
		if restriction.Collections != nil {
			names := make([]any, 0, len(restriction.Collections))
			for _, name := range restriction.Collections {
				names = append(names, name)
			}
			entry[memberCollections] = names
		}
		restrictions = append(restrictions, entry)
	}
	policy[memberRestrictedTo] = restrictions
	return policy
}

// places merges a policy's restrictions into the allowed collections of each index, in order of
// first mention. It is nil if the policy has no limit.
func (p Policy) places() places {
	var merged places
	for _, restriction := range p.RestrictedTo {
		if restriction.Index == "" {
			continue
		}
		if merged == nil {
			merged = places{}
		}
		names := merged[restriction.Index]
		for _, name := range restriction.Collections {
			if names == nil {
				names = map[string]struct{}{}
			}
			names[name] = struct{}{}
		}
		merged[restriction.Index] = names
	}
	return merged
}

// places maps an index to its allowed collections; an empty set allows all of them. Nil places
// allow everything.
type places map[string]map[string]struct{}

func (p places) allow(index, collection string, hasCollection bool) bool {
	if p == nil || index == "" {
		return true
	}
	names, listed := p[index]
	if !listed {
		return false
	}
	if len(names) == 0 || !hasCollection {
		return true
	}
	_, listed = names[collection]
	return listed
}
