package migration

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"hash"
	"math/bits"

	"github.com/gokuzzle/kuzzle/kuzzle/storage"
)

// latchSum is the name of the sum of latches.
const latchSum = "latches"

// Sum is the sum of a collection, independent of the order of reading.
type Sum struct {
	// Of is the collection's name.
	Of string
	// Count is the number of documents, Claims the number of keys they hold.
	Count, Claims int64
	// total is the sum of all digests, modulo 2^256.
	total [4]uint64
}

// Checksum returns the sum of the SHA-256 of every document, in hex.
func (s Sum) Checksum() string {
	var raw [sha256.Size]byte
	for i, word := range s.total {
		binary.BigEndian.PutUint64(raw[8*i:], word)
	}
	return hex.EncodeToString(raw[:])
}

// addKept ignores nil.
func (s *Sum) addKept(k *storage.Kept) {
	if k == nil {
		return
	}
	s.Claims += int64(len(k.Claims))
	s.add(digest(k))
}

// addLatch leaves out the incarnation of the latch's owner, which has no
// effect: a latch outlives it.
func (s *Sum) addLatch(latch storage.Claim) {
	h := sha256.New()
	text(h, latch.Key, string(latch.Of), latch.Owner)
	s.add([sha256.Size]byte(h.Sum(nil)))
}

func (s *Sum) add(d [sha256.Size]byte) {
	s.Count++
	carry := uint64(0)
	for i := len(s.total) - 1; i >= 0; i-- {
		s.total[i], carry = bits.Add64(s.total[i], binary.BigEndian.Uint64(d[8*i:]), carry)
	}
}

// digest covers the whole document with its keys, without its revision, which
// belongs to the engine.
func digest(k *storage.Kept) [sha256.Size]byte {
	h := sha256.New()
	text(h, k.ID, k.Incarnation)
	number(h, k.Version, k.Epoch)
	expires := int64(0)
	if !k.ExpiresAt.IsZero() {
		expires = k.ExpiresAt.UnixMilli()
	}
	number(h, expires)
	text(h, string(k.Content), string(k.Account), string(k.Auth))
	text(h, k.Claims...)
	return [sha256.Size]byte(h.Sum(nil))
}

// text writes texts so that different lists never look the same.
func text(h hash.Hash, texts ...string) {
	number(h, int64(len(texts)))
	for _, t := range texts {
		number(h, int64(len(t)))
		h.Write([]byte(t))
	}
}

func number(h hash.Hash, numbers ...int64) {
	for _, n := range numbers {
		h.Write(binary.BigEndian.AppendUint64(nil, uint64(n)))
	}
}
