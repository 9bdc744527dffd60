package texts

import (
	"bufio"
	"bytes"
	"encoding/json"
)

// OnOneLine reports whether the text begins with a whole object that ends with its line.
// Then lines after a broken one can be read.
func OnOneLine(head []byte) bool {
	line, _, more := bytes.Cut(head, []byte("\n"))
	e := NewElements(bufio.NewReader(bytes.NewReader(line)), Values)
	_, err := e.Next()
	return err == nil && (more || len(head) < Peeked) || err != nil && more && bytes.HasSuffix(bytes.TrimSpace(line), []byte("}"))
}

// Outline lists the names in the text's first object, and in the first user in it, as far as
// the text goes.
func Outline(head []byte) (keys, first map[string]bool) {
	in := bufio.NewReader(bytes.NewReader(head))
	e := NewElements(in, Members)
	if head[0] == '[' {
		keys = map[string]bool{}
		_ = e.Expect('[') // seen
		first = names(e)
		if first["type"] && first["version"] && first["comment"] {
			keys[TablesMember] = true
			first = rowsIn(head)
		}
		return keys, first
	}
	keys = names(NewElements(bufio.NewReader(bytes.NewReader(head)), Members))
	if keys[ListMember] {
		e := NewElements(bufio.NewReader(bytes.NewReader(head)), Pages)
		if err := e.Listed(); err == nil {
			if first := names(e); first["object"] {
				return keys, first
			}
		}
	}
	return keys, usersIn(head, keys)
}

// names returns the names of an object's members.
func names(e *Elements) map[string]bool {
	found := map[string]bool{}
	if e.Expect('{') != nil {
		return found
	}
	for {
		key, err := e.Member()
		if err != nil {
			return found
		}
		found[key] = true
		if e.Value(false) != nil {
			return found
		}
	}
}

// ListOf returns the member of an object that lists users, "" for none.
func ListOf(keys map[string]bool) string {
	for _, name := range []string{"users", "Users", "identities"} {
		// A user's own identities are accounts at providers.
		if keys[name] && (name != "identities" || len(keys) <= 2) {
			return name
		}
	}
	switch {
	case keys["result"] && keys["details"]: // Zitadel's
		return "result"
	case keys["results"] && len(keys) == 1: // Parse's
		return "results"
	}
	return ""
}

// usersIn lists the names in the first element of the list of users.
func usersIn(head []byte, keys map[string]bool) map[string]bool {
	e := NewElements(bufio.NewReader(bytes.NewReader(head)), Values)
	if name := ListOf(keys); name == "" || e.Within(name) != nil {
		return nil
	}
	if e.Shape == Members {
		return map[string]bool{"": true}
	}
	return names(e)
}

// Without returns an object without a member, nil if it has no member of that name.
func Without(text []byte, name string) []byte {
	var members map[string]json.RawMessage
	if json.Unmarshal(text, &members) != nil || members[name] == nil {
		return nil
	}
	delete(members, name)
	fewer, _ := json.Marshal(members) // as it was read
	return fewer
}

// WholeLines returns the beginning of a text without the line that it cuts.
func WholeLines(head []byte) []byte {
	if end := bytes.LastIndexByte(head, '\n'); len(head) == Peeked && end > 0 {
		return head[:end]
	}
	return head
}
