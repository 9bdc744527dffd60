package config

import (
	"slices"
	"strings"

	"github.com/gokuzzle/kuzzle/kuzzle/nearest"
)

// unknownKey returns the message that a path is not a key, with the nearest
// key.
func unknownKey(path string, from Source) string {
	if near := akin[fold(path)]; near != "" && from == FromEnv {
		return "there is no such key; the nearest is " + envName(near)
	}
	if near := suggest(path); near != "" {
		if from == FromEnv {
			near = envName(near)
		}
		return "there is no such key; did you mean " + near + "?"
	}
	return "there is no such key; kuzzle config lists all"
}

// akin are the keys that are nearest in meaning to variables of Kuzzle's own tools, where
// the spelling does not tell.
var akin = map[string]string{
	"host": "listen", "protocol": "http.tls.cert", "ssl": "http.tls.cert", "vaultkey": "masterKey", "secretsfile": "masterKeyFile",
	"password": "admin.password", "apikey": "security.apiKey.maxTTL",
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
