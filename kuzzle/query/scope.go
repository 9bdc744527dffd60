package query

import (
	"slices"
	"strings"
)

// accountPrefix begins the path of an account field in searches of
// administrators.
const accountPrefix = "_account."

// idName is the document's id in searches.
const idName = "_id"

// Scope has the names that a caller may use in a search, and the fields they
// stand for. It is immutable; one made for a mapping may be kept and shared.
type Scope struct {
	fields      []Mapped
	byPath      map[string]Mapped
	account     bool
	credentials *CredentialFields
	// id is the field that _id stands for.
	id Field
}

// Documents returns the scope over content: every path is a path inside the
// content, and _id is the document's own id. The fields are those of the
// mapping; other paths are allowed and never match.
func Documents(fields []Mapped) Scope {
	s := Scope{fields: slices.Clone(fields), byPath: make(map[string]Mapped, len(fields)), id: Field{Area: ID}}
	for _, f := range fields {
		s.byPath[f.Path] = f
	}
	return s
}

// WithAccount returns the scope of administrators, in which _account.<path>
// names data that the backend keeps beside the content.
func (s Scope) WithAccount() Scope {
	s.account = true
	return s
}

// IdentifiedBy returns the scope in which _id stands for another field, a
// keyword, for documents that are shown under another id than their stored one.
func (s Scope) IdentifiedBy(id Field) Scope {
	s.id = id
	return s
}

// CredentialFields lists the searchable fields of a strategy's credentials.
type CredentialFields struct {
	Strategy string
	// Searchable fields lie in the account at credentials.<strategy>.<field>.
	Searchable []string
	// Forbidden fields exist, but using one in a query is a 403. kuid is always
	// forbidden in queries, but allowed in a sort.
	Forbidden []string
}

// kuidName is the name of the user's id in credentials.
const kuidName = "kuid"

// credentialClauses are the clauses that a search over credentials may use, as
// in Kuzzle's local strategy.
var credentialClauses = []string{"bool", "match", "prefix", "term", "terms"}

// Credentials returns the scope over one strategy's credentials. Everything
// except its fields and a few clauses is ErrUnknownField or ErrForbiddenField.
func Credentials(fields CredentialFields) Scope {
	return Scope{credentials: &fields, id: Field{Area: ID}}
}

// field returns the field that a name in a query stands for.
func (s Scope) field(name string) (Field, error) {
	if s.credentials != nil {
		return s.credentials.field(name)
	}
	if name == idName {
		return s.id, nil
	}
	if path, found := strings.CutPrefix(name, accountPrefix); found && path != "" && s.account {
		return Field{Area: Account, Path: path}, nil
	}
	return Field{Area: Content, Path: name}, nil
}

// sortField returns the field that a name in a sort stands for.
func (s Scope) sortField(name string) (Field, error) {
	if s.credentials != nil && name == kuidName {
		return Field{Area: ID}, nil
	}
	return s.field(name)
}

func (c *CredentialFields) field(name string) (Field, error) {
	switch {
	case name == kuidName || slices.Contains(c.Forbidden, name):
		return Field{}, ErrForbiddenField.New(name)
	case !slices.Contains(c.Searchable, name):
		return Field{}, ErrUnknownField.New(name, slices.Clone(c.Searchable))
	}
	return Field{Area: Account, Path: "credentials." + c.Strategy + "." + name}, nil
}

// clause returns an error if the scope does not allow a known clause.
func (s Scope) clause(name string) error {
	if s.credentials == nil || slices.Contains(credentialClauses, name) {
		return nil
	}
	return ErrUnknownField.New(name, slices.Clone(credentialClauses))
}

// typeOf returns the field's mapped type, "" if it is unknown. Fields outside
// the content are never full text.
func (s Scope) typeOf(f Field) string {
	if f.Area != Content {
		return "keyword"
	}
	return s.byPath[f.Path].Type
}

// mayBeText reports whether the field is searched by words, not by its whole
// value.
func (s Scope) mayBeText(f Field) bool {
	t := s.typeOf(f)
	return t == "" || t == "text"
}

// matching returns the mapped fields whose path matches a pattern with *, inside
// the given nested object; with stringsOnly only text and keyword fields.
func (s Scope) matching(pattern, nested string, stringsOnly bool) []Field {
	var fields []Field
	for _, f := range s.fields {
		if f.Nested != nested || stringsOnly && f.Type != "text" && f.Type != "keyword" {
			continue
		}
		if globMatch(pattern, f.Path) {
			fields = append(fields, Field{Area: Content, Path: f.Path})
		}
	}
	return fields
}

// under returns the mapped fields inside the object at path.
func (s Scope) under(path, nested string) []Field {
	var fields []Field
	for _, f := range s.fields {
		if f.Nested == nested && strings.HasPrefix(f.Path, path+".") {
			fields = append(fields, Field{Area: Content, Path: f.Path})
		}
	}
	return fields
}

// globMatch reports whether the whole of s matches pattern; * stands for any run
// of characters, including dots.
func globMatch(pattern, s string) bool {
	if len(pattern)-strings.Count(pattern, "*") > len(s) {
		return false
	}
	star, mark := -1, 0
	p, i := 0, 0
	for i < len(s) {
		switch {
		case p < len(pattern) && pattern[p] == '*':
			star, mark = p, i
			p++
		case p < len(pattern) && pattern[p] == s[i]:
			p++
			i++
		case star >= 0:
			mark++
			p, i = star+1, mark
		default:
			return false
		}
	}
	return strings.Trim(pattern[p:], "*") == ""
}
