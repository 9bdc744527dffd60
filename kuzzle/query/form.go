package query

import "slices"

// form is what may stand inside a clause.
type form struct {
	// used are read by the clause, ignored have no effect on what is found.
	used, ignored []string
	// refused would have one, and are not supported.
	refused []string
}

// common can stand in every clause; scores are not computed.
var common = []string{"boost", "_name"}

// check holds an object against its form.
func (p *reader) check(object map[string]any, f form) error {
	for _, key := range keys(object) {
		switch {
		case slices.Contains(f.used, key) || slices.Contains(f.ignored, key):
		case slices.Contains(common, key):
			if err := p.common(key, object[key]); err != nil {
				return err
			}
		case slices.Contains(f.refused, key):
			defer p.step(key)()
			return p.unsupported()
		default:
			return p.bad("does not know %q", clip(key))
		}
	}
	return nil
}

func (p *reader) common(key string, v any) error {
	defer p.step(key)()
	if _, is := number(v); key == "boost" && !is {
		return p.bad("has to be a number")
	}
	if _, is := v.(string); key == "_name" && !is {
		return p.bad("has to be a string")
	}
	return nil
}
