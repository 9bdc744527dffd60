package config

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"sync"
)

// testVariables begin the names that tests use among themselves.
const testVariables = "KUZZLE_TEST_"

// linkVariable matches what container platforms set for a service that happens
// to be called kuzzle, such as KUZZLE_SERVICE_HOST and KUZZLE_PORT_7512_TCP.
var linkVariable = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`^KUZZLE_([A-Z0-9_]+_)?(SERVICE_HOST|SERVICE_PORT(_[A-Z0-9_]+)?|PORT(_\d+_(TCP|UDP)(_(PROTO|PORT|ADDR))?)?)$`)
})

// variable is one entry of the environment that is meant for us.
type variable struct{ name, value string }

// Strangers lists the variables that begin with KUZZLE_ and name no key, each with the
// key that was most likely meant. Load passes them over: other programs, such as
// Kuzzle's command line, have variables of that beginning too.
func Strangers(env []string) Problems {
	var unknown Problems
	for _, v := range variables(env) {
		path := envPath(v.name)
		if strange(path) && !isLink(v, path) {
			unknown = append(unknown, Problem{From: Origin{Source: FromEnv, Name: v.name}, Remedy: unknownKey(path, FromEnv)})
		}
	}
	return unknown
}

// strange reports whether a path is no key, and none of Kuzzle's that is refused with
// a reason.
func strange(path string) bool {
	at := locate(path)
	_, refused := refusal(path)
	return at.key == nil && !at.group && !refused
}

// variables are those that begin with KUZZLE_ or kuzzle_, by name. An empty one counts
// as not given, which is what compose files make of an unset value.
func variables(env []string) []variable {
	var ours []variable
	for _, entry := range env {
		name, value, _ := strings.Cut(entry, "=")
		if len(name) <= len("kuzzle_") || !strings.EqualFold(name[:len("kuzzle_")], "kuzzle_") {
			continue
		}
		if value == "" || name == configVariable || strings.HasPrefix(name, testVariables) {
			continue
		}
		ours = append(ours, variable{name, value})
	}
	slices.SortFunc(ours, func(a, b variable) int { return strings.Compare(a.name, b.name) })
	return ours
}

// readEnv takes every variable that names a key.
func (c *collector) readEnv(env []string) {
	said := map[string]variable{}
	for _, v := range variables(env) {
		path := envPath(v.name)
		if strange(path) || isLink(v, path) {
			continue
		}
		if other, twice := said[path]; twice && other.value != v.value {
			c.problem(path, "", Origin{Source: FromEnv, Name: v.name},
				fmt.Sprintf("%s says something else; unset one of the two", other.name))
			continue
		}
		said[path] = v
		c.takeVariable(v, path)
	}
}

func (c *collector) takeVariable(v variable, path string) {
	origin := Origin{Source: FromEnv, Name: v.name}
	at := locate(path)
	if len(at.below) > 0 && v.name == strings.ToUpper(v.name) {
		c.problem(at.key.Path, "", origin, fmt.Sprintf("upper and lower case count below %s; write kuzzle_%s__<name>__<setting>",
			at.key.Path, strings.ReplaceAll(at.key.Path, ".", "__")))
		return
	}
	c.takeText(path, v.value, origin)
}

func isLink(v variable, path string) bool {
	at := locate(path)
	return (at.key == nil || strings.Contains(v.value, "://")) && linkVariable().MatchString(v.name)
}

// shorthands are sections whose own variable stands for one of their keys.
var shorthands = map[string]string{"elasticsearch": "elasticsearch.addresses"}

// envPath is the path that a variable names. Where it is no key, it is the
// name's own words with dots for double underscores.
func envPath(name string) string {
	words := strings.Split(name[len("kuzzle_"):], "__")
	for n := len(words); n > 0; n-- {
		path, found := byFold()[fold(strings.Join(words[:n], ""))]
		if !found {
			continue
		}
		if n == len(words) {
			if short, ok := shorthands[path]; ok {
				return short
			}
			return path
		}
		if _, section := moved[path]; section || locate(path).key != nil {
			return path + "." + strings.Join(words[n:], ".")
		}
	}
	return strings.Join(words, ".")
}
