package config

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"text/tabwriter"
)

// Entry is one effective setting.
type Entry struct {
	Key string `json:"key"`
	// Value is in the form of the file, with secrets masked.
	Value json.RawMessage `json:"value"`
	// From is the source of the value.
	From string `json:"from"`
}

// Report returns every effective setting in the order of [Config], free
// sections setting by setting, with secrets masked.
func (c Config) Report(origins Origins) []Entry {
	var entries []Entry
	for _, key := range Keys() {
		if key.Free {
			entries = append(entries, reportFree(key.Path, c.field(&key).Interface().(Free), origins)...)
			continue
		}
		entries = append(entries, Entry{
			Key: key.Path, Value: encode(c.field(&key).Interface()), From: origins[key.Path].String(),
		})
	}
	return entries
}

func reportFree(path string, free Free, origins Origins) []Entry {
	if len(free) == 0 {
		return []Entry{{Key: path, Value: []byte("{}"), From: Origin{}.String()}}
	}
	var entries []Entry
	for _, name := range slices.Sorted(maps.Keys(free)) {
		section, _ := decodeText(string(free[name]))
		object, _ := section.(map[string]any)
		for _, below := range slices.Sorted(maps.Keys(object)) {
			full := path + "." + name + "." + below
			entries = append(entries, Entry{Key: full, Value: encode(masked(below, object[below])), From: origins[full].String()})
		}
	}
	return entries
}

// masked hides the texts below names that sound like secrets. It hides too much
// rather than too little, because this package does not know the meaning of
// these settings.
func masked(name string, value any) any {
	switch v := value.(type) {
	case map[string]any:
		shown := make(map[string]any, len(v))
		for below, inner := range v {
			telling := below
			if soundsSecret(name) {
				telling = name
			}
			shown[below] = masked(telling, inner)
		}
		return shown
	case []any:
		shown := make([]any, len(v))
		for i := range v {
			shown[i] = masked(name, v[i])
		}
		return shown
	case string:
		if soundsSecret(name) && v != "" {
			return redacted
		}
	}
	return value
}

func soundsSecret(name string) bool {
	name = fold(name)
	for _, word := range []string{"secret", "pepper", "credential", "privatekey"} {
		if strings.Contains(name, word) {
			return true
		}
	}
	for _, word := range []string{"password", "passwd", "passphrase", "token", "key", "keys", "dsn", "url", "uri"} {
		if strings.HasSuffix(name, word) {
			return true
		}
	}
	return false
}

// WriteText prints entries as aligned lines: key, source, value.
func WriteText(w io.Writer, entries []Entry) error {
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, e := range entries {
		fmt.Fprintf(table, "%s\t%s\t%s\n", e.Key, e.From, e.Value)
	}
	return table.Flush()
}

// WriteJSON prints entries as an indented JSON array.
func WriteJSON(w io.Writer, entries []Entry) error {
	encoder := json.NewEncoder(w)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	return encoder.Encode(entries)
}

// Public returns the answer of server:getConfig: Kuzzle's own sections as far
// as they exist here, without security. The values are in the form of the file.
func (c Config) Public() map[string]any {
	public := map[string]any{}
	for _, key := range Keys() {
		if !key.public || key.Secret {
			continue
		}
		section := public
		names := strings.Split(key.Path, ".")
		for _, name := range names[:len(names)-1] {
			inner, _ := section[name].(map[string]any)
			if inner == nil {
				inner = map[string]any{}
				section[name] = inner
			}
			section = inner
		}
		section[names[len(names)-1]] = c.field(&key).Interface()
	}
	return public
}
