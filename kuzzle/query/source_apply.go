package query

import (
	"bytes"
	"encoding/json"
	"strings"
)

// Apply returns the part of a document that Source shows, in the document's own
// order and spelling; nil if it shows none. A path stands for everything inside
// it, * for any characters, including dots. An excluded path is never shown,
// even if it is included. Objects and arrays that become empty are left out.
func (s Source) Apply(content json.RawMessage) (json.RawMessage, error) {
	if s.Hidden {
		return nil, nil
	}
	if len(s.Includes)+len(s.Excludes) == 0 {
		return content, nil
	}
	kept, any, err := s.filter(content, "", len(s.Includes) == 0)
	if err != nil || !any {
		return json.RawMessage("{}"), err
	}
	return kept, nil
}

// filter returns the shown part of a value at path; whole means that everything
// is shown that is not excluded. any is false if nothing is left.
func (s Source) filter(value json.RawMessage, path string, whole bool) (kept json.RawMessage, any bool, err error) {
	switch first(value) {
	case '{':
		return s.filterMembers(value, path, whole)
	case '[':
		return s.filterElements(value, path, whole)
	}
	return value, whole, nil
}

func (s Source) filterMembers(value json.RawMessage, path string, whole bool) (json.RawMessage, bool, error) {
	out, any := bytes.NewBufferString("{"), false
	err := members(value, func(key string, member json.RawMessage) error {
		at := key
		if path != "" {
			at = path + "." + key
		}
		if matchesOne(s.Excludes, at) {
			return nil
		}
		kept, shown, err := s.filter(member, at, whole || matchesOne(s.Includes, at))
		if err != nil || !shown {
			return err
		}
		if any {
			out.WriteByte(',')
		}
		any = true
		return writeMember(out, key, kept)
	})
	out.WriteByte('}')
	return out.Bytes(), any || whole, err
}

func (s Source) filterElements(value json.RawMessage, path string, whole bool) (json.RawMessage, bool, error) {
	var elements []json.RawMessage
	if err := json.Unmarshal(value, &elements); err != nil {
		return nil, false, err
	}
	out, any := bytes.NewBufferString("["), false
	for _, element := range elements {
		kept, shown, err := s.filter(element, path, whole)
		if err != nil {
			return nil, false, err
		}
		if !shown {
			continue
		}
		if any {
			out.WriteByte(',')
		}
		any = true
		out.Write(kept)
	}
	out.WriteByte(']')
	return out.Bytes(), any || whole, nil
}

// members calls do for each member of an object, in order.
func members(object json.RawMessage, do func(key string, value json.RawMessage) error) error {
	decoder := json.NewDecoder(bytes.NewReader(object))
	if _, err := decoder.Token(); err != nil {
		return err
	}
	for decoder.More() {
		token, err := decoder.Token()
		if err != nil {
			return err
		}
		key, _ := token.(string)
		var value json.RawMessage
		if err := decoder.Decode(&value); err != nil {
			return err
		}
		if err := do(key, value); err != nil {
			return err
		}
	}
	_, err := decoder.Token()
	return err
}

func writeMember(out *bytes.Buffer, key string, value json.RawMessage) error {
	name, err := json.Marshal(key)
	if err != nil {
		return err
	}
	out.Write(name)
	out.WriteByte(':')
	out.Write(value)
	return nil
}

// matchesOne reports whether a pattern matches the path. Patterns such as a.*
// match the members of a.
func matchesOne(patterns []string, path string) bool {
	for _, pattern := range patterns {
		if pattern == path || strings.Contains(pattern, "*") && globMatch(pattern, path) {
			return true
		}
	}
	return false
}

func first(value json.RawMessage) byte {
	value = bytes.TrimLeft(value, " \t\r\n")
	if len(value) == 0 {
		return 0
	}
	return value[0]
}
