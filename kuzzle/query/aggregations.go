package query

import "strings"

// aggregations reads {"<name>": {"terms": {"field": …}}, …}, by name.
func (p *searchParser) aggregations(body map[string]any) ([]Aggregation, error) {
	key := "aggregations"
	if body["aggs"] != nil {
		if body[key] != nil {
			return nil, ErrInvalidSearch.New("aggs").
				Saying("aggs and aggregations are the same: leave one out.")
		}
		key = "aggs"
	}
	if body[key] == nil {
		return nil, nil
	}
	defer p.step(key)()
	object, err := p.object(body[key])
	if err != nil {
		return nil, err
	}
	if len(object) > p.limits.Aggregations {
		return nil, ErrTooComplex.New("aggregations", p.limits.Aggregations)
	}
	var all []Aggregation
	for _, name := range keys(object) {
		one, err := p.aggregation(name, object[name])
		if err != nil {
			return nil, err
		}
		all = append(all, one)
	}
	return all, nil
}

func (p *searchParser) aggregation(name string, v any) (a Aggregation, err error) {
	if err := p.fieldName(name); err != nil {
		return a, err
	}
	if strings.ContainsAny(name, "[]>") {
		return a, p.bad("has the name %q: it must not contain [, ] and >", clip(name))
	}
	defer p.step(name)()
	object, err := p.object(v)
	if err != nil {
		return a, err
	}
	kinds := keys(object)
	for _, kind := range kinds {
		if kind != "terms" && kind != "value_count" {
			defer p.step(kind)()
			return a, p.unsupported()
		}
	}
	if len(kinds) != 1 {
		return a, p.bad("has to be one of terms and value_count")
	}
	defer p.step(kinds[0])()
	if kinds[0] == "terms" {
		return p.buckets(name, object["terms"])
	}
	return p.valueCount(name, object["value_count"])
}

func (p *searchParser) valueCount(name string, v any) (Aggregation, error) {
	a := Aggregation{Name: name, Kind: ValueCountAggregation}
	_, err := p.aggregated(&a, v, form{used: []string{"field"}, refused: []string{"missing"}})
	return a, err
}

func (p *searchParser) buckets(name string, v any) (Aggregation, error) {
	a := Aggregation{Name: name, Kind: TermsAggregation, Size: defaultBuckets}
	options, err := p.aggregated(&a, v, form{
		used:    []string{"field", "size", "order", "min_doc_count"},
		ignored: []string{"shard_size", "collect_mode", "execution_hint"},
		refused: []string{"missing", "include", "exclude"},
	})
	if err != nil {
		return a, err
	}
	if given, has := options["size"]; has {
		defer p.step("size")()
		if a.Size, err = p.whole(given); err != nil {
			return a, err
		}
		if a.Size < 1 || a.Size > p.limits.Buckets {
			return a, p.bad("has to be from 1 to %d", p.limits.Buckets)
		}
	}
	if order, has := options["order"]; has && !byCount(order) {
		defer p.step("order")()
		return a, p.unsupported()
	}
	if least, has := options["min_doc_count"]; has {
		if n, is := number(least); !is || n != 1 {
			defer p.step("min_doc_count")()
			return a, p.unsupported()
		}
	}
	return a, nil
}

// aggregated reads the options that both kinds have.
func (p *searchParser) aggregated(a *Aggregation, v any, f form) (map[string]any, error) {
	options, err := p.object(v)
	if err != nil {
		return nil, err
	}
	if err := p.check(options, f); err != nil {
		return nil, err
	}
	name, is := options["field"].(string)
	if !is {
		return nil, p.bad(`has to hold "field", a string`)
	}
	if a.Field, err = p.field(name); err != nil {
		return nil, err
	}
	if a.Field.Area == ID {
		return nil, p.bad("cannot aggregate %s", idName)
	}
	if a.Field.Area == Content && p.scope.typeOf(a.Field) == "text" {
		return nil, p.bad("cannot aggregate %q, which is full text: use a keyword", clip(name))
	}
	return options, nil
}

// byCount reports whether an order of buckets is the default one.
func byCount(v any) bool {
	order, is := v.(map[string]any)
	return is && len(order) == 1 && order["_count"] == "desc"
}
