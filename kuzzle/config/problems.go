package config

import (
	"errors"
	"strings"
)

// Problem is one fault of a configuration.
type Problem struct {
	// Key is the path of the key; for an unknown key as it was given; empty if
	// the whole file cannot be read.
	Key string
	// Value is the given value, masked if it is secret, shortened if it is
	// long.
	Value string
	// From is the source of the value.
	From Origin
	// Remedy tells the fault and what to write instead.
	Remedy string
}

func (p Problem) String() string {
	var text strings.Builder
	text.WriteString(p.From.String() + ": ")
	if p.Key != "" {
		text.WriteString(p.Key)
		if p.Value != "" {
			text.WriteString(" = " + p.Value)
		}
		text.WriteString(": ")
	}
	return text.String() + p.Remedy
}

// Problems are all problems of a configuration, in the order of the sources.
// They are the error of [Load].
type Problems []Problem

func (p Problems) Error() string {
	lines := make([]string, len(p))
	for i, problem := range p {
		lines[i] = problem.String()
	}
	return strings.Join(lines, "\n")
}

// Forms of values; the texts are remedies.
var (
	errBool     = errors.New("write true or false")
	errInt      = errors.New("write a whole number")
	errText     = errors.New("write a text")
	errList     = errors.New("write a list of texts")
	errObject   = errors.New("write an object")
	errDuration = errors.New(`write a number of milliseconds or a text such as "90s", "1.5h" or "2 days"; -1 means no end, where it is allowed`)
	errSize     = errors.New(`write a number of bytes or a text such as "512KB" or "1MB"`)
	errPrefix   = errors.New(`write addresses or networks such as "10.0.0.0/8"`)
)
