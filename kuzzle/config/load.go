package config

import (
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"

	"github.com/gokuzzle/kuzzle/kuzzle/digest"
	"github.com/gokuzzle/kuzzle/kuzzle/digest/pool"
	"github.com/gokuzzle/kuzzle/kuzzle/throttle"
)

// Sources are the places to read a configuration from.
type Sources struct {
	// File is the path of a JSON file, which may have comments. "" means the
	// file that KUZZLE_CONFIG names in Env, if any.
	File string
	// Env is the environment in the form of os.Environ.
	Env []string
	// Flags are values by key path.
	Flags map[string]string
}

// Default returns the configuration without any source.
func Default() Config {
	cfg, logins := Config{}, throttle.Defaults()
	cfg.Hashing = Hashing{
		Memory: pool.DefaultMemory, Queue: pool.DefaultWaiting, MaxWait: Duration(pool.DefaultWait),
	}
	cfg.Passwords = Passwords{
		BcryptCost: digest.DefaultBcryptCost, Argon2Memory: Size(digest.DefaultArgon2Memory) << 10,
		Argon2Passes: int(digest.DefaultArgon2Passes), Argon2Lanes: int(digest.DefaultArgon2Lanes),
	}
	cfg.Logins = Logins{
		FreeFailures: logins.Pair.Free, FreeSignUps: logins.SignUp.Free, FirstDelay: Duration(logins.Pair.First), MaxDelay: Duration(logins.Pair.Max),
		ForgiveEvery: Duration(logins.Pair.Forgive), KnownFor: Duration(logins.Remember), Tracked: logins.Accounts,
	}
	for _, key := range Keys() {
		if key.standard == "" {
			continue
		}
		if err := key.assign(cfg.field(&key), key.standard, true); err != nil {
			panic("config: bad default of " + key.Path) // a test over all keys excludes this
		}
	}
	cfg.Server.Port = portOf(cfg.Listen)
	return cfg
}

func (c *Config) field(key *Key) reflect.Value {
	return reflect.ValueOf(c).Elem().FieldByIndex(key.field)
}

// Load reads the sources into a valid configuration. Its error is of type
// [Problems] and holds all problems; the configuration is then unusable.
func Load(from Sources) (Config, Origins, error) {
	c := collector{}
	c.readFile(from)
	c.readEnv(from.Env)
	c.readFlags(from.Flags)
	cfg, origins := c.apply()
	if len(c.problems) == 0 {
		c.problems = cfg.check(origins)
	}
	if len(c.problems) > 0 {
		return Config{}, nil, c.problems
	}
	return cfg, origins, nil
}

// given is one value from a source.
type given struct {
	key   *Key
	below []string // names within a free key
	value any
	text  bool // whether value is a text that stands for any type
	from  Origin
}

type collector struct {
	givens   []given
	problems Problems
}

func (c *collector) problem(path, value string, from Origin, remedy string) {
	c.problems = append(c.problems, Problem{Key: path, Value: value, From: from, Remedy: remedy})
}

// configVariable names the file if no flag does.
const configVariable = "KUZZLE_CONFIG"

func (c *collector) readFile(from Sources) {
	name := from.File
	for _, entry := range from.Env {
		if value, found := strings.CutPrefix(entry, configVariable+"="); found && from.File == "" {
			name = value
		}
	}
	if name == "" {
		return
	}
	origin := Origin{Source: FromFile, Name: filepath.Base(name)}
	src, err := readBounded(name)
	if err != nil {
		c.problem("", "", origin, err.Error())
		return
	}
	tree, err := parse(src)
	if err != nil {
		c.problem("", "", origin, err.Error())
		return
	}
	c.walk("", tree, origin)
}

func readBounded(name string) ([]byte, error) {
	file, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	src, err := io.ReadAll(io.LimitReader(file, maxFile+1))
	if err != nil {
		return nil, err
	}
	if len(src) > maxFile {
		return nil, fmt.Errorf("the file is larger than %s", Size(maxFile))
	}
	return src, nil
}

// walk reads the values of an object; prefix is its path and a dot, or empty.
func (c *collector) walk(prefix string, object map[string]any, from Origin) {
	for _, name := range slices.Sorted(maps.Keys(object)) {
		path := prefix + name
		switch to := locate(path); {
		case to.group:
			section, ok := object[name].(map[string]any)
			if !ok {
				c.problem(path, "", from, errObject.Error())
				continue
			}
			c.walk(path+".", section, from)
		default:
			c.take(path, to, object[name], false, from)
		}
	}
}

// target is the result of a path: a key, names below a free key, or a section.
type target struct {
	key   *Key
	below []string
	group bool
}

// locate finds a path; the zero target means that there is no such key.
func locate(path string) target {
	table := keys()
	if key := table.byPath[path]; key != nil {
		return target{key: key}
	}
	if _, whole := moved[path]; whole || table.groups[path] {
		return target{group: true}
	}
	for old, to := range moved {
		if rest, within := strings.CutPrefix(path, old+"."); within {
			return target{key: table.byPath[to[0]], below: append([]string{to[1]}, strings.Split(rest, ".")...)}
		}
	}
	for at, r := range path {
		if key := table.byPath[path[:at]]; r == '.' && key != nil && key.Free {
			return target{key: key, below: strings.Split(path[at+1:], ".")}
		}
	}
	return target{}
}

// take records a value, or the problem with it.
func (c *collector) take(path string, at target, value any, text bool, from Origin) {
	if why, found := refusal(path); found && (at.key == nil || refused[path] != "") {
		c.problem(path, "", from, why)
		return
	}
	if at.key == nil {
		c.problem(path, "", from, unknownKey(path, from.Source))
		return
	}
	if from.Source == FromFlag && at.key.Secret {
		c.problem(path, "", from, "all users of this machine can read flags; use the file or "+at.key.Env())
		return
	}
	canonical := at.key.Path
	if len(at.below) > 0 {
		canonical += "." + strings.Join(at.below, ".")
	}
	if path != canonical {
		from.As = path
	}
	c.givens = append(c.givens, given{key: at.key, below: at.below, value: value, text: text, from: from})
}

func (c *collector) readFlags(flags map[string]string) {
	for _, path := range slices.Sorted(maps.Keys(flags)) {
		origin := Origin{Source: FromFlag, Name: flagName(path)}
		c.takeText(path, flags[path], origin)
	}
}

// takeText records a value from the environment or a flag. A whole section may
// be given as JSON.
func (c *collector) takeText(path, value string, from Origin) {
	at := locate(path)
	if !at.group {
		c.take(path, at, value, true, from)
		return
	}
	rest, marked := strings.CutPrefix(value, jsonMark)
	decoded, err := decodeText(rest)
	section, ok := decoded.(map[string]any)
	if !marked || err != nil || !ok {
		c.problem(path, "", from, fmt.Sprintf("this is a section; name one of its keys or write %s{…}", jsonMark))
		return
	}
	c.walk(path+".", section, from)
}

// isFallback reports whether a value was given under an older path. A value under the key's
// own path wins over it, from any source.
func (g *given) isFallback() bool { return g.from.As != "" }

// apply writes the given values over the defaults, in the order of precedence.
func (c *collector) apply() (Config, Origins) {
	cfg, origins := Default(), Origins{}
	slices.SortStableFunc(c.givens, func(a, b given) int {
		switch {
		case a.isFallback() == b.isFallback():
			return 0
		case a.isFallback():
			return -1
		}
		return 1
	})
	free := map[*Key]map[string]any{}
	for _, g := range c.givens {
		if g.key.Free {
			c.applyFree(free, g, origins)
			continue
		}
		if err := g.key.assign(cfg.field(g.key), g.value, g.text); err != nil {
			c.problem(g.path(), g.shown(), g.from, err.Error())
			continue
		}
		origins[g.key.Path] = g.from
	}
	for key, tree := range free {
		cfg.field(key).Set(reflect.ValueOf(encodeFree(tree)))
	}
	c.settlePort(&cfg, origins)
	return cfg, origins
}

func (g *given) path() string {
	if g.from.As != "" {
		return g.from.As
	}
	return strings.Join(append([]string{g.key.Path}, g.below...), ".")
}

// shown returns the value for a message: masked if it is secret, shortened if
// it is long.
func (g *given) shown() string {
	if g.key.Secret {
		return redacted
	}
	text := strings.TrimSpace(string(encode(g.value)))
	if len(text) > 80 {
		text = text[:80] + "…"
	}
	return text
}

// errPorts reports that listen and server.port disagree.
var errPorts = errors.New("listen and server.port name different ports; give one of the two")

// settlePort makes server.port change the port of listen, or sets server.port
// from it.
func (c *collector) settlePort(cfg *Config, origins Origins) {
	port, listen := origins["server.port"], origins["listen"]
	own := portOf(cfg.Listen)
	switch {
	case port.Source.rank() > listen.Source.rank():
		cfg.Listen = withPort(cfg.Listen, cfg.Server.Port)
		origins["listen"] = Origin{Source: port.Source, Name: port.Name, As: "server.port"}
		return
	case port.Source == listen.Source && listen.Source.rank() > 0 && cfg.Server.Port != own:
		c.problem("server.port", fmt.Sprint(cfg.Server.Port), port, errPorts.Error())
		return
	}
	cfg.Server.Port = own
	delete(origins, "server.port")
	if listen.Source.rank() > 0 {
		origins["server.port"] = Origin{Source: listen.Source, Name: listen.Name, As: "listen"}
	}
}
