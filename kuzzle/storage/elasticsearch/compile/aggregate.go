package compile

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/gokuzzle/kuzzle/kuzzle/query"
	"github.com/gokuzzle/kuzzle/kuzzle/storage"
	"github.com/gokuzzle/kuzzle/kuzzle/storage/elasticsearch/layout"
	"github.com/gokuzzle/kuzzle/kuzzle/storage/mapping"
)

// Tally is an aggregation with its fields: one, or for an account path one for
// each kind of value.
type Tally struct {
	query.Aggregation
	columns []column
	field   *mapping.Field // nil for an account path
}

// Tallies returns the aggregations of a search.
func (c *Compiler) Tallies(aggregations []query.Aggregation) ([]Tally, error) {
	var all []Tally
	for _, a := range aggregations {
		one := Tally{Aggregation: a}
		switch a.Field.Area {
		case query.ID:
			return nil, storage.ErrBadRequest.New("an aggregation over _id is not supported: use a field")
		case query.Account:
			for _, kind := range layout.AccountKinds {
				one.columns = append(one.columns, column{layout.AccountField(a.Field.Path, kind), kind})
			}
		default:
			field := c.content(a.Field)
			if field != nil && field.Kind == mapping.Text {
				return nil, storage.ErrBadRequest.New(fmt.Sprintf("%q cannot be aggregated, because it is of type text: use a keyword field", a.Field.Path))
			}
			if field != nil {
				one.columns, one.field = []column{{c.name(field), field.Kind}}, field
			}
		}
		all = append(all, one)
	}
	return all, nil
}

// partName is the name of a column's aggregation in the request.
func partName(tally, column int) string { return fmt.Sprintf("%d_%d", tally, column) }

// AggregationsOf returns the request's aggregations; Summaries reads the answer.
func AggregationsOf(tallies []Tally) clause {
	out := clause{}
	for i, t := range tallies {
		for j, column := range t.columns {
			if t.Kind == query.ValueCountAggregation {
				out[partName(i, j)] = clause{"value_count": clause{"field": column.name}}
				continue
			}
			out[partName(i, j)] = clause{"terms": clause{
				"field": column.name, "size": t.Size, "order": []any{clause{"_count": "desc"}, clause{"_key": "asc"}},
			}}
		}
	}
	return out
}

// Summaries returns the aggregations in the form that clients read, which is
// Elasticsearch's.
func Summaries(tallies []Tally, answers map[string]BucketAnswer) map[string]any {
	if len(tallies) == 0 {
		return nil
	}
	out := map[string]any{}
	for i, t := range tallies {
		if t.Kind == query.ValueCountAggregation {
			total := int64(0)
			for j := range t.columns {
				n, _ := answers[partName(i, j)].Value.Int64()
				total += n
			}
			out[t.Name] = map[string]any{"value": total}
			continue
		}
		out[t.Name] = t.buckets(i, answers)
	}
	return out
}

type bucket struct {
	key   any
	kind  mapping.Kind
	count int64
}

func (t Tally) buckets(number int, answers map[string]BucketAnswer) map[string]any {
	var all []bucket
	var others, wrong int64
	for j, column := range t.columns {
		answer := answers[partName(number, j)]
		others, wrong = others+answer.Others, max(wrong, answer.Error)
		for _, b := range answer.Buckets {
			all = append(all, bucket{plainKey(b.Key, column.kind), column.kind, b.Count})
		}
	}
	if len(t.columns) > 1 {
		slices.SortStableFunc(all, func(a, b bucket) int {
			return cmp.Or(cmp.Compare(b.count, a.count), mapping.Compare(a.key, b.key), cmp.Compare(a.kind, b.kind))
		})
	}
	buckets := []any{}
	for i, b := range all {
		if i >= t.Size {
			others += b.count
			continue
		}
		one := map[string]any{"key": b.key, "doc_count": b.count}
		if b.kind == mapping.Boolean {
			one["key_as_string"] = map[bool]string{false: "false", true: "true"}[b.key == int64(1)]
		}
		if t.field != nil {
			one["key"] = t.field.Shown(b.key)
		}
		buckets = append(buckets, one)
	}
	return map[string]any{"doc_count_error_upper_bound": wrong, "sum_other_doc_count": others, "buckets": buckets}
}

func plainKey(key any, kind mapping.Kind) any {
	number, is := key.(json.Number)
	if !is {
		return key
	}
	if layout.Letter(kind) == layout.DoubleLetter {
		f, _ := number.Float64()
		return f
	}
	n, _ := number.Int64()
	return n
}

// BucketAnswer is an aggregation's answer, of either kind.
type BucketAnswer struct {
	Value   json.Number `json:"value"`
	Others  int64       `json:"sum_other_doc_count"`
	Error   int64       `json:"doc_count_error_upper_bound"`
	Buckets []struct {
		Key   any   `json:"key"`
		Count int64 `json:"doc_count"`
	} `json:"buckets"`
}
