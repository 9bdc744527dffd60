package query

// Limits bound the cost of a search before it reaches an engine. All are
// positive. A client that exceeds one gets ErrTooComplex, or ErrBadRequest
// where Elasticsearch has a limit of the same kind.
type Limits struct {
	// Clauses is the number of conditions after patterns of field names are
	// resolved.
	Clauses int
	// Depth is the depth of nested conditions.
	Depth int
	// Values is the number of values of all terms and ids together.
	Values int
	// Text is the length of a string to search for, in bytes; keywords are
	// indexed up to the same length.
	Text int
	// FieldName is the length of a path, in bytes.
	FieldName int
	// FieldPatterns is the number of field names with *.
	FieldPatterns int
	// Pattern is the length of a wildcard pattern in bytes, and Stars the
	// number of its *.
	Pattern, Stars int
	// Window is the maximum of from + size.
	Window int
	// SortKeys, Aggregations and Paths (of _source) are numbers per search;
	// Buckets is the number per aggregation.
	SortKeys, Aggregations, Paths, Buckets int
}

// Defaults of a search.
const (
	defaultSize    = 10
	defaultBuckets = 10
)

// DefaultLimits returns the limits of the API.
func DefaultLimits() Limits {
	return Limits{
		Clauses:       1024,
		Depth:         20,
		Values:        10_000,
		Text:          8191,
		FieldName:     512,
		FieldPatterns: 32,
		Pattern:       1000,
		Stars:         10,
		Window:        10_000,
		SortKeys:      10,
		Aggregations:  10,
		Paths:         50,
		Buckets:       1000,
	}
}
