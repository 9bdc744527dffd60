package feed

import (
	"slices"
	"time"

	"github.com/gokuzzle/kuzzle/kuzzle/storage"
)

// Bounds of a journal.
const (
	// notesKept is how long a note stays listed: others read far more often.
	notesKept = 5 * time.Second
	// maxNotes and maxOpen bound the listed notes. Readers that miss notes
	// forget everything; a change without room for its announcement is not
	// written.
	maxNotes, maxOpen = 2000, 4096
	// maxNotedID is the longest id in a note; a longer one is replaced by its
	// whole collection.
	maxNotedID = 128
)

// note tells that a document is about to change, or has changed.
type note struct {
	N  int64              `json:"n"`
	Of storage.Collection `json:"of,omitempty"`
	ID string             `json:"id,omitempty"`

	at time.Time
	// closes is when a note counts as ended if its end is never reported.
	closes time.Time
}

func (n note) subject() storage.Subject { return storage.Subject{Of: n.Of, ID: n.ID} }

// journal is the record by which one node notifies the others. Only that node
// writes it, by compare-and-set; others may only delete it. All times are the
// node's own, and are not written.
type journal struct {
	// Name is a server's name; a process that only writes has none.
	Name string `json:"name,omitempty"`
	// Beat grows with every write, and shows that the node lives.
	Beat int64 `json:"beat"`
	// Last is the latest note's number. Every note after Floor is listed, and of
	// the earlier ones those that are open.
	Last  int64  `json:"last"`
	Floor int64  `json:"floor"`
	Notes []note `json:"notes,omitempty"`
	Open  []note `json:"open,omitempty"`
}

// open records that a change is about to be made; ok is false if there is no
// room.
func (j *journal) open(of storage.Subject, now time.Time) (n int64, ok bool) {
	if len(j.Open) >= maxOpen {
		return 0, false
	}
	opened := j.add(of, now)
	j.Open = append(j.Open, opened)
	return opened.N, true
}

func (j *journal) add(of storage.Subject, now time.Time) note {
	if len(of.ID) > maxNotedID {
		of.ID = ""
	}
	j.Last++
	added := note{N: j.Last, Of: of.Of, ID: of.ID, at: now}
	j.Notes = append(j.Notes, added)
	return added
}

// end records that a change was made, or never will be.
func (j *journal) end(n int64, now time.Time) {
	i := slices.IndexFunc(j.Open, func(o note) bool { return o.N == n })
	if i < 0 {
		return
	}
	ended := j.Open[i]
	j.Open = slices.Delete(j.Open, i, i+1)
	j.add(ended.subject(), now)
}

// abandon leaves a note open until no write of its change can arrive any more.
func (j *journal) abandon(n int64, until time.Time) {
	for i := range j.Open {
		if j.Open[i].N == n {
			j.Open[i].closes = until
		}
	}
}

// prune ends abandoned notes and returns their numbers. It drops notes that all
// nodes had time to read.
func (j *journal) prune(now time.Time) (ended []int64) {
	for _, o := range slices.Clone(j.Open) {
		if !o.closes.IsZero() && now.After(o.closes) {
			j.end(o.N, now)
			ended = append(ended, o.N)
		}
	}
	drop := max(0, len(j.Notes)-maxNotes)
	for drop < len(j.Notes) && now.Sub(j.Notes[drop].at) > notesKept {
		drop++
	}
	if drop > 0 {
		j.Floor = j.Notes[drop-1].N
		j.Notes = slices.Delete(j.Notes, 0, drop)
	}
	return ended
}

// next returns the journal to write now.
func (j *journal) next() journal {
	j.Beat++
	written := *j
	written.Notes, written.Open = slices.Clone(j.Notes), slices.Clone(j.Open)
	return written
}
