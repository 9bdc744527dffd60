package bulkqueue

import (
	"context"
	"encoding/json"
	"slices"
	"time"

	"github.com/gokuzzle/kuzzle/kuzzle/storage/elasticsearch/cluster"
	"github.com/gokuzzle/kuzzle/kuzzle/storage/elasticsearch/records"
)

// sending are writes on their way to one index, in order for each id. Writes
// that were certainly not done are tried again, and so are writes that may have
// been done: every write is a compare-and-set, so a second one is refused, and
// recognise looks into the refusal.
type sending struct {
	queues         *Queues
	index, refresh string
	writes         []Write
	results        []Written
	// unanswered is the reason why the last attempt got no answer at all, or
	// nil.
	unanswered error
	// doubtful is set if an attempt may have done more than its answer tells.
	doubtful bool
}

// Bulk does writes to one index and repeats them while that can succeed.
func (ls *Queues) Bulk(ctx context.Context, index, refresh string, writes []Write) []Written {
	o := &sending{queues: ls, index: index, refresh: refresh, writes: writes}
	for attempt := range bulkAttempts {
		if attempt > 0 && (o.hopeless() || cluster.Pause(ctx, cluster.Backoff(attempt)) != nil) {
			break
		}
		if o.attempt(ctx, primaryTimeout); len(o.left()) == 0 {
			break
		}
	}
	o.recognise(ctx)
	ls.refusing.note(index, len(o.left()) > 0)
	for i := range o.results {
		o.results[i] = o.results[i].final(o.unanswered)
	}
	return o.results
}

// send repeats the request until the cluster answers, so that only refused
// writes are left.
func (o *sending) send(ctx context.Context, wait time.Duration) {
	for attempt := range bulkAttempts {
		if attempt > 0 && (o.hopeless() || cluster.Pause(ctx, cluster.Backoff(attempt)) != nil) {
			break
		}
		if o.attempt(ctx, wait); o.unanswered == nil {
			break
		}
	}
	o.recognise(ctx)
}

// hopeless reports whether a further attempt would fail like the last one.
func (o *sending) hopeless() bool {
	return o.unanswered != nil && (!cluster.Passes(o.unanswered) || o.queues.cluster.Silent())
}

// left returns the writes without a result.
func (o *sending) left() (which []int) {
	for i := range o.writes {
		if o.results == nil || o.results[i].Again != nil {
			which = append(which, i)
		}
	}
	return which
}

// attempt sends the writes that are left.
func (o *sending) attempt(ctx context.Context, wait time.Duration) {
	left := o.left()
	items, err := o.queues.sendBulk(ctx, o, left, wait)
	if o.results == nil {
		o.results = make([]Written, len(o.writes))
	}
	o.unanswered = err
	o.doubtful = o.doubtful || err != nil
	for n, i := range left {
		if err != nil {
			o.results[i] = Written{Again: err}
			continue
		}
		result, doubtful := items[n].written()
		o.results[i] = result
		o.doubtful = o.doubtful || doubtful
	}
}

// final returns the result if no further attempt is made.
func (w Written) final(unanswered error) Written {
	switch {
	case w.Again == nil:
		return w
	case unanswered != nil:
		return Written{Lost: cluster.Unavailable(unanswered)}
	}
	return Written{Err: cluster.Unavailable(w.Again)}
}

// recognise finds, among writes with a conflict, those that met their own
// result: an earlier attempt had succeeded and its answer was lost. That write
// may not be visible yet.
func (o *sending) recognise(ctx context.Context) {
	if !o.doubtful {
		return
	}
	var gets []records.Get
	var which []int
	for i := range o.writes {
		if o.results[i].Conflict {
			gets, which = append(gets, records.Get{Index: o.index, ID: o.writes[i].ID}), append(which, i)
		}
	}
	if len(which) == 0 {
		return
	}
	var own []int
	answers, err := o.queues.records.Read(ctx, gets)
	for n, i := range which {
		if err != nil {
			o.results[i] = Written{Lost: err}
			continue
		}
		if o.writes[i].did(answers[n]) {
			o.results[i], own = Written{Place: answers[n].Place()}, append(own, i)
		}
	}
	if len(own) == 0 || o.refresh == "" {
		return
	}
	if err := o.queues.RefreshIndex(ctx, o.index); err != nil {
		for _, i := range own {
			o.results[i] = Written{Lost: err}
		}
	}
}

// did reports whether the record is the one that the write wrote.
func (w *Write) did(found records.Got) bool {
	if w.Source == nil || !found.Found {
		return w.Source == nil && !found.Found
	}
	var source struct {
		Op    []string `json:"op"`
		Moved string   `json:"moved"`
	}
	if json.Unmarshal(found.Source, &source) != nil {
		return false
	}
	return slices.Contains(source.Op, w.Op) || source.Moved == w.Op
}
