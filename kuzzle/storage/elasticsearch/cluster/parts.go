package cluster

import (
	"context"
	"errors"
	"io"
	"sync"

	"github.com/gokuzzle/kuzzle/kuzzle/storage"
)

// Bounds of the memory for an answer of the cluster. One record is a document of
// at most storage.MaxDocument, with escaped quotes, and its indexed values.
const (
	maxAnswerBytes = 64 << 20
	// maxPartBytes bounds answers to requests that can be split.
	maxPartBytes = 16 << 20
	// largeAnswer is the size from which an answer counts as large; largeAtOnce
	// large ones are read at a time.
	largeAnswer = 1 << 20
	largeAtOnce = 4
	// FirstPart is how many records are requested while their size is unknown.
	FirstPart = 100
)

// ErrTooLarge is the error for an answer beyond its bound.
var ErrTooLarge = errors.New("elasticsearch: the answer is too large")

// circuitBreaker is Elasticsearch's error for a request that its own memory has no
// room for.
const circuitBreaker = "circuit_breaking_exception"

// answerBody is an answer that is being read. It fails beyond most bytes, and a
// large one waits for its turn.
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

// Bound returns the cluster for requests of that many records: an answer with
// several records that is too large for one part must be requested in smaller
// parts.
func (c *Cluster) Bound(records int) *Cluster {
	if records <= 1 {
		return c
	}
	part := *c
	part.most = maxPartBytes
	return &part
}

// tooLarge returns ErrTooLarge for a part that can be split, a fault for one that
// cannot, and every other error unchanged.
func (c *Cluster) tooLarge(err error) error {
	switch part := c.most < maxAnswerBytes; {
	case part && IsKind(err, circuitBreaker):
		return ErrTooLarge
	case !part && errors.Is(err, ErrTooLarge):
		return Unavailable(err)
	}
	return err
}

// Portion is the number of records in the next request.
type Portion int

// Shrink makes the portion smaller after an answer that was too large, and reports
// whether it could.
func (p *Portion) Shrink(err error) bool {
	if !errors.Is(err, ErrTooLarge) || *p <= 1 {
		return false
	}
	*p = p.Less()
	return true
}

// Less returns a tenth of the portion, at least one.
func (p Portion) Less() Portion { return max(1, p/10) }

// Follow sets the portion to the number that fits into room bytes if the next
// records are as large as those read.
func (p *Portion) Follow(records, bytes, room int) {
	if records > 0 {
		*p = Portion(max(1, room/max(1, bytes/records)))
	}
}

// Portions are the sizes of first requests for each collection; they are smaller
// for a while after an answer that was too large.
type Portions struct {
	mu sync.Mutex
	of map[storage.Collection]Portion
}

// First returns how many records to request, of the most that are wanted.
func (p *Portions) First(of storage.Collection, most int) Portion {
	p.mu.Lock()
	defer p.mu.Unlock()
	if fits, less := p.of[of]; less {
		return min(fits, Portion(most))
	}
	return Portion(most)
}

// Note records how many records fitted into an answer if they were fewer than
// requested. Otherwise it raises the next request.
func (p *Portions) Note(of storage.Collection, fitted Portion, shrunk bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !shrunk {
		if fits, less := p.of[of]; !less || fits > fitted { // nothing new is known
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
