package storage

import (
	"context"
	"time"
)

// Level is the severity of a finding.
type Level string

// Levels, beginning with the lowest.
const (
	// Note is information; nothing is wrong.
	Note Level = "note"
	// Degraded means that a part works with less than it should have, or will
	// soon fail.
	Degraded Level = "degraded"
	// Misconfigured means that a server does not start, or would work on the
	// wrong data.
	Misconfigured Level = "misconfigured"
)

// Finding is a fact that an operator should know, in words for people: its
// topic, the problem and the remedy.
type Finding struct {
	Level   Level  `json:"level"`
	About   string `json:"about"`
	Problem string `json:"problem"`
	Remedy  string `json:"remedy,omitempty"`
}

// Caretaker has the operations of a store for operators. Both engines implement
// it while they serve.
type Caretaker interface {
	// Schema returns the schema of the data, with its upgrades.
	Schema(ctx context.Context) (Schema, error)
	// Examine looks for problems of the store and its surroundings. It changes
	// nothing. A part that cannot be examined is a finding too.
	Examine(ctx context.Context) []Finding
	// Mend repairs what a crash may have left behind, and returns what it did,
	// one line each.
	Mend(ctx context.Context) ([]string, error)
	// Compact removes expired documents and frees their space. Writes may wait
	// while it runs.
	Compact(ctx context.Context, now time.Time) (Compacted, error)
}

// Compacted is the result of Compact.
type Compacted struct {
	// Removed is the number of expired documents.
	Removed int
	// Before and After are the store's size in bytes.
	Before, After int64
}
