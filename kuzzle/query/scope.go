package query

import (
	"slices"
	"strings"
)

// accountPrefix is what administrators put before the path of an account field.
const accountPrefix = "_account."

// idName is the document's id in searches.
const idName = "_id"

// Scope is what a caller may name in a search, and what the names stand for.
// It is immutable; one made for a mapping may be kept and shared.
type Scope struct {
	fields      []Mapped
	byPath      map[string]Mapped
	account     bool
	credentials *CredentialFields
	// id is what _id stands for.
	id Field
}

// Documents is the scope over content: every path is one inside the content,
// and _id the document's own id. The fields are those of the mapping; a path
// that is not among them may be named and is never fulfilled.
func Documents(fields []Mapped) Scope {
	s := Scope{fields: slices.Clone(fields), byPath: make(map[string]Mapped, len(fields)), id: Field{Area: ID}}
	for _, f := range fields {
		s.byPath[f.Path] = f
	}
	return s
}

// WithAccount is the scope of administrators, in which _account.<path> names
// what the backend keeps beside the content.
func (s Scope) WithAccount() Scope {
	s.account = true
	return s
}

// IdentifiedBy is the scope in which _id stands for another field, a keyword, of
// documents that are shown under another id than they are stored under.
func (s Scope) IdentifiedBy(id Field) Scope {
	s.id = id
	return s
}

// CredentialFields describes what of a strategy's credentials can be searched.
type CredentialFields struct {
	Strategy string
	// Searchable fields lie in the account at credentials.<strategy>.<field>.
	Searchable []string
	// Forbidden fields exist, and asking for them is a 403. kuid always is one
	// in a query; it can be sorted by.
	Forbidden []string
}

// kuidName is what credentials call the id of their user.
const kuidName = "kuid"

// credentialClauses are the clauses of the query language that a search over
// credentials may use, as Kuzzle's local strategy has it.
var credentialClauses = []string{"bool", "match", "prefix", "term", "terms"}

// Credentials is the scope over one strategy's credentials. Anything but its
// fields and a handful of clauses is ErrUnknownField or ErrForbiddenField.
func Credentials(fields CredentialFields) Scope {
	return Scope{credentials: &fields, id: Field{Area: ID}}
}

// field tells what a name in a query stands for.
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

// sortField tells what a name in an order stands for.
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

// clause tells whether the scope lets a known clause be used.
func (s Scope) clause(name string) error {
	if s.credentials == nil || slices.Contains(credentialClauses, name) {
		return nil
	}
	return ErrUnknownField.New(name, slices.Clone(credentialClauses))
}

// typeOf is the field's mapped type; "" when it is not known. What lies outside
// the content is never full text.
func (s Scope) typeOf(f Field) string {
	if f.Area != Content {
		return "keyword"
	}
	return s.byPath[f.Path].Type
}

// mayBeText tells whether words are looked for in the field, not one value.
func (s Scope) mayBeText(f Field) bool {
	t := s.typeOf(f)
	return t == "" || t == "text"
}

// matching lists the mapped fields whose path fits a pattern with *, inside the
// nested object given; only those of text or keywords when stringsOnly.
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

// under lists the mapped fields inside the object at path.
func (s Scope) under(path, nested string) []Field {
	var fields []Field
	for _, f := range s.fields {
		if f.Nested == nested && strings.HasPrefix(f.Path, path+".") {
			fields = append(fields, Field{Area: Content, Path: f.Path})
		}
	}
	return fields
}

// globMatch tells whether s fits pattern as a whole; * stands for any run of
// characters, dots included.
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
