package counts

import (
	"cmp"
	"maps"
	"strings"

	"github.com/gokuzzle/kuzzle/kuzzle/accounts/imports"
)

// Counts counts rows by their outcome.
type Counts struct {
	Rows      int64 `json:"rows"`
	Created   int64 `json:"created"`
	Unchanged int64 `json:"unchanged"`
	Merged    int64 `json:"merged"`
	Skipped   int64 `json:"skipped"`
	Failed    int64 `json:"failed"`
}

// Lacks counts users that were imported without a part of their data.
type Lacks struct {
	// WithPassword counts created users with a password.
	WithPassword int64 `json:"withPassword,omitempty"`
	// NoPassword counts created users without a password in the source, such as users who
	// only logged in through a provider.
	NoPassword int64 `json:"withoutPassword"`
	// FactorsLeft counts created and merged users with a second factor that no strategy
	// supports: their logins ask for none.
	FactorsLeft int64 `json:"factorsLeft"`
	// AddressesLeft counts created and merged users with an address that cannot be a contact
	// here, such as a phone number without its country.
	AddressesLeft int64 `json:"addressesLeft"`
	// FieldsLeft counts fields of created and merged users that were left out, because they
	// are unreadable or another user has them. The report lists each.
	FieldsLeft int64 `json:"fieldsLeft,omitempty"`
	// Fields are their names. Refused counts rows that were not imported, by the fields that their
	// reasons name.
	Fields  map[string]int64 `json:"fields,omitempty"`
	Refused map[string]int64 `json:"refused,omitempty"`
	// Factors counts second factors, and States states such as a ban, of created and merged users.
	Factors map[string]int64 `json:"factors,omitempty"`
	States  map[string]int64 `json:"states,omitempty"`
	// Digests counts digests of created and merged users by format; Guessed counts those
	// whose format shows only in the digest's shape.
	Digests map[string]int64 `json:"digests,omitempty"`
	Guessed map[string]int64 `json:"guessed,omitempty"`
	// Unknown counts columns and keys without a meaning here; Examples are their first values.
	Unknown  map[string]int64   `json:"unknown,omitempty"`
	Examples map[string]Example `json:"examples,omitempty"`
	// Changed counts merged users by the fields that changed.
	Changed map[string]int64 `json:"changed,omitempty"`
	// Left counts created and merged users by further data that is not supported here.
	Left map[string]int64 `json:"left,omitempty"`
}

// Example is the first value of a column or key, in a form without secrets, and its row.
type Example struct {
	Row   int64  `json:"row"`
	Value string `json:"value"`
}

// OK counts the rows whose users are now as in the file.
func (c Counts) OK() int64 { return c.Created + c.Unchanged + c.Merged }

// maxLeft is the largest number of names that Left distinguishes.
const maxLeft = 50

// Refuse counts a row that was not imported, by the field of its reason.
func (l *Lacks) Refuse(field string) {
	l.Refused = counted(l.Refused, []string{cmp.Or(field, "the row")})
}

// Omit counts a field that a user was imported without.
func (l *Lacks) Omit(field string) {
	l.FieldsLeft++
	l.Fields = counted(l.Fields, []string{field})
}

// Ignore counts the columns and keys of a row that have no meaning here. Each of examples is the
// first of its name.
func (l *Lacks) Ignore(names []string, examples map[string]Example) {
	l.Unknown = counted(l.Unknown, names)
	if len(examples) == 0 {
		return
	}
	l.Examples = maps.Clone(l.Examples)
	if l.Examples == nil {
		l.Examples = map[string]Example{}
	}
	for name, first := range examples {
		name = Short(name)
		if _, told := l.Examples[name]; !told && l.Unknown[name] > 0 {
			l.Examples[name] = first
		}
	}
}

// Change counts the fields of a merged user that changed.
func (l *Lacks) Change(names []string) { l.Changed = counted(l.Changed, names) }

// maxName is the largest number of bytes of a name, which comes from the file.
const maxName = 100

// Short returns a name as it is counted: a part of it if it is long.
func Short(name string) string {
	if len(name) <= maxName {
		return name
	}
	return strings.ToValidUTF8(name[:maxName], "") + "…"
}

// counted returns a new map, since others may read the old one.
func counted(so map[string]int64, names []string) map[string]int64 {
	if len(names) == 0 {
		return so
	}
	so = maps.Clone(so)
	if so == nil {
		so = map[string]int64{}
	}
	for _, name := range names {
		name = Short(name)
		if _, told := so[name]; !told && len(so) >= maxLeft {
			name = "others"
		}
		so[name]++
	}
	return so
}

// Add counts a row.
func (c *Counts) Add(status imports.Imported) {
	switch status {
	case imports.RowCreated:
		c.Created++
	case imports.RowUnchanged:
		c.Unchanged++
	case imports.RowMerged:
		c.Merged++
	case imports.RowSkipped:
		c.Skipped++
	default:
		c.Failed++
	}
}
