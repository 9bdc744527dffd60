package cluster

import (
	"context"
	"errors"
	"io"
	"sync"

	"github.com/gokuzzle/kuzzle/kuzzle/storage"
)

// Bounds of what an answer of the cluster takes in memory. One record is a
// document of at most storage.MaxDocument, whose quotes are escaped, and its
// indexed values.
const (
	maxAnswerBytes = 64 << 20
	// maxPartBytes bounds answers to what can be asked for in smaller parts.
	maxPartBytes = 16 << 20
	// largeAnswer is where an answer begins to be a large one, of which
	// largeAtOnce are read at a time.
	largeAnswer = 1 << 20
	largeAtOnce = 4
	// FirstPart is how many records are asked for while nobody knows how large
	// they are.
	FirstPart = 100
)

// ErrTooLarge is what reading an answer beyond its bound ends with.
var ErrTooLarge = errors.New("elasticsearch: the answer is too large")

// circuitBreaker is how Elasticsearch refuses what its own memory has no room for.
const circuitBreaker = "circuit_breaking_exception"

// answerBody is an answer being read. It fails beyond most bytes, and waits for
// room where it is large.
type answerBody struct {
	ctx        context.Context
	from       io.Reader
	read, most int64
	room       chan struct{}
	waited     bool
}

// Read implements io.Reader.
func (b *answerBody) Read(p []byte) (int, error) {
	if b.read > largeAnswer && !b.waited {
		select {
		case b.room <- struct{}{}:
			b.waited = true
		case <-b.ctx.Done():
			return 0, b.ctx.Err()
		}
	}
	n, err := b.from.Read(p)
	if b.read += int64(n); b.read > b.most {
		return 0, ErrTooLarge
	}
	return n, err
}

// decoded lets the next large answer be read.
func (b *answerBody) decoded() {
	if b.waited {
		<-b.room
	}
}

// Bound is the cluster as to be asked for so many records: where there are
// several, an answer too large for one part is to be asked for in smaller ones.
func (c *Cluster) Bound(records int) *Cluster {
	if records <= 1 {
		return c
	}
	part := *c
	part.most = maxPartBytes
	return &part
}

// tooLarge is ErrTooLarge for a part that has to be asked for in smaller ones, a
// fault for what has none, and every other error as it is.
func (c *Cluster) tooLarge(err error) error {
	switch part := c.most < maxAnswerBytes; {
	case part && IsKind(err, circuitBreaker):
		return ErrTooLarge
	case !part && errors.Is(err, ErrTooLarge):
		return Unavailable(err)
	}
	return err
}

// Portion is how many records the next request asks for.
type Portion int

// Shrink reports whether less can be asked for after an answer that was too
// large, and does so.
func (p *Portion) Shrink(err error) bool {
	if !errors.Is(err, ErrTooLarge) || *p <= 1 {
		return false
	}
	*p = p.Less()
	return true
}

// Less is a tenth of it, and at least one.
func (p Portion) Less() Portion { return max(1, p/10) }

// Follow makes it as many as fit into room bytes if the next records are as
// large as those read.
func (p *Portion) Follow(records, bytes, room int) {
	if records > 0 {
		*p = Portion(max(1, room/max(1, bytes/records)))
	}
}

// Portions are how many records of each collection to ask for first: fewer for a
// while after an answer that was too large.
type Portions struct {
	mu sync.Mutex
	of map[storage.Collection]Portion
}

// First is how many records to ask for, of the most that are wanted.
func (p *Portions) First(of storage.Collection, most int) Portion {
	p.mu.Lock()
	defer p.mu.Unlock()
	if fits, less := p.of[of]; less {
		return min(fits, Portion(most))
	}
	return Portion(most)
}

// Note keeps how many fitted into an answer, where that was fewer than were
// asked for at first, and else lets more be asked for the next time.
func (p *Portions) Note(of storage.Collection, fitted Portion, shrunk bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !shrunk {
		if fits, less := p.of[of]; !less || fits > fitted { // nothing was learned
			return
		}
		fitted *= 2
	}
	if p.of == nil {
		p.of = map[storage.Collection]Portion{}
	}
	if p.of[of] = fitted; fitted >= FirstPart {
		delete(p.of, of)
	}
}
