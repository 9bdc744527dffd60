package config

import (
	"errors"
	"strings"
)

// Problem is one thing that is wrong with a configuration.
type Problem struct {
	// Key is the path of the key, as given when it is unknown; empty when the
	// file as a whole cannot be read.
	Key string
	// Value is what was given, masked when it is a secret, cut when long.
	Value string
	// From tells who gave it.
	From Origin
	// Remedy says what is wrong and what to write instead.
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

// Problems is every problem of a configuration, in the order of the sources.
// It is the error that [Load] answers.
type Problems []Problem

func (p Problems) Error() string {
	lines := make([]string, len(p))
	for i, problem := range p {
		lines[i] = problem.String()
	}
	return strings.Join(lines, "\n")
}

// What values have to look like; the texts are remedies.
var (
	errBool     = errors.New("write true or false")
	errInt      = errors.New("write a whole number")
	errText     = errors.New("write a text")
	errList     = errors.New("write a list of texts")
	errObject   = errors.New("write an object")
	errDuration = errors.New(`write a number of milliseconds or a text such as "90s", "1.5h" or "2 days"; -1 for ever, where that is allowed`)
	errSize     = errors.New(`write a number of bytes or a text such as "512KB" or "1MB"`)
	errPrefix   = errors.New(`write addresses or networks such as "10.0.0.0/8"`)
)
