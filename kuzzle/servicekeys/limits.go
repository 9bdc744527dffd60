package servicekeys

import (
	"regexp"
	"slices"
	"strings"
	"sync"
)

// Bounds of a key's limits.
const (
	maxLimits     = 200
	maxLimitBytes = 256
)

// Below is the path prefix of everything that keys may call.
const Below = "/v1"

// Limits restrict a key; empty lists do not restrict it.
type Limits struct {
	// Endpoints are names of actions, such as users:get and users:*, and routes, such
	// as "GET /v1/users/{user_id}" and "* /v1/users/**". A * stands for any one name,
	// verb or segment, ** at the end for any number of further segments.
	Endpoints []string `json:"endpoints"`
	// Organizations are ids. A key that is limited to organizations may only run
	// requests that concern one of them.
	Organizations []string `json:"organizations"`
}

// These are compiled when the first limits are checked.
var (
	actionForm = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^([A-Za-z0-9_-]+|\*):([A-Za-z0-9_-]+|\*)$`) })
	routeForm  = sync.OnceValue(func() *regexp.Regexp {
		return regexp.MustCompile(`^([A-Z]+|\*) (/([A-Za-z0-9_.~-]+|\*|\{[A-Za-z0-9_]+\}))*(/\*\*)?$`)
	})
	organizationForm = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^[A-Za-z0-9_.~-]+$`) })
)

// check refuses limits that no request could match. Fault: ErrLimit.
func (l Limits) check() error {
	const endpointRemedy = "give the name of an action, such as users:get, or a verb in capitals and a path below " + Below + ", such as GET " + Below + "/users/{user_id}"
	for _, list := range []struct {
		field, remedy string
		all           []string
		fits          func(string) bool
	}{
		{"endpoints", endpointRemedy, l.Endpoints, func(one string) bool {
			return actionForm().MatchString(one) || routeForm().MatchString(one) && reachable(one)
		}},
		{"organizations", "give the id of an organization", l.Organizations, organizationForm().MatchString},
	} {
		if len(list.all) > maxLimits {
			return ErrLimit.New(list.field, "...", "give at most 200")
		}
		for _, one := range list.all {
			if len(one) > maxLimitBytes {
				return ErrLimit.New(list.field, one[:maxLimitBytes], "give at most 256 bytes")
			}
			if !list.fits(one) {
				return ErrLimit.New(list.field, one, list.remedy)
			}
		}
	}
	return nil
}

// Limited reports whether the key has any restriction.
func (l Limits) Limited() bool { return len(l.Endpoints) > 0 || len(l.Organizations) > 0 }

// Allows reports whether the key may run an action, by its canonical name
// controller:action or by one of its routes, each a verb and a declared path.
func (l Limits) Allows(action string, routes ...string) bool {
	return len(l.Endpoints) == 0 || slices.ContainsFunc(l.Endpoints, func(endpoint string) bool {
		if !strings.Contains(endpoint, " ") {
			return matches(strings.Split(endpoint, ":"), strings.Split(action, ":"))
		}
		return slices.ContainsFunc(routes, func(route string) bool { return matches(routeParts(endpoint), routeParts(route)) })
	})
}

// Concerns reports whether the key may run a request about an organization; "" stands
// for a request about none.
func (l Limits) Concerns(organization string) bool {
	return len(l.Organizations) == 0 || organization != "" && slices.Contains(l.Organizations, organization)
}

// Reaches returns the organizations that the key is limited to; none means all.
func (l Limits) Reaches() []string { return l.Organizations }

// routeParts returns the verb and the segments of a route. A trailing slash has no
// meaning.
func routeParts(route string) []string {
	verb, path, _ := strings.Cut(route, " ")
	return append([]string{verb}, strings.FieldsFunc(path, func(r rune) bool { return r == '/' })...)
}

// reachable reports whether a route may lie below the path that keys may call.
func reachable(route string) bool {
	parts := routeParts(route)
	return len(parts) > 1 && slices.Contains([]string{strings.Trim(Below, "/"), "*", "**"}, parts[1])
}

func matches(pattern, parts []string) bool {
	for i, want := range pattern {
		switch {
		case want == "**":
			return true
		case i >= len(parts):
			return false
		case want == "*", want == parts[i], variable(want) && variable(parts[i]):
		default:
			return false
		}
	}
	return len(pattern) == len(parts)
}

// variable reports whether a segment stands for an argument of any name.
func variable(segment string) bool { return strings.HasPrefix(segment, "{") }
