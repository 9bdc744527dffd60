package api

import "encoding/json"

// Plain converts arguments and body to the forms that JSON decodes to, which
// actions expect. So a program that calls Dispatch itself may pass []string, an
// int or a struct with json tags. Plain leaves values that JSON cannot express;
// the action refuses them.
func (r *Request) Plain() {
	for name, value := range r.Args {
		if !isPlain(value) {
			r.Args[name] = plain(value)
		}
	}
	if !isPlain(r.Body) {
		r.Body = plain(r.Body)
	}
}

func plain(value any) any {
	text, err := json.Marshal(value)
	if err != nil {
		return value
	}
	var decoded any
	if json.Unmarshal(text, &decoded) != nil {
		return value
	}
	return decoded
}

// isPlain reports whether a value, with all values inside it, already has such
// a form.
func isPlain(value any) bool {
	switch v := value.(type) {
	case nil, bool, string, float64:
		return true
	case []any:
		for _, element := range v {
			if !isPlain(element) {
				return false
			}
		}
		return true
	case map[string]any:
		for _, element := range v {
			if !isPlain(element) {
				return false
			}
		}
		return true
	}
	return false
}
