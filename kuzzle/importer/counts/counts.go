package counts

import (
	"maps"

	"github.com/gokuzzle/kuzzle/kuzzle/accounts/imports"
)

// Counts are rows by what became of them.
type Counts struct {
	Rows      int64 `json:"rows"`
	Created   int64 `json:"created"`
	Unchanged int64 `json:"unchanged"`
	Merged    int64 `json:"merged"`
	Skipped   int64 `json:"skipped"`
	Failed    int64 `json:"failed"`
}

// Lacks are the users who came without something that they had.
type Lacks struct {
	// NoPassword counts those of the created to whom the source gives none, such
	// as users who only ever came through a provider.
	NoPassword int64 `json:"withoutPassword"`
	// FactorsLeft counts the created and merged with a second factor that stays
	// behind, since no strategy takes it: nobody asks them for it.
	FactorsLeft int64 `json:"factorsLeft"`
	// AddressesLeft counts the created and merged with an address that is no contact
	// here, such as a phone number without its country.
	AddressesLeft int64 `json:"addressesLeft"`
	// FieldsLeft counts the fields of the created and merged that were left out, since
	// they could not be read or are somebody else's. The report tells each.
	FieldsLeft int64 `json:"fieldsLeft,omitempty"`
	// Digests counts those of the created and merged who brought a digest, by its format;
	// Guessed those of them whose format nothing but the digest's shape tells.
	Digests map[string]int64 `json:"digests,omitempty"`
	Guessed map[string]int64 `json:"guessed,omitempty"`
	// Unknown counts members of objects that mean nothing here.
	Unknown map[string]int64 `json:"unknown,omitempty"`
	// Left counts the created and merged by what else they had that finds no place here.
	Left map[string]int64 `json:"left,omitempty"`
}

// OK counts the rows that are here as the file says.
func (c Counts) OK() int64 { return c.Created + c.Unchanged + c.Merged }

// maxLeft is how many kinds of things that stay behind are told apart.
const maxLeft = 50

// Leave counts what a user had.
func (l *Lacks) Leave(names []string) { l.Left = counted(l.Left, names) }

// Bring counts a digest.
func (l *Lacks) Bring(format string, guessed bool) {
	if format == "" {
		return
	}
	l.Digests = counted(l.Digests, []string{format})
	if guessed {
		l.Guessed = counted(l.Guessed, []string{format})
	}
}

// Ignore counts members that mean nothing.
func (l *Lacks) Ignore(names []string) { l.Unknown = counted(l.Unknown, names) }

// counted is a new map, since others may look at the old.
func counted(so map[string]int64, names []string) map[string]int64 {
	if len(names) == 0 {
		return so
	}
	so = maps.Clone(so)
	if so == nil {
		so = map[string]int64{}
	}
	for _, name := range names {
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
