package config

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"sync"
)

// testVariables is the prefix of variables that only tests use.
const testVariables = "KUZZLE_TEST_"

// linkVariable matches variables that container platforms set for a service with the
// name kuzzle, such as KUZZLE_SERVICE_HOST and KUZZLE_PORT_7512_TCP.
var linkVariable = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`^KUZZLE_([A-Z0-9_]+_)?(SERVICE_HOST|SERVICE_PORT(_[A-Z0-9_]+)?|PORT(_\d+_(TCP|UDP)(_(PROTO|PORT|ADDR))?)?)$`)
})

// DigestPepper is the variable with the pepper of imported digests. It is no key: only
// commands that read digests need it.
const DigestPepper = "KUZZLE_DIGEST_PEPPER"

// variable is one variable of the environment that is meant for this program.
type variable struct{ name, value string }

// Strangers lists the variables that begin with KUZZLE_ and name no key, each with the
// nearest key. Load ignores them, because other programs, such as Kuzzle's command
// line, have variables with that prefix too.
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

// strange reports whether a path is neither a key nor a key of Kuzzle's that is
// refused with a reason.
func strange(path string) bool {
	at := locate(path)
	_, refused := refusal(path)
	return at.key == nil && !at.group && !refused
}

// variables returns the variables that begin with KUZZLE_ or kuzzle_, by name. An
// empty one counts as missing, because compose files pass unset values as empty ones.
func variables(env []string) []variable {
	var ours []variable
	for _, entry := range env {
		name, value, _ := strings.Cut(entry, "=")
		if len(name) <= len("kuzzle_") || !strings.EqualFold(name[:len("kuzzle_")], "kuzzle_") {
			continue
		}
		if value == "" || name == configVariable || name == DigestPepper || strings.HasPrefix(name, testVariables) {
			continue
		}
		ours = append(ours, variable{name, value})
	}
	slices.SortFunc(ours, func(a, b variable) int { return strings.Compare(a.name, b.name) })
	return ours
}

// readEnv reads every variable that names a key.
func (c *collector) readEnv(env []string) {
	said := map[string]variable{}
	for _, v := range variables(env) {
		path := envPath(v.name)
		if strange(path) || isLink(v, path) {
			continue
		}
		if other, twice := said[path]; twice && other.value != v.value {
			c.problem(path, "", Origin{Source: FromEnv, Name: v.name},
				fmt.Sprintf("%s has another value; unset one of the two", other.name))
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
		c.problem(at.key.Path, "", origin, fmt.Sprintf("upper and lower case matter below %s; write kuzzle_%s__<name>__<setting>",
			at.key.Path, strings.ReplaceAll(at.key.Path, ".", "__")))
		return
	}
	c.takeText(path, v.value, origin)
}

func isLink(v variable, path string) bool {
	at := locate(path)
	return (at.key == nil || strings.Contains(v.value, "://")) && linkVariable().MatchString(v.name)
}

// shorthands maps sections to the key that their own variable sets.
var shorthands = map[string]string{"elasticsearch": "elasticsearch.addresses"}

// envPath returns the path that a variable names. If it is not a key, envPath returns
// the words of the name with dots for double underscores.
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
