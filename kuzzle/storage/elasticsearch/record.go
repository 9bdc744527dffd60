package elasticsearch

import (
	"encoding/binary"
	"encoding/json"
	"hash/fnv"
	"slices"
	"time"

	"github.com/gokuzzle/kuzzle/kuzzle/storage"
)

// place is where a record stands in Elasticsearch's own order of writes: what a
// compare-and-set compares. It changes with every write of whatever kind.
type place struct{ Seq, Term int64 }

// absent is the place of what is not there.
var absent = place{Seq: -1}

// record is a document, or the tombstone of one.
type record struct {
	// ID is a copy of the id to sort by; a tombstone has none.
	ID   string `json:"id,omitempty"`
	Live bool   `json:"live"`
	Inc  string `json:"inc"`
	// N counts the changes of this id, through its tombstones.
	N int64 `json:"n"`
	// Op names the last changes, the latest first, and Moved the last write that
	// changed nothing but the place.
	Op      []string `json:"op"`
	Moved   string   `json:"moved,omitempty"`
	Version int64    `json:"ver"`
	Epoch   int64    `json:"epoch"`
	Expires *int64   `json:"expires,omitempty"`
	// Claims are the keys it holds; a claim that its owner does not list is
	// nobody's yet, or no more.
	Claims []string `json:"claims,omitempty"`
	// Latches are keys with the write that took each.
	Latches map[string]string `json:"latches,omitempty"`
	Content *string           `json:"content,omitempty"`
	Account *string           `json:"account,omitempty"`
	Auth    *string           `json:"auth,omitempty"`
	// Gen is the generation of the mapping that found F.
	Gen int64           `json:"gen"`
	F   json.RawMessage `json:"f,omitempty"`
	A   json.RawMessage `json:"a,omitempty"`
	// Died is when a tombstone was written, by its writer's clock.
	Died int64 `json:"died,omitempty"`
}

// state is a record in its place; nothing may be there.
type state struct {
	record
	at place
}

func (s state) there() bool { return s.at != absent }

func (s state) live() bool { return s.there() && s.Live }

// rev is the revision callers see. It counts only changes, and tells one
// incarnation from another.
func (r *record) rev() storage.Rev {
	h := fnv.New64a()
	_, _ = h.Write([]byte(r.Inc))
	var sum [8]byte
	return storage.Rev{Seq: r.N, Term: int64(binary.BigEndian.Uint64(h.Sum(sum[:0]))>>1 | 1)}
}

// opsKept is how many changes a record remembers, so that one whose answer was
// lost is recognised although others followed.
const opsKept = 8

// after is the list of changes with one more.
func (r *record) after(op string) []string {
	ops := append([]string{op}, r.Op...)
	return ops[:min(len(ops), opsKept)]
}

func (r *record) document(id string) storage.Document {
	d := storage.Document{
		ID: id, Incarnation: r.Inc, Version: r.Version, Epoch: r.Epoch,
		Content: raw(r.Content), Account: raw(r.Account), Auth: raw(r.Auth), Rev: r.rev(),
	}
	if r.Expires != nil {
		d.ExpiresAt = time.UnixMilli(*r.Expires).UTC()
	}
	return d
}

func raw(s *string) json.RawMessage {
	if s == nil {
		return nil
	}
	return json.RawMessage(*s)
}

func text(m json.RawMessage) *string {
	if m == nil {
		return nil
	}
	s := string(m)
	return &s
}

// moved is the same state, written by somebody who only wants its place to
// change.
func (s state) moved(op string) record {
	r := s.record
	r.Moved = op
	if !r.Live {
		r.Died = time.Now().UnixMilli()
	}
	return r
}

// claim is who holds a key.
type claim struct {
	Of    storage.Collection `json:"of"`
	Owner string             `json:"owner"`
	Inc   string             `json:"inc"`
	// Latch outlives its owner; Settled says that its owner was written.
	Latch   bool     `json:"latch,omitempty"`
	Settled bool     `json:"settled,omitempty"`
	Op      []string `json:"op"`
	At      int64    `json:"at"`
}

func (c *claim) by() string {
	if len(c.Op) == 0 {
		return ""
	}
	return c.Op[0]
}

// held is a claim in its place.
type held struct {
	claim
	key string
	at  place
}

func (h held) there() bool { return h.at != absent }

func (h held) public(key string) storage.Claim {
	return storage.Claim{Key: key, Of: h.Of, Owner: h.Owner, Incarnation: h.Inc}
}

// confirmed tells whether the owner's state says that it holds the key.
func (h held) confirmed(key string, owner state) bool {
	switch {
	case h.Latch && h.Settled:
		return true
	case h.Latch:
		return owner.there() && owner.Latches[key] == h.by()
	}
	return owner.live() && owner.Inc == h.Inc && slices.Contains(owner.Claims, key)
}
