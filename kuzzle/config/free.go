package config

import (
	"encoding/json"
	"strconv"
	"strings"

	"github.com/gokuzzle/kuzzle/kuzzle/plainjson"
)

// applyFree merges a value into a free section: objects into each other, other
// values over each other.
func (c *collector) applyFree(free map[*Key]map[string]any, g given, origins Origins) {
	value := g.value
	if text, ok := value.(string); ok && g.text {
		var err error
		if value, err = guess(g.path(), text); err != nil {
			c.problem(g.path(), "", g.from, err.Error())
			return
		}
	}
	for i := len(g.below) - 1; i >= 0; i-- {
		value = map[string]any{g.below[i]: value}
	}
	tree, ok := value.(map[string]any)
	if !ok {
		c.problem(g.path(), "", g.from, errObject.Error())
		return
	}
	for name, entry := range tree {
		if _, ok := entry.(map[string]any); !ok {
			c.problem(g.key.Path+"."+name, "", g.from, errObject.Error())
			return
		}
	}
	free[g.key] = merge(free[g.key], tree)
	for name, entry := range tree {
		for below := range entry.(map[string]any) {
			origins[g.key.Path+"."+name+"."+below] = g.from
		}
	}
}

// guess reads a text as Kuzzle reads its environment: true and false, numbers,
// and JSON behind its mark. A key whose name ends with version stays a text.
func guess(path, text string) (any, error) {
	if rest, marked := strings.CutPrefix(text, jsonMark); marked {
		return decodeText(rest)
	}
	if strings.HasSuffix(strings.ToLower(path), "version") {
		return text, nil
	}
	switch text {
	case "true", "false":
		return text == "true", nil
	}
	if _, err := strconv.ParseFloat(text, 64); err == nil && json.Valid([]byte(text)) {
		return json.Number(text), nil
	}
	return text, nil
}

func merge(into, from map[string]any) map[string]any {
	if into == nil {
		into = map[string]any{}
	}
	for name, value := range from {
		old, both := into[name].(map[string]any)
		if object, ok := value.(map[string]any); ok && both {
			into[name] = merge(old, object)
			continue
		}
		into[name] = value
	}
	return into
}

func encodeFree(tree map[string]any) Free {
	free := make(Free, len(tree))
	for name, value := range tree {
		free[name] = encode(value)
	}
	return free
}

// encode writes a value that came from a JSON decoder, which cannot fail,
// without HTML escapes.
func encode(value any) json.RawMessage {
	text, _ := plainjson.Append(nil, value)
	return text
}
