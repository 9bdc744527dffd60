package mapping

import (
	"encoding/json"
	"strings"
)

// guess returns the definition that Elasticsearch would give a field with this
// first value, or nil if the value does not determine one.
func guess(v any) map[string]any {
	switch v := v.(type) {
	case string:
		return map[string]any{"type": "text", "fields": map[string]any{
			"keyword": map[string]any{"type": "keyword", "ignore_above": float64(256)},
		}}
	case bool:
		return typed("boolean")
	case json.Number:
		if strings.ContainsAny(v.String(), ".eE") {
			return typed("float")
		}
		return typed("long")
	case []any:
		for _, each := range v {
			if definition := guess(each); definition != nil {
				return definition
			}
		}
	case map[string]any:
		properties := map[string]any{}
		for name, each := range v {
			if definition := guess(each); definition != nil && name != "" {
				properties[name] = definition
			}
		}
		return object(properties)
	}
	return nil
}
