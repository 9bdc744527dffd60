package profiles

import (
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"slices"

	"github.com/gokuzzle/kuzzle/kuzzle/fault/assert"
)

// CheckProfile checks a client's profile definition and returns its value. Without policies it gets
// one policy on the role "default". The errors, in order of precedence: api.assert.* about the
// policies and their role ids, [ErrRoleNotFound], api.assert.* about rateLimit and then about each
// policy ([ErrUnknownIndex] for a restriction if strict is set), and [ErrMissingAnonymousRole]. An
// error of roleExists is returned unchanged.
func CheckProfile(id string, doc map[string]any, roleExists func(id string) (bool, error), strict bool) (Profile, error) {
	profile, err := profileFrom(id, doc, roleExists, strict)
	if err != nil {
		return Profile{}, err
	}
	isAnonymous := func(policy Policy) bool { return policy.RoleID == Anonymous }
	if id == Anonymous && !slices.ContainsFunc(profile.Policies, isAnonymous) {
		return Profile{}, ErrMissingAnonymousRole.New()
	}
	return profile, nil
}

// profileFrom reads a profile. A nil roleExists accepts every role.
func profileFrom(id string, doc map[string]any, roleExists func(string) (bool, error), strict bool) (Profile, error) {
	path := id + "." + memberPolicies
	list, err := policiesOf(path, doc[memberPolicies])
	if err != nil {
		return Profile{}, err
	}
	profile := Profile{ID: id, Policies: make([]Policy, len(list))}
	for i, policy := range list {
		if profile.Policies[i].RoleID, err = roleIDOf(policy, fmt.Sprintf("%s[%d]", path, i)); err != nil {
			return Profile{}, err
		}
	}
	if err := checkRolesExist(profile.Policies, roleExists); err != nil {
		return Profile{}, err
	}
	if profile.RateLimit, err = rateLimitOf(doc[memberRateLimit]); err != nil {
		return Profile{}, err
	}
	if profile.SecondFactor, err = factorPolicyOf(doc[memberSecondFactor]); err != nil {
		return Profile{}, err
	}
	if profile.StepUp, err = stepUpOf(doc[memberStepUp]); err != nil {
		return Profile{}, err
	}
	for i, policy := range list {
		place := fmt.Sprintf("%s[%d]", path, i)
		if profile.Policies[i].RestrictedTo, err = restrictionsOf(policy.(map[string]any), place, strict); err != nil {
			return Profile{}, err
		}
	}
	return profile, nil
}

func policiesOf(path string, raw any) ([]any, error) {
	list, isList := raw.([]any)
	if raw != nil && !isList {
		return nil, assert.InvalidType.New(path, "object[]")
	}
	if len(list) == 0 {
		list = []any{map[string]any{memberRoleID: Default}}
	}
	return list, nil
}

func roleIDOf(raw any, path string) (string, error) {
	if raw == nil {
		return "", assert.Missing.New(path)
	}
	policy, isObject := raw.(map[string]any)
	if !isObject {
		return "", assert.InvalidType.New(path, "object")
	}
	path += "." + memberRoleID
	value := policy[memberRoleID]
	if value == nil || value == "" {
		return "", assert.Missing.New(path)
	}
	roleID, isString := value.(string)
	if !isString {
		return "", assert.InvalidType.New(path, "string")
	}
	return roleID, nil
}

func checkRolesExist(policies []Policy, roleExists func(string) (bool, error)) error {
	if roleExists == nil {
		return nil
	}
	asked := make(map[string]bool, len(policies))
	for _, policy := range policies {
		if asked[policy.RoleID] {
			continue
		}
		asked[policy.RoleID] = true
		exists, err := roleExists(policy.RoleID)
		if err != nil {
			return err
		}
		if !exists {
			return ErrRoleNotFound.New(policy.RoleID)
		}
	}
	return nil
}

// highestInteger is the largest integer that JSON carries exactly.
const highestInteger = 1<<53 - 1

func rateLimitOf(raw any) (int, error) {
	var limit float64
	switch value := raw.(type) {
	case nil:
	case int:
		limit = float64(value)
	case int64:
		limit = float64(value)
	case float64:
		limit = value
	case json.Number:
		parsed, err := value.Float64()
		if err != nil {
			parsed = math.NaN()
		}
		limit = parsed
	default:
		limit = math.NaN()
	}
	if limit != math.Trunc(limit) || math.Abs(limit) > highestInteger {
		return 0, assert.InvalidType.New(memberRateLimit, "integer")
	}
	if limit < 0 {
		return 0, assert.InvalidArgument.New(memberRateLimit, "positive integer, or zero")
	}
	return int(limit), nil
}

func restrictionsOf(policy map[string]any, path string, strict bool) ([]Restriction, error) {
	if err := checkMembers(policy, path, memberRoleID, memberRestrictedTo); err != nil {
		return nil, err
	}
	path += "." + memberRestrictedTo
	raw := policy[memberRestrictedTo]
	if isFalsy(raw) {
		return nil, nil
	}
	list, isList := raw.([]any)
	if !isList {
		return nil, assert.InvalidType.New(path, "object[]")
	}
	restrictions := make([]Restriction, len(list))
	for j, entry := range list {
		restriction, err := restrictionOf(entry, fmt.Sprintf("%s[%d]", path, j), strict)
		if err != nil {
			return nil, err
		}
		restrictions[j] = restriction
	}
	return restrictions, nil
}

func restrictionOf(raw any, path string, strict bool) (Restriction, error) {
	entry, isObject := raw.(map[string]any)
	if !isObject {
		return Restriction{}, assert.InvalidType.New(path, "object")
	}
	value := entry[memberIndex]
	// An empty name would never match, but would lift the policy's other limits.
	if value == nil || value == "" {
		return Restriction{}, assert.Missing.New(path + "." + memberIndex)
	}
	index, isString := value.(string)
	if !isString {
		return Restriction{}, assert.InvalidType.New(path+"."+memberIndex, "string")
	}
	if strict {
		return Restriction{}, ErrUnknownIndex.New(index)
	}
	collections, err := collectionsOf(entry[memberCollections], path+"."+memberCollections)
	if err != nil {
		return Restriction{}, err
	}
	if err := checkMembers(entry, path, memberIndex, memberCollections); err != nil {
		return Restriction{}, err
	}
	return Restriction{Index: index, Collections: collections}, nil
}

func collectionsOf(raw any, path string) ([]string, error) {
	if raw == nil {
		return nil, nil
	}
	list, isList := raw.([]any)
	if !isList {
		return nil, assert.InvalidType.New(path, "string[]")
	}
	names := make([]string, len(list))
	for i, value := range list {
		name, isString := value.(string)
		if !isString {
			return nil, assert.InvalidType.New(path, "string[]")
		}
		names[i] = name
	}
	return names, nil
}

func checkMembers(object map[string]any, path string, accepted ...string) error {
	for _, member := range slices.Sorted(maps.Keys(object)) {
		if !slices.Contains(accepted, member) {
			list := fmt.Sprintf("%q, %q", accepted[0], accepted[1])
			return assert.Unexpected.New(path+"."+member, list)
		}
	}
	return nil
}

// isFalsy reports whether JavaScript treats a value as false. Kuzzle accepts any such value as an
// absent restrictedTo.
func isFalsy(value any) bool {
	switch v := value.(type) {
	case nil:
		return true
	case bool:
		return !v
	case string:
		return v == ""
	case float64:
		return v == 0
	case json.Number:
		number, err := v.Float64()
		return err == nil && number == 0
	}
	return false
}
