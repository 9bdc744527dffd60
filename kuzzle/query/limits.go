package query

// Limits bound what a search may cost before it reaches an engine. All of them
// are positive; a client that exceeds one hears ErrTooComplex, or ErrBadRequest
// where Elasticsearch has a limit of the same kind.
type Limits struct {
	// Clauses counts conditions after patterns of field names are resolved.
	Clauses int
	// Depth is how deep conditions may be nested in each other.
	Depth int
	// Values counts those of all terms and ids together.
	Values int
	// Text is the length of a string to search for, in bytes; also what of a
	// keyword is indexed.
	Text int
	// FieldName is the length of a path, in bytes.
	FieldName int
	// FieldPatterns counts names of fields that have a *.
	FieldPatterns int
	// Pattern and Stars are the length of a wildcard pattern in bytes, and how
	// many * it may have.
	Pattern, Stars int
	// Window is the most that from and size may add up to.
	Window int
	// SortKeys, Aggregations and Paths (of _source) count those of a search;
	// Buckets those of one aggregation.
	SortKeys, Aggregations, Paths, Buckets int
}

// Defaults of a search that says nothing else.
const (
	defaultSize    = 10
	defaultBuckets = 10
)

// DefaultLimits are those that the API applies.
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
