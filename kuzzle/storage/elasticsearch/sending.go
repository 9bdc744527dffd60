package elasticsearch

import (
	"context"
	"encoding/json"
	"slices"
	"time"
)

// sending is writes on their way to one index, in order for each id. What was
// surely not done is tried again, and what may have been done: as every write is
// a compare-and-set, doing it twice is refused, and the refusal is looked into.
type sending struct {
	store          *Store
	index, refresh string
	writes         []write
	results        []written
	// unanswered is why the last attempt got no answer at all, or nil.
	unanswered error
	// doubtful is set when an attempt may have done more than it told.
	doubtful bool
}

// bulk does writes to one index and tries for as long as that makes sense.
func (s *Store) bulk(ctx context.Context, index, refresh string, writes []write) []written {
	o := &sending{store: s, index: index, refresh: refresh, writes: writes}
	for attempt := range bulkAttempts {
		if attempt > 0 && (o.hopeless() || pause(ctx, backoff(attempt)) != nil) {
			break
		}
		if o.attempt(ctx, primaryTimeout); len(o.left()) == 0 {
			break
		}
	}
	o.recognise(ctx)
	s.refusing.note(index, len(o.left()) > 0)
	for i := range o.results {
		o.results[i] = o.results[i].final(o.unanswered)
	}
	return o.results
}

// send tries until the cluster answers, so that only writes are left that it did
// not take.
func (o *sending) send(ctx context.Context, wait time.Duration) {
	for attempt := range bulkAttempts {
		if attempt > 0 && (o.hopeless() || pause(ctx, backoff(attempt)) != nil) {
			break
		}
		if o.attempt(ctx, wait); o.unanswered == nil {
			break
		}
	}
	o.recognise(ctx)
}

// hopeless tells whether a further attempt would fail as the last one did.
func (o *sending) hopeless() bool {
	return o.unanswered != nil && (!passes(o.unanswered) || o.store.cluster.nodes.silent())
}

// left are the writes that have no result.
func (o *sending) left() (which []int) {
	for i := range o.writes {
		if o.results == nil || o.results[i].again != nil {
			which = append(which, i)
		}
	}
	return which
}

// attempt sends what is left.
func (o *sending) attempt(ctx context.Context, wait time.Duration) {
	left := o.left()
	items, err := o.store.sendBulk(ctx, o, left, wait)
	if o.results == nil {
		o.results = make([]written, len(o.writes))
	}
	o.unanswered = err
	o.doubtful = o.doubtful || err != nil
	for n, i := range left {
		if err != nil {
			o.results[i] = written{again: err}
			continue
		}
		result, doubtful := items[n].written()
		o.results[i] = result
		o.doubtful = o.doubtful || doubtful
	}
}

// final is the result when no further attempt is made.
func (w written) final(unanswered error) written {
	switch {
	case w.again == nil:
		return w
	case unanswered != nil:
		return written{lost: unavailable(unanswered)}
	}
	return written{err: unavailable(w.again)}
}

// recognise finds, among writes that met another state, those that met their own
// result: an earlier attempt had succeeded and its answer was lost. What that
// wrote may not be visible yet.
func (o *sending) recognise(ctx context.Context) {
	if !o.doubtful {
		return
	}
	var gets []get
	var which []int
	for i := range o.writes {
		if o.results[i].conflict {
			gets, which = append(gets, get{index: o.index, id: o.writes[i].id}), append(which, i)
		}
	}
	if len(which) == 0 {
		return
	}
	var own []int
	answers, err := o.store.read(ctx, gets)
	for n, i := range which {
		if err != nil {
			o.results[i] = written{lost: err}
			continue
		}
		if o.writes[i].did(answers[n]) {
			o.results[i], own = written{at: answers[n].place()}, append(own, i)
		}
	}
	if len(own) == 0 || o.refresh == "" {
		return
	}
	if err := o.store.refresh(ctx, o.index); err != nil {
		for _, i := range own {
			o.results[i] = written{lost: err}
		}
	}
}

// did tells whether what is there is what the write wrote.
func (w *write) did(found got) bool {
	if w.source == nil || !found.Found {
		return w.source == nil && !found.Found
	}
	var source struct {
		Op    []string `json:"op"`
		Moved string   `json:"moved"`
	}
	if json.Unmarshal(found.Source, &source) != nil {
		return false
	}
	return slices.Contains(source.Op, w.op) || source.Moved == w.op
}
