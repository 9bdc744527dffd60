package records

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
	"hash/fnv"
	"slices"
	"time"

	"github.com/gokuzzle/kuzzle/kuzzle/storage"
)

// Buried reports whether the incarnation that wrote a claim was deleted, so that
// nothing can confirm it.
func (h Held) Buried(owner State) bool {
	return !h.Latch && owner.There() && !owner.Live && owner.Inc == h.Inc
}

// Place is the position of a record in Elasticsearch's own order of writes, which a
// compare-and-set compares. Every write changes it.
type Place struct{ Seq, Term int64 }

// Absent is the place of a record that does not exist.
var Absent = Place{Seq: -1}

// Record is a document, or its tombstone.
type Record struct {
	// ID is a copy of the id to sort by; a tombstone has none.
	ID   string `json:"id,omitempty"`
	Live bool   `json:"live"`
	Inc  string `json:"inc"`
	// N counts the changes of this id, across its tombstones.
	N int64 `json:"n"`
	// Op has the last changes, the latest first. Moved is the last write that
	// changed only the place.
	Op      []string `json:"op"`
	Moved   string   `json:"moved,omitempty"`
	Version int64    `json:"ver"`
	Epoch   int64    `json:"epoch"`
	Expires *int64   `json:"expires,omitempty"`
	// Claims are the keys that it holds. A claim that its owner does not list is
	// not confirmed yet, or no longer held.
	Claims []string `json:"claims,omitempty"`
	// Latches maps keys to the write that took each.
	Latches map[string]string `json:"latches,omitempty"`
	Content *string           `json:"content,omitempty"`
	Account *string           `json:"account,omitempty"`
	Auth    *string           `json:"auth,omitempty"`
	// Gen is the generation of the mapping that found F.
	Gen int64           `json:"gen"`
	F   json.RawMessage `json:"f,omitempty"`
	A   json.RawMessage `json:"a,omitempty"`
	T   json.RawMessage `json:"t,omitempty"`
	// Died is when a tombstone was written, by its writer's clock.
	Died int64 `json:"died,omitempty"`
	// Out are messages of its changes that are not in the outbox yet, oldest first;
	// Due is set while there are any.
	Out []Message `json:"out,omitempty"`
	Due bool      `json:"due,omitempty"`
}

// Message is a future document of the outbox, stored beside the document that it is
// about.
type Message struct {
	ID      string          `json:"id"`
	Version int64           `json:"ver"`
	Content json.RawMessage `json:"content,omitempty"`
	Auth    json.RawMessage `json:"auth,omitempty"`
	// Expires is in milliseconds since 1970; 0 is never.
	Expires int64 `json:"expires,omitempty"`
}

// Tell adds messages of the change that made the record, and gives each its id.
func (r *Record) Tell(messages []storage.Document) {
	for i, m := range messages {
		next := Message{ID: fmt.Sprintf("%s%s-%016x-%02x", m.ID, r.Inc, r.N, i), Version: m.Version, Content: m.Content, Auth: m.Auth}
		if !m.ExpiresAt.IsZero() {
			next.Expires = m.ExpiresAt.UnixMilli()
		}
		r.Out = append(r.Out, next)
	}
	r.Due = len(r.Out) > 0
}

// Document returns the message as a document of the outbox.
func (m *Message) Document() storage.Document {
	d := storage.Document{ID: m.ID, Version: m.Version, Content: m.Content, Auth: m.Auth}
	if m.Expires != 0 {
		d.ExpiresAt = time.UnixMilli(m.Expires)
	}
	return d
}

// State is a record with its place; the record may not exist.
type State struct {
	Record
	Place Place
}

// There reports whether there is a record, possibly a tombstone.
func (s State) There() bool { return s.Place != Absent }

// IsLive reports whether there is a document.
func (s State) IsLive() bool { return s.There() && s.Live }

// Rev returns the revision that callers see. It counts changes only, and
// distinguishes incarnations.
func (r *Record) Rev() storage.Rev {
	h := fnv.New64a()
	_, _ = h.Write([]byte(r.Inc))
	var sum [8]byte
	return storage.Rev{Seq: r.N, Term: int64(binary.BigEndian.Uint64(h.Sum(sum[:0]))>>1 | 1)}
}

// opsKept is how many changes a record remembers, so that a change with a lost
// answer is recognised after later ones.
const opsKept = 8

// After returns the list of changes with one more.
func (r *Record) After(op string) []string {
	ops := append([]string{op}, r.Op...)
	return ops[:min(len(ops), opsKept)]
}

// Document returns the record in the form that callers see, with its id.
func (r *Record) Document(id string) storage.Document {
	d := storage.Document{
		ID: id, Incarnation: r.Inc, Version: r.Version, Epoch: r.Epoch,
		Content: Raw(r.Content), Account: Raw(r.Account), Auth: Raw(r.Auth), Rev: r.Rev(),
	}
	if r.Expires != nil {
		d.ExpiresAt = time.UnixMilli(*r.Expires).UTC()
	}
	return d
}

// Raw returns a stored area of a document, nil for none.
func Raw(s *string) json.RawMessage {
	if s == nil {
		return nil
	}
	return json.RawMessage(*s)
}

// Text returns the stored form of an area of a document, nil for none.
func Text(m json.RawMessage) *string {
	if m == nil {
		return nil
	}
	s := string(m)
	return &s
}

// MovedBy returns the same state, written only to change its place.
func (s State) MovedBy(op string) Record {
	r := s.Record
	r.Moved = op
	if !r.Live {
		r.Died = time.Now().UnixMilli()
	}
	return r
}

// Claim names the holder of a key.
type Claim struct {
	Of    storage.Collection `json:"of"`
	Owner string             `json:"owner"`
	Inc   string             `json:"inc"`
	// Latch outlives its owner; Settled tells that its owner was written.
	Latch   bool     `json:"latch,omitempty"`
	Settled bool     `json:"settled,omitempty"`
	Op      []string `json:"op"`
	At      int64    `json:"at"`
}

// By returns the write that took the key.
func (c *Claim) By() string {
	if len(c.Op) == 0 {
		return ""
	}
	return c.Op[0]
}

// Held is a claim with its place.
type Held struct {
	Claim
	Key   string
	Place Place
}

// There reports whether there is a claim.
func (h Held) There() bool { return h.Place != Absent }

// Public returns the claim in the form that callers see, with the key as they wrote
// it.
func (h Held) Public(key string) storage.Claim {
	return storage.Claim{Key: key, Of: h.Of, Owner: h.Owner, Incarnation: h.Inc}
}

// Confirmed reports whether the owner's state lists the key.
func (h Held) Confirmed(key string, owner State) bool {
	switch {
	case h.Latch && h.Settled:
		return true
	case h.Latch:
		return owner.There() && owner.Latches[key] == h.By()
	}
	return owner.IsLive() && owner.Inc == h.Inc && slices.Contains(owner.Claims, key)
}
