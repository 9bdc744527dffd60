package query

import (
	"fmt"
	"strings"
)

// source reads _source, and also _source_includes and _source_excludes.
func (p *searchParser) source(body map[string]any) (Source, error) {
	s, err := p.sourceOption(body["_source"])
	if err != nil {
		return s, err
	}
	for _, part := range []struct {
		key  string
		into *[]string
	}{{"_source_includes", &s.Includes}, {"_source_excludes", &s.Excludes}} {
		if err := p.paths(part.key, body[part.key], part.into); err != nil {
			return s, err
		}
	}
	if len(s.Includes)+len(s.Excludes) > 0 {
		s.Hidden = false
	}
	return s, nil
}

func (p *searchParser) sourceOption(v any) (s Source, err error) {
	switch v := v.(type) {
	case nil:
		return s, nil
	case bool:
		return Source{Hidden: !v}, nil
	case map[string]any:
		defer p.step("_source")()
		names := []string{"include", "includes", "exclude", "excludes"}
		if err := p.check(v, form{used: names}); err != nil {
			return s, err
		}
		for i, into := range []*[]string{&s.Includes, &s.Includes, &s.Excludes, &s.Excludes} {
			if err := p.paths(names[i], v[names[i]], into); err != nil {
				return s, err
			}
		}
		return s, nil
	}
	return s, p.paths("_source", v, &s.Includes)
}

// paths adds one path, or an array of paths.
func (p *reader) paths(key string, v any, into *[]string) error {
	if v == nil {
		return nil
	}
	defer p.step(key)()
	given := list(v)
	if len(given)+len(*into) > p.limits.Paths {
		return ErrTooComplex.New("paths in "+p.where(), p.limits.Paths)
	}
	for i, one := range given {
		path, is := one.(string)
		if !is {
			return p.bad("has to hold paths, which are strings")
		}
		back := p.step(fmt.Sprintf("[%d]", i))
		if err := p.fieldName(path); err != nil {
			return err
		}
		if strings.Count(path, "*") > p.limits.Stars {
			return ErrTooComplex.New("* in "+p.where(), p.limits.Stars)
		}
		back()
		*into = append(*into, path)
	}
	return nil
}

// Within reports whether the filter is within the limits of parsing, for a
// filter that a client returned in another form.
func (s Source) Within(limits Limits) bool {
	p := &reader{limits: limits}
	for _, paths := range [][]string{s.Includes, s.Excludes} {
		given := make([]any, len(paths))
		for i, path := range paths {
			given[i] = path
		}
		var kept []string
		if p.paths("_source", given, &kept) != nil {
			return false
		}
	}
	return true
}
