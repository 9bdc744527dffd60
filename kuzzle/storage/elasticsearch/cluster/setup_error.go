package cluster

import (
	"strings"
)

// SetupError describes why the engine cannot start on a cluster, and the
// remedy.
type SetupError struct {
	// Problem and Remedy are one line together.
	Problem, Remedy string
	Cause           error
}

// Error returns one line.
func (e *SetupError) Error() string {
	text := "elasticsearch: " + e.Problem + ": " + e.Remedy
	if e.Cause != nil {
		text += " (" + e.Cause.Error() + ")"
	}
	return OneLine(text)
}

// Unwrap returns the cluster's error.
func (e *SetupError) Unwrap() error { return e.Cause }

// maxLine bounds the repeated part of an answer, which anybody may have
// written.
const maxLine = 800

// OneLine returns a text as one line of bounded length.
func OneLine(text string) string {
	text = strings.Join(strings.Fields(text), " ")
	if len(text) > maxLine {
		text = strings.ToValidUTF8(text[:maxLine], "") + "…"
	}
	return text
}
