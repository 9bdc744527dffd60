package config

import (
	"slices"
	"strings"

	"github.com/gokuzzle/kuzzle/kuzzle/nearest"
)

// unknownKey says that a path is no key, and which one was most likely meant.
func unknownKey(path string, from Source) string {
	if near := suggest(path); near != "" {
		if from == FromEnv {
			near = envName(near)
		}
		return "there is no such key; did you mean " + near + "?"
	}
	return "there is no such key; kuzzle config lists all"
}

// suggest is the key or section whose path differs least from what was typed;
// failing that, one whose last name is the typed one's.
func suggest(typed string) string {
	names := make([]string, 0, len(keys().list)+len(keys().groups))
	for _, key := range Keys() {
		names = append(names, key.Path)
	}
	for group := range keys().groups {
		names = append(names, group)
	}
	slices.Sort(names)
	folded := make([]string, len(names))
	for i, name := range names {
		folded[i] = fold(name)
	}
	if best := nearest.Of(fold(typed), folded); best != "" {
		return names[slices.Index(folded, best)]
	}
	for _, name := range names {
		if strings.EqualFold(lastName(name), lastName(typed)) {
			return name
		}
	}
	return ""
}

func lastName(path string) string { return path[strings.LastIndexByte(path, '.')+1:] }
