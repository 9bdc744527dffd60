package main

import (
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
)

// template is a text split at its {{…}} parts.
type template []part

// part appends itself for one operation.
type part func(to []byte, f *frame) []byte

// frame is the data of one operation for templates.
type frame struct{ n int64 }

func (t template) append(b []byte, f *frame) []byte {
	for _, p := range t {
		b = p(b, f)
	}
	return b
}

// compile inserts the known variables, and leaves the rest for each operation.
func compile(text string, vars map[string]any) (template, error) {
	var t template
	for {
		before, rest, more := strings.Cut(text, "{{")
		if before != "" {
			t = append(t, literal(before))
		}
		if !more {
			return t, nil
		}
		word, after, closed := strings.Cut(rest, "}}")
		if !closed {
			return nil, fmt.Errorf("unclosed {{ in %q", text)
		}
		p, err := compileWord(word, vars)
		if err != nil {
			return nil, err
		}
		t, text = append(t, p), after
	}
}

func compileWord(word string, vars map[string]any) (part, error) {
	name, array := strings.CutPrefix(word, "pick:")
	below, modulo := strings.CutPrefix(word, "n%")
	switch {
	case word == "n":
		return func(b []byte, f *frame) []byte { return strconv.AppendInt(b, f.n, 10) }, nil
	case word == "rand":
		return func(b []byte, _ *frame) []byte { return strconv.AppendUint(b, rand.Uint64(), 16) }, nil
	case modulo:
		m, err := strconv.ParseInt(below, 10, 64)
		if err != nil || m < 1 {
			return nil, fmt.Errorf("bad {{%s}}", word)
		}
		return func(b []byte, f *frame) []byte { return strconv.AppendInt(b, f.n%m, 10) }, nil
	case array:
		list, _ := vars[name].([]any)
		if len(list) == 0 {
			return nil, fmt.Errorf("{{%s}}: no such array variable, or empty", word)
		}
		return func(b []byte, f *frame) []byte { return fmt.Append(b, list[f.n%int64(len(list))]) }, nil
	}
	value, known := vars[word]
	if !known {
		return nil, fmt.Errorf("unknown {{%s}}", word)
	}
	return literal(fmt.Sprint(value)), nil
}

func literal(text string) part {
	return func(b []byte, _ *frame) []byte { return append(b, text...) }
}
