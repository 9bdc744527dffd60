package storage

import (
	"encoding/json"
	"fmt"
	"slices"
	"unicode/utf8"

	"github.com/gokuzzle/kuzzle/kuzzle/query"
)

// Limits of every engine.
const (
	// MaxKey is the maximum length of an id or a claimed key in bytes; neither
	// may be empty.
	MaxKey = 512
	// MaxDocument is the maximum size of a document in bytes, all areas
	// together.
	MaxDocument = 16 << 20
	// PageBytes is the maximum size of the documents of one page in bytes.
	PageBytes = 8 << 20
	// MaxTakes is the maximum number of keys that one change takes and frees.
	MaxTakes = 1000
	// MaxOutbox is the maximum number of messages of one change.
	MaxOutbox = 64
	// MaxWindow is the maximum of From + Size of a page; cursors continue from
	// there.
	MaxWindow = 10_000
)

// IsKey reports whether a claim can have this key.
func IsKey(key string) bool { return key != "" && len(key) <= MaxKey }

// IsID reports whether a document can have this id: a key that is UTF-8.
func IsID(id string) bool { return IsKey(id) && utf8.ValidString(id) }

// Checked returns a copy of the change, with an empty content if it has none. A
// change that no engine can write is an [ErrBadRequest].
func (c Change) Checked() (Change, error) {
	if !IsID(c.ID) {
		return c, ErrBadRequest.New(fmt.Sprintf("_id must have 1 to %d bytes of UTF-8", MaxKey))
	}
	if len(c.Take)+len(c.Free) > MaxTakes {
		return c, ErrBadRequest.New(fmt.Sprintf("a change may name at most %d keys", MaxTakes))
	}
	for _, take := range c.Take {
		if !IsKey(take.Key) {
			return c, ErrBadRequest.New(fmt.Sprintf("a claimed key must have 1 to %d bytes", MaxKey))
		}
		if c.Put == nil && !take.Latch && !take.Once {
			return c, ErrBadRequest.New("a key is claimed for a document, but this change writes none")
		}
	}
	if err := c.checkOutbox(); err != nil {
		return c, err
	}
	if c.Put == nil {
		return c, nil
	}
	put := *c.Put
	c.Put = &put
	if put.Content == nil {
		put.Content = json.RawMessage("{}")
	}
	if put.Size() > MaxDocument {
		return c, ErrBadRequest.New(fmt.Sprintf("a document must have at most %d bytes", MaxDocument))
	}
	return c, nil
}

// messageEnd is the maximum number of bytes that a store adds to the ids of
// messages.
const messageEnd = 80

func (c *Change) checkOutbox() error {
	if len(c.Outbox) > MaxOutbox {
		return ErrBadRequest.New(fmt.Sprintf("a change must have at most %d messages", MaxOutbox))
	}
	if len(c.Outbox) > 0 && !slices.Contains(Tells, c.In) {
		return ErrBadRequest.New(fmt.Sprintf("only changes of %v may have messages", Tells))
	}
	size := 0
	for i := range c.Outbox {
		if id := c.Outbox[i].ID; !IsID(id) || len(id) > MaxKey-messageEnd {
			return ErrBadRequest.New(fmt.Sprintf("the id of a message must begin with 1 to %d bytes of UTF-8", MaxKey-messageEnd))
		}
		size += c.Outbox[i].Size()
	}
	if size > MaxDocument {
		return ErrBadRequest.New(fmt.Sprintf("the messages of a change must have at most %d bytes", MaxDocument))
	}
	return nil
}

// CheckPage refuses pages that Search does not support.
func CheckPage(what query.Search) error {
	if what.From < 0 || what.Size < 0 || what.From+what.Size > MaxWindow {
		return ErrBadRequest.New(fmt.Sprintf("from + size must be at most %d: continue with search_after or scroll", MaxWindow))
	}
	return nil
}

// CheckScroll refuses searches that OpenScroll does not support.
func CheckScroll(what query.Search) error {
	if what.Size < 0 || what.Size > MaxWindow || what.From != 0 || len(what.After) > 0 {
		return ErrBadRequest.New(fmt.Sprintf("a scroll must have a size up to %d and neither from nor search_after", MaxWindow))
	}
	return nil
}
