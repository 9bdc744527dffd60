package outlook

import (
	"cmp"
	"fmt"
	"maps"
	"slices"

	"github.com/gokuzzle/kuzzle/kuzzle/importer/counts"
	"github.com/gokuzzle/kuzzle/kuzzle/importer/reports"
)

// Outlook lists the columns and keys of a file that have no meaning here.
type Outlook struct {
	Format string
	// Table tells whether they are columns.
	Table bool
	// Rows is the number of rows that were looked at, Whole tells whether those are all.
	Rows  int64
	Whole bool
	// Unknown are the columns and keys, those of the most rows first.
	Unknown []Unknown
}

// Unknown is a column or key without a meaning here. Example is its first value in the form of
// [Example], and Rows the number of rows that have a value.
type Unknown struct {
	Name    string
	Rows    int64
	Example string
}

// List returns the columns and keys that were counted, those of the most rows first.
func List(of counts.Lacks) []Unknown {
	var all []Unknown
	for name, rows := range of.Unknown {
		all = append(all, Unknown{name, rows, of.Examples[name].Value})
	}
	slices.SortFunc(all, func(a, b Unknown) int {
		return cmp.Or(cmp.Compare(b.Rows, a.Rows), cmp.Compare(a.Name, b.Name))
	})
	return all
}

// Tell reports the columns and keys that were left out, each at the first row that has it.
func Tell(report *reports.Report, of counts.Lacks) error {
	for _, name := range slices.Sorted(maps.Keys(of.Unknown)) {
		first := of.Examples[name]
		reason := fmt.Sprintf("left out, because it has no meaning here; rows that have it: %d", of.Unknown[name])
		if first.Value != "" {
			reason += ", first " + first.Value
		}
		if err := report.Add(reports.Line{Row: first.Row, Field: name, Reason: reason}); err != nil {
			return err
		}
	}
	return report.Sync()
}

// maxSeen is the largest number of columns and keys that have an example.
const maxSeen = 50

// Seen has the names of columns and keys that were seen.
type Seen map[string]bool

// First returns the examples of a row, for names that were not seen before.
func (s Seen) First(row int64, unknown map[string]any) map[string]counts.Example {
	var first map[string]counts.Example
	for _, name := range slices.Sorted(maps.Keys(unknown)) { // as they are counted
		short := counts.Short(name)
		if s[short] || len(s) >= maxSeen {
			continue
		}
		value := unknown[name]
		if s[short] = true; first == nil {
			first = map[string]counts.Example{}
		}
		first[name] = counts.Example{Row: row, Value: Example(name, value)}
	}
	return first
}
