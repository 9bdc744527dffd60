package servicekeys

import (
	"regexp"
	"slices"
	"strings"
	"sync"
)

// Bounds of what a key may be limited to.
const (
	maxLimits     = 200
	maxLimitBytes = 256
)

// Below is the path that all lies under that a key opens.
const Below = "/v1"

// Limits say what a key may do; empty lists do not limit it.
type Limits struct {
	// Endpoints are the names of actions, such as users:get and users:*, and routes,
	// such as "GET /v1/users/{user_id}" and "* /v1/users/**". A * stands for any one
	// name, verb or segment, ** at the end for any further segments, also none.
	Endpoints []string `json:"endpoints"`
	// Organizations are ids. A key that is limited to organizations may do nothing
	// that concerns none of them.
	Organizations []string `json:"organizations"`
}

// Compiled when the first limits are checked.
var (
	actionForm = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^([A-Za-z0-9_-]+|\*):([A-Za-z0-9_-]+|\*)$`) })
	routeForm  = sync.OnceValue(func() *regexp.Regexp {
		return regexp.MustCompile(`^([A-Z]+|\*) (/([A-Za-z0-9_.~-]+|\*|\{[A-Za-z0-9_]+\}))*(/\*\*)?$`)
	})
	organizationForm = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^[A-Za-z0-9_.~-]+$`) })
)

// check refuses limits that could never be met. Fault: ErrLimit.
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

// Limited reports whether there is something that the key may not do.
func (l Limits) Limited() bool { return len(l.Endpoints) > 0 || len(l.Organizations) > 0 }

// Allows reports whether the key may run an action, by its canonical name
// controller:action or by one of its routes, each a verb and a path as it is declared.
func (l Limits) Allows(action string, routes ...string) bool {
	return len(l.Endpoints) == 0 || slices.ContainsFunc(l.Endpoints, func(endpoint string) bool {
		if !strings.Contains(endpoint, " ") {
			return matches(strings.Split(endpoint, ":"), strings.Split(action, ":"))
		}
		return slices.ContainsFunc(routes, func(route string) bool { return matches(routeParts(endpoint), routeParts(route)) })
	})
}

// Concerns reports whether the key may do what concerns an organization, or what
// concerns none, for "".
func (l Limits) Concerns(organization string) bool {
	return len(l.Organizations) == 0 || organization != "" && slices.Contains(l.Organizations, organization)
}

// Reaches are the organizations that the key is limited to, none for all of them.
func (l Limits) Reaches() []string { return l.Organizations }

// routeParts are the verb and the segments of a route. A trailing slash means nothing.
func routeParts(route string) []string {
	verb, path, _ := strings.Cut(route, " ")
	return append([]string{verb}, strings.FieldsFunc(path, func(r rune) bool { return r == '/' })...)
}

// reachable reports whether a route may lie where keys open something.
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

// variable reports whether a segment stands for an argument, whatever its name is.
func variable(segment string) bool { return strings.HasPrefix(segment, "{") }
