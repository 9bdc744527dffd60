package query

import "slices"

// form lists the options of a clause.
type form struct {
	// used are the options that the clause reads; ignored have no effect on the
	// hits.
	used, ignored []string
	// refused would have an effect, but are not supported.
	refused []string
}

// common are the options of every clause; scores are not computed.
var common = []string{"boost", "_name"}

// check checks an object against its form.
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
			return p.bad("has the unknown key %q", clip(key))
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
