package profiles

import "strings"

// Reason tells why a policy, or a place of a request's targets, is allowed or not.
type Reason string

// The reasons, in the order in which they are checked.
const (
	// RoleNotFound: the policy's role does not exist.
	RoleNotFound Reason = "role_not_found"
	// ControllerNotNamed: the role has no entry for the controller or "*".
	ControllerNotNamed Reason = "controller_not_named"
	// ActionNotNamed: the controller's entry has neither the action nor "*".
	ActionNotNamed Reason = "action_not_named"
	// ActionDenied: the role's entry is false.
	ActionDenied Reason = "action_denied"
	// IndexNotListed: the policy is restricted to other indexes.
	IndexNotListed Reason = "index_not_listed"
	// CollectionNotListed: the policy is restricted to other collections.
	CollectionNotListed Reason = "collection_not_listed"
	// WildcardTarget: a place of the targets has a "*" in a name.
	WildcardTarget Reason = "wildcard_target"
	// NothingAsked: a place of the targets lacks the index or the collections.
	NothingAsked Reason = "nothing_asked"
	// NoPolicyAllows: the place is outside of every policy that allows the action.
	NoPolicyAllows Reason = "no_policy_allows"
	// Granted: the role's entry is true, and no restriction excludes the target.
	Granted Reason = "granted"
)

// Explanation is a decision with its reasons.
type Explanation struct {
	Controller string `json:"controller"`
	Action     string `json:"action"`
	Target     Target `json:"target"`
	// Allowed is the result of [Compiled.Allowed], or true with Open.
	Allowed bool `json:"allowed"`
	// Open is set on an open server: it allows everything, regardless of the profiles below.
	Open bool `json:"open,omitempty"`
	// Profiles are in the order in which [Compile] got them. Without targets, one that allows is
	// enough.
	Profiles []ProfileVerdict `json:"profiles"`
	// Targets has a verdict for each place and collection of the targets. All must be allowed, and
	// some policy must allow the action.
	Targets []PlaceVerdict `json:"targets,omitempty"`
}

// ProfileVerdict is a profile's part in a decision.
type ProfileVerdict struct {
	Profile  string          `json:"profile"`
	Allowed  bool            `json:"allowed"`
	Policies []PolicyVerdict `json:"policies"`
}

// PolicyVerdict is a policy's part in a decision. For a request with targets it is about the action
// only.
type PolicyVerdict struct {
	Role    string `json:"role"`
	Allowed bool   `json:"allowed"`
	Reason  Reason `json:"reason"`
	// Entry is the role's entry that decided, if there is one.
	Entry *RoleEntry `json:"entry,omitempty"`
}

// RoleEntry is a right as the role has it; names may be [Any].
type RoleEntry struct {
	Controller string `json:"controller"`
	Action     string `json:"action,omitempty"`
	Value      bool   `json:"value"`
}

// PlaceVerdict is the decision on one collection of a request's targets.
type PlaceVerdict struct {
	Index      string `json:"index"`
	Collection string `json:"collection"`
	Allowed    bool   `json:"allowed"`
	Reason     Reason `json:"reason"`
	// Profile and Role name the first policy that allows the place.
	Profile string `json:"profile,omitempty"`
	Role    string `json:"role,omitempty"`
}

// Explain decides like [Compiled.Allowed] and gives the reasons, profile by profile and policy by
// policy. It reads the definitions again instead of the prepared decisions, so it takes longer.
func (c *Compiled) Explain(controller, action string, t Target) Explanation {
	result := Explanation{Controller: controller, Action: action, Target: t, Profiles: []ProfileVerdict{}}
	if c == nil {
		return result
	}
	for _, profile := range c.profiles {
		verdict := ProfileVerdict{Profile: profile.ID, Policies: []PolicyVerdict{}}
		for _, policy := range profile.Policies {
			said := c.judge(policy, controller, action, t)
			verdict.Policies = append(verdict.Policies, said)
			verdict.Allowed = verdict.Allowed || said.Allowed
		}
		result.Profiles = append(result.Profiles, verdict)
		result.Allowed = result.Allowed || verdict.Allowed
	}
	for _, place := range t.Targets {
		result.Targets = append(result.Targets, c.judgePlace(place, result.Profiles)...)
	}
	for _, verdict := range result.Targets {
		result.Allowed = result.Allowed && verdict.Allowed
	}
	return result
}

// Opened returns the explanation for an open server.
func (e Explanation) Opened() Explanation {
	e.Allowed, e.Open = true, true
	return e
}

func (c *Compiled) judge(policy Policy, controller, action string, t Target) PolicyVerdict {
	verdict := PolicyVerdict{Role: policy.RoleID}
	role, exists := c.roles[policy.RoleID]
	if !exists {
		verdict.Reason = RoleNotFound
		return verdict
	}
	name, entry, ok := role.entryFor(controller)
	if !ok {
		verdict.Reason = ControllerNotNamed
		return verdict
	}
	verdict.Entry = &RoleEntry{Controller: name}
	name, right, ok := entry.rightFor(action)
	if !ok {
		verdict.Reason = ActionNotNamed
		return verdict
	}
	verdict.Entry.Action, verdict.Entry.Value = name, right
	if !right {
		verdict.Reason = ActionDenied
		return verdict
	}
	verdict.Allowed, verdict.Reason = true, Granted
	if len(t.Targets) > 0 {
		return verdict
	}
	allowed := policy.places()
	switch {
	case !allowed.allow(t.Index, "", false):
		verdict.Allowed, verdict.Reason = false, IndexNotListed
	case !allowed.allow(t.Index, t.Collection, t.Collection != ""):
		verdict.Allowed, verdict.Reason = false, CollectionNotListed
	}
	return verdict
}

func (c *Compiled) judgePlace(place Place, judged []ProfileVerdict) []PlaceVerdict {
	switch {
	case place.asksNothing():
		return []PlaceVerdict{{Index: place.Index, Allowed: true, Reason: NothingAsked}}
	case strings.Contains(place.Index, Any):
		return []PlaceVerdict{{Index: place.Index, Reason: WildcardTarget}}
	}
	verdicts := make([]PlaceVerdict, 0, len(place.Collections))
	for _, collection := range place.Collections {
		verdicts = append(verdicts, c.judgeCollection(place.Index, collection, judged))
	}
	return verdicts
}

func (c *Compiled) judgeCollection(index, collection string, judged []ProfileVerdict) PlaceVerdict {
	verdict := PlaceVerdict{Index: index, Collection: collection, Reason: NoPolicyAllows}
	if strings.Contains(collection, Any) {
		verdict.Reason = WildcardTarget
		return verdict
	}
	for i, profile := range c.profiles {
		for j, policy := range profile.Policies {
			if judged[i].Policies[j].Allowed && policy.places().allow(index, collection, true) {
				verdict.Allowed, verdict.Reason = true, Granted
				verdict.Profile, verdict.Role = profile.ID, policy.RoleID
				return verdict
			}
		}
	}
	return verdict
}
