package query

import "slices"

// searchKeys are the allowed keys at the root of a search body. refusedKeys are
// other keys of Elasticsearch, which could bypass the scope, or that engines treat
// differently. Kuzzle has the same list.
var (
	searchKeys = []string{
		"_name", "_source", "_source_excludes", "_source_includes", "aggregations", "aggs",
		"collapse", "explain", "fields", "from", "highlight", "post_filter", "query",
		"search_after", "search_timeout", "size", "sort", "suggest",
	}
	refusedKeys = []string{"collapse", "explain", "fields", "highlight", "search_timeout", "suggest"}
)

// ParseSearch reads a whole search body. Without from and size it returns the first
// ten hits; [Search.Window] sets them from elsewhere. post_filter is one more
// condition, and cannot stand beside aggregations.
//
// Faults: those of [ParseFilter]; ErrInvalidSearch names an unknown root key.
func ParseSearch(body map[string]any, scope Scope, limits Limits) (Search, error) {
	return parseSearch(body, scope, limits, (*parser).root)
}

// ParseKoncordeSearch is [ParseSearch] for a body whose query is a Koncorde
// filter.
func ParseKoncordeSearch(body map[string]any, scope Scope, limits Limits) (Search, error) {
	return parseSearch(body, scope, limits, koncordeRoot)
}

// searchParser reads a search body: it uses the parser for the conditions and reads
// the other keys itself.
type searchParser struct {
	*parser
}

func parseSearch(body map[string]any, scope Scope, limits Limits, read func(*parser, map[string]any) (Node, error)) (Search, error) {
	if err := checkRoot(body); err != nil {
		return Search{}, err
	}
	p := &searchParser{newParser(scope, limits)}
	where, err := p.conditions(body, read)
	if err != nil {
		return Search{}, err
	}
	search := Search{Where: where}
	order, err := p.order(body["sort"])
	if err != nil {
		return Search{}, err
	}
	search.Sort = order.keys
	if search.After, err = p.after(body["search_after"], order); err != nil {
		return Search{}, err
	}
	if search.Source, err = p.source(body); err != nil {
		return Search{}, err
	}
	if search.Aggregations, err = p.aggregations(body); err != nil {
		return Search{}, err
	}
	from, size, err := p.page(body)
	if err != nil {
		return Search{}, err
	}
	return search.Window(from, size, limits)
}

func checkRoot(body map[string]any) error {
	for _, key := range keys(body) {
		if !slices.Contains(searchKeys, key) {
			return ErrInvalidSearch.New(clip(key))
		}
	}
	if err := refuseScripts(body, 0); err != nil {
		return err
	}
	for _, key := range refusedKeys {
		if given := body[key]; given != nil && given != false {
			return ErrUnsupported.New(key)
		}
	}
	return nil
}

// Window sets the page of hits: size hits after the first from. The fault is
// ErrBadRequest if the page ends after limits.Window, or if from is given with
// search_after.
func (s Search) Window(from, size int, limits Limits) (Search, error) {
	switch {
	case from < 0 || size < 0:
		return s, ErrBadRequest.New("from and size have to be at least 0")
	case from > limits.Window || size > limits.Window || from+size > limits.Window:
		return s, ErrBadRequest.New("from and size must not add up to more than "+
			spelled(float64(limits.Window))).
			Saying("from and size must not add up to more than %d: use search_after or a scroll.", limits.Window)
	case from > 0 && s.After != nil:
		return s, ErrBadRequest.New("from has to be 0 with search_after")
	}
	s.From, s.Size = from, size
	return s, nil
}

func (p *searchParser) page(body map[string]any) (from, size int, err error) {
	size = defaultSize
	for _, part := range []struct {
		key  string
		into *int
	}{{"from", &from}, {"size", &size}} {
		given, has := body[part.key]
		if !has || given == nil {
			continue
		}
		back := p.step(part.key)
		if *part.into, err = p.whole(given); err != nil {
			return 0, 0, err
		}
		back()
	}
	return from, size, nil
}

// conditions reads query and post_filter.
func (p *searchParser) conditions(body map[string]any, read func(*parser, map[string]any) (Node, error)) (Node, error) {
	where, err := p.condition(body, "query", read)
	if err != nil {
		return nil, err
	}
	if body["post_filter"] == nil {
		return where, nil
	}
	if body["aggs"] != nil || body["aggregations"] != nil {
		return nil, ErrUnsupported.New("post_filter").
			Saying("post_filter is not supported beside aggregations: put it into the query.")
	}
	filter, err := p.condition(body, "post_filter", (*parser).root)
	if err != nil {
		return nil, err
	}
	return allOf(where, filter), p.count(1)
}

func (p *searchParser) condition(body map[string]any, key string, read func(*parser, map[string]any) (Node, error)) (Node, error) {
	given := body[key]
	if given == nil {
		return All{}, nil
	}
	defer p.step(key)()
	object, err := p.object(given)
	if err != nil {
		return nil, err
	}
	return read(p.parser, object)
}
