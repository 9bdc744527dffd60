package config

import (
	"slices"
	"strings"
)

// longestTyped bounds the names compared, in bytes; no key is longer.
const longestTyped = 96

// unknownKey says that a path is no key, and which one was most likely meant.
func unknownKey(path string, from Source) string {
	if near := nearest(path); near != "" {
		if from == FromEnv {
			near = envName(near)
		}
		return "there is no such key; did you mean " + near + "?"
	}
	return "there is no such key; kuzzle config lists all"
}

// nearest is the key or section whose path differs least from what was typed,
// by a third of its letters at most; failing that, one whose last name is the
// typed one's.
func nearest(typed string) string {
	if len(typed) > longestTyped {
		return ""
	}
	names := make([]string, 0, len(keys().list)+len(keys().groups))
	for _, key := range Keys() {
		names = append(names, key.Path)
	}
	for group := range keys().groups {
		names = append(names, group)
	}
	slices.Sort(names)
	best, least := "", len(typed)/3+1
	for _, name := range names {
		if distance := editDistance(fold(typed), fold(name)); distance < least {
			best, least = name, distance
		}
	}
	if best != "" {
		return best
	}
	for _, name := range names {
		if strings.EqualFold(lastName(name), lastName(typed)) {
			return name
		}
	}
	return ""
}

func lastName(path string) string { return path[strings.LastIndexByte(path, '.')+1:] }

// editDistance counts the bytes to insert, delete or replace between a and b.
func editDistance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			replaced := diagonal
			if a[i] != b[j] {
				replaced++
			}
			diagonal = row[j+1]
			row[j+1] = min(replaced, row[j]+1, diagonal+1)
		}
	}
	return row[len(b)]
}
