package query

import "slices"

// maxJSONDepth is the maximum depth of a body.
const maxJSONDepth = 100

var (
	scriptKeys = []string{"script", "_script"}
	// scriptParts distinguish a script from a field with the name script.
	scriptParts = []string{"file", "id", "inline", "lang", "params", "source", "stored"}
)

// refuseScripts looks for scripts anywhere in a body, even where no clause would
// read them.
func refuseScripts(v any, depth int) error {
	if depth > maxJSONDepth {
		return ErrTooComplex.New("levels of JSON", maxJSONDepth)
	}
	switch v := v.(type) {
	case []any:
		for _, element := range v {
			if err := refuseScripts(element, depth+1); err != nil {
				return err
			}
		}
	case map[string]any:
		for _, key := range keys(v) {
			if part, is := scriptPart(key, v[key]); is {
				return ErrScript.New(key + "." + part)
			}
			if err := refuseScripts(v[key], depth+1); err != nil {
				return err
			}
		}
	}
	return nil
}

func scriptPart(key string, v any) (string, bool) {
	object, is := v.(map[string]any)
	if !is || !slices.Contains(scriptKeys, key) {
		return "", false
	}
	for _, part := range keys(object) {
		if slices.Contains(scriptParts, part) {
			return part, true
		}
	}
	// {"script": {"script": …}} is the clause around a script.
	_, clause := object["script"]
	return "script", clause
}
