package config

import (
	"reflect"
	"slices"
	"strconv"
	"strings"
	"sync"
	"unicode"
)

// Key is one setting as the tags of [Config] declare it.
type Key struct {
	// Path is the key's name, such as security.authToken.expiresIn.
	Path string
	// Alias is an older path that works as long as Path is not given.
	Alias string
	// Help is one sentence.
	Help string
	// Secret keys are masked in all output.
	Secret bool
	// Free keys are sections with arbitrary names.
	Free bool
	// Derived keys take the value of another key until they are given.
	Derived bool
	// Live keys may be set while servers run, in the store; see package settings.
	Live bool

	public   bool
	infinite bool
	standard string
	min, max string
	choices  []string
	field    []int
	kind     reflect.Type
}

// Keys returns every setting, in the order of [Config].
func Keys() []Key { return keys().list }

// Env returns the key's environment variable. Case and single underscores do not
// matter, so Kuzzle's kuzzle_security__authToken__expiresIn names the same key.
func (k *Key) Env() string { return envName(k.Path) }

type keyTable struct {
	list   []Key
	byPath map[string]*Key // including aliases
	groups map[string]bool // paths with keys below them
}

// roomForKeys is slightly more than the number of keys.
const roomForKeys = 192

var keys = sync.OnceValue(func() *keyTable {
	table := &keyTable{list: make([]Key, 0, roomForKeys), byPath: make(map[string]*Key, roomForKeys), groups: map[string]bool{}}
	table.collect(reflect.TypeFor[Config](), "", nil, false)
	for i := range table.list {
		key := &table.list[i]
		table.index(key, key.Path)
		if key.Alias != "" {
			table.index(key, key.Alias)
		}
	}
	return table
})

// byFold maps the folded paths that the environment may name to paths.
var byFold = sync.OnceValue(func() map[string]string {
	table := keys()
	all := make(map[string]string, 2*roomForKeys)
	for path := range table.byPath {
		all[fold(path)] = path
	}
	for path := range table.groups {
		all[fold(path)] = path
	}
	for path := range moved {
		all[fold(path)] = path
	}
	for path := range refused {
		all[fold(path)] = path
	}
	return all
})

func (t *keyTable) collect(section reflect.Type, prefix string, above []int, public bool) {
	for i := range section.NumField() {
		field := section.Field(i)
		key := Key{
			Secret: field.Type == reflect.TypeFor[Secret](), Free: field.Type == reflect.TypeFor[Free](),
			public: public, field: append(slices.Clip(above), i), kind: field.Type,
		}
		key.read(string(field.Tag))
		key.Path = prefix + key.Path
		if field.Type.Kind() == reflect.Struct {
			t.collect(field.Type, key.Path+".", key.field, key.public)
			continue
		}
		t.list = append(t.list, key)
	}
}

// read parses the tag of a field in one pass: looking up each name separately
// would take longer than all other work on the table.
func (k *Key) read(tag string) {
	for tag != "" {
		name, rest, _ := strings.Cut(strings.TrimLeft(tag, " "), ":")
		quoted, err := strconv.QuotedPrefix(rest)
		if err != nil {
			panic("config: a bad tag: " + tag) // a test over all keys excludes this
		}
		value, _ := strconv.Unquote(quoted)
		tag = rest[len(quoted):]
		switch name {
		case "json":
			k.Path = value
		case "alias":
			k.Alias = value
		case "help":
			k.Help = value
		case "public":
			k.public = k.public || value == "true"
		case "derived":
			k.Derived = value == "true"
		case "live":
			k.Live = value == "true"
		case "infinite":
			k.infinite = value == "true"
		case "default":
			k.standard = value
		case "min":
			k.min = value
		case "max":
			k.max = value
		case "enum":
			k.choices = strings.Split(value, ",")
		default:
			panic("config: an unknown tag: " + name)
		}
	}
}

func (t *keyTable) index(key *Key, path string) {
	t.byPath[path] = key
	for dot := strings.LastIndexByte(path, '.'); dot >= 0; dot = strings.LastIndexByte(path, '.') {
		if path = path[:dot]; t.groups[path] {
			return
		}
		t.groups[path] = true
	}
}

// fold returns the common form of all spellings of a key in the environment:
// without case and separators. A test ensures that no two keys fold alike.
func fold(path string) string { return strings.ToLower(separators.Replace(path)) }

var separators = strings.NewReplacer("_", "", ".", "", "-", "")

// envName returns the environment's spelling of a path:
// security.authToken.expiresIn becomes KUZZLE_SECURITY__AUTH_TOKEN__EXPIRES_IN.
func envName(path string) string {
	name := []rune("KUZZLE_")
	before := '.'
	for _, r := range path {
		switch {
		case r == '.':
			name = append(name, '_', '_')
		case unicode.IsUpper(r) && unicode.IsLower(before):
			name = append(name, '_', r)
		default:
			name = append(name, unicode.ToUpper(r))
		}
		before = r
	}
	return string(name)
}
