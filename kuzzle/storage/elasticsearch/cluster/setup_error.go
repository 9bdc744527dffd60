package cluster

import (
	"strings"
)

// SetupError says why the engine cannot start on a cluster, and what to do.
type SetupError struct {
	// Problem and Remedy are one line together.
	Problem, Remedy string
	Cause           error
}

// Error is one line.
func (e *SetupError) Error() string {
	text := "elasticsearch: " + e.Problem + ": " + e.Remedy
	if e.Cause != nil {
		text += " (" + e.Cause.Error() + ")"
	}
	return OneLine(text)
}

// Unwrap leads to what the cluster answered.
func (e *SetupError) Unwrap() error { return e.Cause }

// maxLine bounds what is repeated of an answer, which anybody may have written.
const maxLine = 800

// OneLine makes a text one line of bounded length.
func OneLine(text string) string {
	text = strings.Join(strings.Fields(text), " ")
	if len(text) > maxLine {
		text = strings.ToValidUTF8(text[:maxLine], "") + "…"
	}
	return text
}
