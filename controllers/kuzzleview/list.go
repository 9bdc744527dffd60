package kuzzleview

import (
	"strconv"

	"github.com/gokuzzle/kuzzle/kuzzle/fault/assert"
)

// Acknowledged is the result of actions without another result.
type Acknowledged struct {
	Acknowledged bool `json:"acknowledged"`
}

// Done is the one value of Acknowledged.
var Done = Acknowledged{true}

// ID is the result of deletions.
type ID struct {
	ID string `json:"_id"`
}

// Hits is a list of documents that were requested by ids.
type Hits[T any] struct {
	Hits []T `json:"hits"`
	// Partial is set if the documents were too large for one answer. Left are the ids to request
	// next.
	Partial bool     `json:"partial,omitempty"`
	Left    []string `json:"left,omitempty"`
}

// Some returns Hits, which are partial if ids are left.
func Some[T any](hits []T, left []string) Hits[T] {
	return Hits[T]{Hits: hits, Partial: len(left) > 0, Left: left}
}

// Counted is a complete list with its length.
type Counted[T any] struct {
	Hits  []T `json:"hits"`
	Total int `json:"total"`
}

// Count returns a Counted whose list is never null.
func Count[T any](hits []T) Counted[T] {
	if hits == nil {
		hits = []T{}
	}
	return Counted[T]{Hits: hits, Total: len(hits)}
}

func appendInt(dst []byte, n int64) []byte { return strconv.AppendInt(dst, n, 10) }

// Allowed is the result of checking rights.
type Allowed struct {
	Allowed bool `json:"allowed"`
}

// Name is the name of a controller or an action in a body. As in Kuzzle, a value that is no string
// counts as missing.
type Name string

// Decode takes a string.
func (n *Name) Decode(name string, value any) error {
	text, ok := value.(string)
	if !ok {
		return assert.Missing.New(name)
	}
	*n = Name(text)
	return nil
}
