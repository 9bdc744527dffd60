package storage

import (
	"context"
	"time"
)

// Level tells how much a finding matters.
type Level string

// The levels, from the least.
const (
	// Note is worth knowing, and nothing is wrong.
	Note Level = "note"
	// Degraded is something that works, with less than it should have, or will
	// soon not work.
	Degraded Level = "degraded"
	// Misconfigured is something under which a server does not start, or would
	// work on the wrong data.
	Misconfigured Level = "misconfigured"
)

// Finding is something that an operator should know, in words for people: what
// it is about, what is wrong, and what to do.
type Finding struct {
	Level   Level  `json:"level"`
	About   string `json:"about"`
	Problem string `json:"problem"`
	Remedy  string `json:"remedy,omitempty"`
}

// Caretaker is what an operator asks of a store beside serving. Both engines are
// one, while they serve.
type Caretaker interface {
	// Schema tells which schema the data has, and the upgrades it went through.
	Schema(ctx context.Context) (Schema, error)
	// Examine looks for what is wrong with the store and what it stands on. It
	// changes nothing. What cannot be looked at is a finding too.
	Examine(ctx context.Context) []Finding
	// Mend puts in order what a crash may have left behind, and tells what it
	// did, a line each.
	Mend(ctx context.Context) ([]string, error)
	// Compact removes what has expired and gives its space back. Writes may wait
	// while it runs.
	Compact(ctx context.Context, now time.Time) (Compacted, error)
}

// Compacted tells what Compact did.
type Compacted struct {
	// Removed is how many documents had expired.
	Removed int
	// Before and After are the bytes that the store takes.
	Before, After int64
}
