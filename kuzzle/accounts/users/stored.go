package users

import (
	"encoding/json"
	"maps"
	"slices"

	"github.com/gokuzzle/kuzzle/kuzzle/plainjson"
)

// AppendMerged writes a stored object with patch merged into it: objects deeply, other values
// replaced, null removing a member. It does not decode the object, however large, and copies the
// bytes of every value that patch does not name. Members are sorted if the stored object's are, as
// in every object that Encode wrote.
func AppendMerged(dst []byte, stored json.RawMessage, patch map[string]any) ([]byte, error) {
	there, inOrder, last := map[string]bool{}, true, ""
	for m, err := range plainjson.Members(stored) {
		if err != nil {
			return nil, err
		}
		if _, patched := patch[m.Name]; patched {
			there[m.Name] = true
		}
		inOrder = inOrder && last <= m.Name
		last = m.Name
	}
	var added []string // names that only patch has
	for _, name := range slices.Sorted(maps.Keys(patch)) {
		if !there[name] {
			added = append(added, name)
		}
	}
	w := &mergeWriter{dst: append(dst, '{')}
	for m := range plainjson.Members(stored) {
		for inOrder && len(added) > 0 && added[0] < m.Name {
			w.patched(added[0], patch[added[0]], nil)
			added = added[1:]
		}
		switch value, patched := patch[m.Name]; {
		case !patched:
			w.name(m.Name)
			w.dst = append(w.dst, m.Value...)
		case there[m.Name]:
			there[m.Name] = false // ignore a second member with that name
			under := m.Value
			if !m.IsObject() {
				under = nil
			}
			w.patched(m.Name, value, under)
		}
	}
	for _, name := range added {
		w.patched(name, patch[name], nil)
	}
	return append(w.dst, '}'), w.err
}

// mergeWriter writes the members of an object; it keeps its first error.
type mergeWriter struct {
	dst  []byte
	some bool
	err  error
}

func (w *mergeWriter) name(name string) {
	if w.some {
		w.dst = append(w.dst, ',')
	}
	w.some = true
	w.dst = append(plainjson.AppendString(w.dst, name), ':')
}

// patched writes a member that a patch names. under is the stored value if that is an object.
func (w *mergeWriter) patched(name string, value any, under json.RawMessage) {
	if value == nil || w.err != nil {
		return
	}
	w.name(name)
	deeper, isObject := value.(map[string]any)
	if isObject && under == nil {
		under = json.RawMessage("{}")
	}
	var out []byte
	if isObject {
		out, w.err = AppendMerged(w.dst, under, deeper)
	} else {
		out, w.err = AppendJSON(w.dst, value)
	}
	if w.err == nil {
		w.dst = out
	}
}

// MergedContent merges a patch into a stored content. It ignores members that clients may not set,
// and sets _kuzzle_info to made.
func MergedContent(stored json.RawMessage, patch map[string]any, made Info) (json.RawMessage, error) {
	patch = maps.Clone(patch)
	if patch == nil {
		patch = map[string]any{}
	}
	delete(patch, idKey)
	patch[InfoKey] = made
	return AppendMerged(make([]byte, 0, len(stored)+len(stored)/16+512), stored, patch)
}
