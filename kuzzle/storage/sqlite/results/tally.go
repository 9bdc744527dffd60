package results

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/gokuzzle/kuzzle/kuzzle/query"
	"github.com/gokuzzle/kuzzle/kuzzle/storage"
	"github.com/gokuzzle/kuzzle/kuzzle/storage/mapping"
	"github.com/gokuzzle/kuzzle/kuzzle/storage/sqlite/conditions"
)

// maxBuckets is the maximum number of different values that one aggregation
// counts.
const maxBuckets = 200_000

// Tally counts the aggregations of a search.
type Tally struct {
	Counts []*count
	Failed error
}

type count struct {
	query.Aggregation
	Keys    []mapping.Key
	field   *mapping.Field // nil for those of accounts
	buckets map[any]int64
	values  int64
}

func NewTally(c *conditions.Compiler, aggregations []query.Aggregation) (*Tally, error) {
	t := &Tally{}
	for _, a := range aggregations {
		one := &count{Aggregation: a, buckets: map[any]int64{}}
		switch a.Field.Area {
		case query.ID:
			return nil, storage.ErrBadRequest.New("an aggregation over _id is not supported: use a field")
		case query.Account:
			one.Keys = c.AccountKeys(a.Field.Path)
			one.Keys = slices.DeleteFunc(one.Keys, func(k mapping.Key) bool { return k.Path != a.Field.Path })
		default:
			if field := c.Content(a.Field); field != nil {
				if field.Kind == mapping.Text {
					return nil, storage.ErrBadRequest.New(fmt.Sprintf("%q cannot be aggregated, because it is of type text: use a keyword field", a.Field.Path))
				}
				one.Keys, one.field = []mapping.Key{field.Key}, field
			}
		}
		t.Counts = append(t.Counts, one)
	}
	return t, nil
}

func (t *Tally) Reads() bool { return len(t.Counts) > 0 }

// Add counts one match.
func (t *Tally) Add(found *mapping.Document) {
	for _, c := range t.Counts {
		var seen []any
		for _, v := range found.Values {
			if v.Element == 0 && slices.Contains(c.Keys, v.Key) && !slices.Contains(seen, v.V) {
				seen = append(seen, v.V)
				t.Count(c, v.Key.Kind, v.V, 1)
			}
		}
	}
}

// bucketKey distinguishes a boolean from a number.
type bucketKey struct {
	value any
	kind  mapping.Kind
}

func (t *Tally) Count(c *count, kind mapping.Kind, v any, n int64) {
	c.values += n
	if c.Kind != query.TermsAggregation {
		return
	}
	key := bucketKey{v, kind}
	if c.buckets[key] == 0 && len(c.buckets) >= maxBuckets {
		t.Failed = storage.ErrBadRequest.New(fmt.Sprintf("aggregation %q has more than %d different values: narrow the query", c.Name, maxBuckets))
		return
	}
	c.buckets[key] += n
}

// Result returns the aggregations in the form that clients read, which is
// Elasticsearch's.
func (t *Tally) Result() map[string]any {
	if len(t.Counts) == 0 {
		return nil
	}
	result := map[string]any{}
	for _, c := range t.Counts {
		if c.Kind == query.ValueCountAggregation {
			result[c.Name] = map[string]any{"value": c.values}
			continue
		}
		result[c.Name] = c.terms()
	}
	return result
}

func (c *count) terms() map[string]any {
	keys := make([]bucketKey, 0, len(c.buckets))
	for key := range c.buckets {
		keys = append(keys, key.(bucketKey))
	}
	slices.SortFunc(keys, func(a, b bucketKey) int {
		return cmp.Or(cmp.Compare(c.buckets[b], c.buckets[a]), mapping.Compare(a.value, b.value), cmp.Compare(a.kind, b.kind))
	})
	buckets := []any{}
	var others int64
	for i, key := range keys {
		if i >= c.Size {
			others += c.buckets[key]
			continue
		}
		bucket := map[string]any{"key": key.value, "doc_count": c.buckets[key]}
		if key.kind == mapping.Boolean {
			bucket["key_as_string"] = map[bool]string{false: "false", true: "true"}[key.value == int64(1)]
		}
		if c.field != nil {
			bucket["key"] = c.field.Shown(key.value)
		}
		buckets = append(buckets, bucket)
	}
	return map[string]any{"doc_count_error_upper_bound": int64(0), "sum_other_doc_count": others, "buckets": buckets}
}
