package budget

import "time"

// slow is how long a reader may take for an answer once others need its bytes.
const slow = time.Second

// Reader is a client that reads an answer. When others wait for bytes, a slow
// reader is cut off.
type Reader struct {
	cut        func()
	since      time.Time
	prev, next *Reader
	listed     bool
}

// Watches reports whether Writing must be called for an answer of that many bytes:
// for a large one, and for every one while bytes are scarce, because many small
// ones hold as much as a few large ones.
func (b *Budget) Watches(bytes int) bool { return b != nil && (bytes > Small || b.Scarce()) }

// Writing records that an answer is being written to a client. cut must end that
// without waiting; it is called at most once. Done must be called after the
// answer.
func (b *Budget) Writing(cut func()) *Reader {
	if b == nil {
		return nil
	}
	r := &Reader{cut: cut, since: time.Now(), listed: true}
	b.mu.Lock()
	defer b.mu.Unlock()
	if r.prev = b.last; r.prev != nil {
		r.prev.next = r
	} else {
		b.first = r
	}
	b.last = r
	return r
}

// Done records that the answer is complete. r may be nil.
func (b *Budget) Done(r *Reader) {
	if r == nil {
		return
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.unlist(r)
}

func (b *Budget) unlist(r *Reader) {
	if !r.listed {
		return
	}
	r.listed = false
	if r.prev != nil {
		r.prev.next = r.next
	} else {
		b.first = r.next
	}
	if r.next != nil {
		r.next.prev = r.prev
	} else {
		b.last = r.prev
	}
	r.prev, r.next = nil, nil
}

// cutSlow cuts off every slow reader, because others need bytes. It is called with
// mu held.
func (b *Budget) cutSlow() {
	for now := time.Now(); b.first != nil && now.Sub(b.first.since) >= slow; {
		r := b.first
		b.unlist(r)
		r.cut()
	}
}
