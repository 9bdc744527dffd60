package config

import (
	"reflect"
	"strings"
	"sync"
	"unicode"
)

// Key is one setting, as the tags of [Config] declare it.
type Key struct {
	// Path is the key's name, such as security.authToken.expiresIn.
	Path string
	// Env is its environment variable. Case and single underscores do not
	// count there, so Kuzzle's kuzzle_security__authToken__expiresIn is the
	// same one.
	Env string
	// Alias is an older path that works as long as Path is not given.
	Alias string
	// Help is one sentence.
	Help string
	// Secret keys are masked wherever they are shown.
	Secret bool
	// Free keys are sections with names of their own.
	Free bool
	// Derived keys follow another one until they are given.
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

// Keys lists every setting, in the order of [Config].
func Keys() []Key { return keys().list }

type keyTable struct {
	list   []Key
	byPath map[string]*Key   // aliases included
	byFold map[string]string // what folded paths of all these stand for
	groups map[string]bool   // paths that have keys below
}

var keys = sync.OnceValue(func() *keyTable {
	table := &keyTable{byPath: map[string]*Key{}, byFold: map[string]string{}, groups: map[string]bool{}}
	table.collect(reflect.TypeFor[Config](), "", nil, false)
	for i := range table.list {
		key := &table.list[i]
		table.index(key, key.Path)
		if key.Alias != "" {
			table.index(key, key.Alias)
		}
	}
	for path := range moved {
		table.byFold[fold(path)] = path
	}
	for path := range refused {
		table.byFold[fold(path)] = path
	}
	return table
})

func (t *keyTable) collect(section reflect.Type, prefix string, above []int, public bool) {
	for i := range section.NumField() {
		field := section.Field(i)
		path := prefix + field.Tag.Get("json")
		index := append(append([]int{}, above...), i)
		public := public || field.Tag.Get("public") == "true"
		if field.Type.Kind() == reflect.Struct {
			t.collect(field.Type, path+".", index, public)
			continue
		}
		key := Key{
			Path: path, Env: envName(path), Alias: field.Tag.Get("alias"), Help: field.Tag.Get("help"),
			Secret: field.Type == reflect.TypeFor[Secret](), Free: field.Type == reflect.TypeFor[Free](),
			Derived: field.Tag.Get("derived") == "true", Live: field.Tag.Get("live") == "true", public: public,
			infinite: field.Tag.Get("infinite") == "true", standard: field.Tag.Get("default"),
			min: field.Tag.Get("min"), max: field.Tag.Get("max"), field: index, kind: field.Type,
		}
		if enum := field.Tag.Get("enum"); enum != "" {
			key.choices = strings.Split(enum, ",")
		}
		t.list = append(t.list, key)
	}
}

func (t *keyTable) index(key *Key, path string) {
	t.byPath[path], t.byFold[fold(path)] = key, path
	for {
		dot := strings.LastIndexByte(path, '.')
		if dot < 0 {
			return
		}
		path = path[:dot]
		t.groups[path], t.byFold[fold(path)] = true, path
	}
}

// fold is what two spellings of a key have in common in the environment: no
// case, no separators. A test holds that no two keys fold alike.
func fold(path string) string { return strings.ToLower(separators.Replace(path)) }

var separators = strings.NewReplacer("_", "", ".", "", "-", "")

// envName spells a path for the environment: security.authToken.expiresIn
// becomes KUZZLE_SECURITY__AUTH_TOKEN__EXPIRES_IN.
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
