package api

import "encoding/json"

// Plain puts arguments and body into the forms that JSON decodes to, which is
// what actions expect: a program that calls Dispatch itself may write []string,
// an int or a struct with json tags. What JSON cannot say stays as it is, for
// the action to refuse.
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

// isPlain tells whether a value is such a form already, all the way down.
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
