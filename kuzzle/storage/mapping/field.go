package mapping

import "math"

// Kind is the representation and comparison of a field's values.
type Kind uint8

// Kinds. Values of a Keyword are strings compared by bytes; Text is indexed by
// its lower-cased words; Long, Boolean (0, 1) and Date (milliseconds since
// 1970) are int64; Double is float64.
const (
	Keyword Kind = iota + 1
	Text
	Long
	Double
	Boolean
	Date
)

// Area distinguishes content from account; it has the numbers of query.Area.
type Area uint8

// The two areas with fields.
const (
	Content Area = iota
	Account
)

// Key identifies a field. An account path has a field for each kind of value
// that was found there.
type Key struct {
	Area Area
	Path string
	Kind Kind
}

// Field is one indexed field of a compiled mapping.
type Field struct {
	Key
	// Type is Elasticsearch's name of the type, for messages and answers.
	Type string
	// Nested is the path of the innermost surrounding nested object, or "".
	Nested string

	indexed, lenient bool
	ignoreAbove      int
	null             any
	min, max         int64
	scale            float64
	formats          []dateFormat
	// kept fields are stored and not looked into.
	kept bool
	// lower has keywords compared in small letters.
	lower bool
	// copies are the paths that values are copied to.
	copies []string
}

// MaxKeywordBytes is the length of the longest indexed keyword.
const MaxKeywordBytes = 8191

// leafTypes maps the types of fields to their representations.
var leafTypes = map[string]Field{
	"keyword":      {Key: Key{Kind: Keyword}},
	"wildcard":     {Key: Key{Kind: Keyword}},
	"ip":           {Key: Key{Kind: Keyword}},
	"text":         {Key: Key{Kind: Text}},
	"boolean":      {Key: Key{Kind: Boolean}},
	"date":         {Key: Key{Kind: Date}},
	"byte":         {Key: Key{Kind: Long}, min: math.MinInt8, max: math.MaxInt8},
	"short":        {Key: Key{Kind: Long}, min: math.MinInt16, max: math.MaxInt16},
	"integer":      {Key: Key{Kind: Long}, min: math.MinInt32, max: math.MaxInt32},
	"long":         {Key: Key{Kind: Long}, min: math.MinInt64, max: math.MaxInt64},
	"half_float":   {Key: Key{Kind: Double}},
	"float":        {Key: Key{Kind: Double}},
	"double":       {Key: Key{Kind: Double}},
	"scaled_float": {Key: Key{Kind: Double}},

	"geo_point": {kept: true}, "flattened": {kept: true}, "completion": {kept: true}, "dense_vector": {kept: true},
	"integer_range": {kept: true}, "long_range": {kept: true}, "float_range": {kept: true}, "double_range": {kept: true},
	"date_range": {kept: true}, "ip_range": {kept: true},
}

// parameters lists the parameters of each type besides the type itself; the
// value is the expected JSON kind. Parameters that only tune Elasticsearch are
// accepted without effect here.
var parameters = func() map[string]map[string]string {
	common := map[string]string{
		"index": "boolean", "doc_values": "boolean", "store": "boolean", "meta": "object",
		"fields": "object", "null_value": "scalar", "copy_to": "paths",
	}
	of := func(more map[string]string) map[string]string {
		all := map[string]string{}
		for _, some := range []map[string]string{common, more} {
			for name, kind := range some {
				all[name] = kind
			}
		}
		return all
	}
	number := of(map[string]string{"coerce": "boolean", "ignore_malformed": "boolean"})
	all := map[string]map[string]string{
		"keyword": of(map[string]string{
			"ignore_above": "number", "norms": "boolean", "eager_global_ordinals": "boolean",
			"index_options": "string", "similarity": "string", "split_queries_on_whitespace": "boolean",
			"normalizer": "string",
		}),
		"wildcard": of(map[string]string{"ignore_above": "number"}),
		"ip":       of(map[string]string{"ignore_malformed": "boolean"}),
		"text": {
			"index": "boolean", "store": "boolean", "meta": "object", "fields": "object", "copy_to": "paths",
			"analyzer": "string", "search_analyzer": "string", "norms": "boolean", "fielddata": "boolean",
			"index_options": "string", "similarity": "string", "term_vector": "string",
			"index_phrases": "boolean", "position_increment_gap": "number", "eager_global_ordinals": "boolean",
		},
		"boolean":      of(map[string]string{"ignore_malformed": "boolean"}),
		"date":         of(map[string]string{"format": "string", "ignore_malformed": "boolean"}),
		"scaled_float": of(map[string]string{"coerce": "boolean", "ignore_malformed": "boolean", "scaling_factor": "number"}),
		"object":       {"properties": "object", "dynamic": "dynamic", "enabled": "boolean"},
		"nested":       {"properties": "object", "dynamic": "dynamic"},
	}
	for name := range leafTypes {
		if all[name] == nil {
			all[name] = number
		}
	}
	return all
}()
