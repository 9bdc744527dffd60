package query

import "slices"

// parser turns one decoded JSON query into a tree. It is used once.
type parser struct {
	fieldReader
}

func newParser(scope Scope, limits Limits) *parser {
	return &parser{fieldReader{reader: reader{limits: limits}, scope: scope}}
}

// ParseFilter reads a query of the query language: the object under "query" of
// a search body. An empty one holds for every document.
//
// Faults: ErrUnknownKeyword, ErrUnsupported, ErrScript, ErrInvalidSearch,
// ErrTooComplex, ErrBadRequest; in a scope over credentials also
// ErrForbiddenField and ErrUnknownField.
func ParseFilter(query map[string]any, scope Scope, limits Limits) (Node, error) {
	if err := refuseScripts(query, 0); err != nil {
		return nil, err
	}
	return newParser(scope, limits).root(query)
}

func (p *parser) root(query map[string]any) (Node, error) {
	if len(query) == 0 {
		return All{}, nil
	}
	return p.query(query)
}

// query reads an object of one clause.
func (p *parser) query(v any) (Node, error) {
	object, err := p.object(v)
	if err != nil {
		return nil, err
	}
	names := keys(object)
	switch len(names) {
	case 0:
		return nil, p.bad("has to name a clause")
	case 1:
		return p.clause(names[0], object[names[0]])
	}
	return nil, ErrInvalidSearch.New(clip(names[1])).
		Saying("%s holds the clauses %q and %q: put them into one bool.", p.where(), clip(names[0]), clip(names[1]))
}

// clause reads the clause with that name.
func (p *parser) clause(name string, v any) (Node, error) {
	leave, err := p.enter(name)
	if err != nil {
		return nil, err
	}
	defer leave()
	if slices.Contains(supportedClauses, name) {
		if err := p.scope.clause(name); err != nil {
			return nil, err
		}
	}
	switch name {
	case "match_all", "match_none":
		return p.constant(name, v)
	case "ids":
		return p.ids(v)
	case "term":
		return p.term(v)
	case "terms":
		return p.terms(v)
	case "range":
		return p.rangeClause(v)
	case "exists":
		return p.exists(v)
	case "prefix":
		return p.prefix(v)
	case "wildcard":
		return p.wildcard(v)
	case "regexp":
		return p.regexp(v)
	case "fuzzy":
		return p.fuzzy(v)
	case "match":
		return p.match(v)
	case "match_phrase", "match_phrase_prefix":
		return p.phrase(v, name == "match_phrase_prefix")
	case "multi_match":
		return p.multiMatch(v)
	case "query_string":
		return p.queryString(v)
	case "constant_score":
		return p.constantScore(v)
	case "bool":
		return p.bool(v)
	case "nested":
		return p.nestedClause(v)
	}
	if slices.Contains(unsupportedClauses, name) {
		return nil, p.unsupported()
	}
	return nil, ErrUnknownKeyword.New(clip(name))
}

// supportedClauses are the clauses that clause reads.
var supportedClauses = []string{
	"bool", "constant_score", "exists", "fuzzy", "ids", "match", "match_all", "match_none",
	"match_phrase", "match_phrase_prefix", "multi_match", "nested", "prefix",
	"query_string", "range", "regexp", "term", "terms", "wildcard",
}

// unsupportedClauses are Elasticsearch's other clauses: a client that uses one
// gets ErrUnsupported instead of ErrUnknownKeyword.
var unsupportedClauses = []string{
	"boosting", "combined_fields", "common", "dis_max", "distance_feature", "function_score",
	"geo_bounding_box", "geo_distance", "geo_distance_range", "geo_grid", "geo_polygon",
	"geo_shape", "has_child", "has_parent", "intervals", "knn", "match_bool_prefix",
	"more_like_this", "parent_id", "percolate", "pinned", "rank_feature", "rule",
	"script", "script_score", "semantic", "shape", "simple_query_string", "span_containing", "span_field_masking",
	"span_first", "span_multi", "span_near", "span_not", "span_or", "span_term", "span_within",
	"sparse_vector", "terms_set", "text_expansion", "type", "weighted_tokens", "wrapper",
}
