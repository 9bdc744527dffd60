package legacyhttp

import (
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/gokuzzle/kuzzle/strategies"
)

// judge returns the old system's yes or no; any other answer is an error.
func (o Options) judge(status int, body []byte) (yes bool, err error) {
	yes = status >= 200 && status <= 299
	if o.Accept.Statuses != nil {
		yes = slices.Contains(o.Accept.Statuses, status)
	}
	switch {
	case !yes && slices.Contains(o.Refusals, status):
		return false, nil
	case !yes:
		return false, fmt.Errorf("%w: the status %d is neither in accept.statuses nor in refusals", errNoAnswer, status)
	case o.Accept.Pointer == "":
		return true, nil
	}
	var tree any
	if err := json.Unmarshal(body, &tree); err != nil {
		// The parser's own error quotes the answer.
		return false, fmt.Errorf("%w: the body is not JSON", errNoAnswer)
	}
	value, there := lookup(tree, o.Accept.Pointer)
	if o.Accept.Equals == nil {
		return there && value != nil && value != false, nil
	}
	var want any
	if err := json.Unmarshal(o.Accept.Equals, &want); err != nil {
		return false, err
	}
	return there && reflect.DeepEqual(value, want), nil
}

// lookup follows an RFC 6901 JSON pointer.
func lookup(tree any, pointer string) (value any, there bool) {
	if pointer == "" {
		return tree, true
	}
	unescape := strings.NewReplacer("~1", "/", "~0", "~")
	for _, step := range strings.Split(pointer[1:], "/") {
		step = unescape.Replace(step)
		switch at := tree.(type) {
		case map[string]any:
			if tree, there = at[step]; !there {
				return nil, false
			}
		case []any:
			i, err := strconv.Atoi(step)
			if err != nil || i < 0 || i >= len(at) || strconv.Itoa(i) != step {
				return nil, false
			}
			tree = at[i]
		default:
			return nil, false
		}
	}
	return tree, true
}

// user builds a user from an answer.
func (c *Create) user(body []byte) (content map[string]any, names map[string]any) {
	var tree any
	// If the answer is not JSON, the user gets no further fields.
	_ = json.Unmarshal(body, &tree)
	content, names = map[string]any{}, map[string]any{}
	profiles := slices.Clone(c.ProfileIDs)
	for field, pointer := range c.Content {
		if value, there := lookup(tree, pointer); there && value != nil {
			content[field] = value
		}
	}
	for kind, pointer := range c.Identifiers {
		value, _ := lookup(tree, pointer)
		if text, ok := value.(string); ok && strategies.WrongName(strategies.Identifier{Kind: kind, Value: text}) == "" {
			names[kind] = text
		}
	}
	for _, role := range c.Roles.of(tree) {
		if id := c.Roles.Profiles[role]; id != "" && !slices.Contains(profiles, id) {
			profiles = append(profiles, id)
		}
	}
	ids := make([]any, len(profiles))
	for i, id := range profiles {
		ids[i] = id
	}
	content[profilesKey] = ids
	return content, names
}

// of returns the profiles for the roles in the answer.
func (r Roles) of(tree any) []string {
	if r.Pointer == "" {
		return nil
	}
	value, _ := lookup(tree, r.Pointer)
	list, ok := value.([]any)
	if !ok {
		list = []any{value}
	}
	var roles []string
	for _, one := range list {
		if text, ok := one.(string); ok {
			roles = append(roles, text)
		}
	}
	return roles
}
