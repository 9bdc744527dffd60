package imports

import (
	"context"

	"github.com/gokuzzle/kuzzle/kuzzle/accounts/users"
	"github.com/gokuzzle/kuzzle/kuzzle/parallel"
)

// Importer imports batch after batch. It checks a batch while the one before is still written. Only
// one goroutine may use it at a time.
type Importer struct {
	imports *Imports
	by      users.Actor
	senders []users.Actor
	// begun is closed when the whole last batch is being written; then the writes of the next batch
	// start.
	begun   <-chan struct{}
	writing writing
}

// Importer returns an Importer for an actor. senders are other callers whom the rows come from: none
// of them changes credentials of their own without the proof that such a change needs.
func (im *Imports) Importer(by users.Actor, senders ...users.Actor) *Importer {
	return &Importer{imports: im, by: by, senders: senders}
}

// Begin starts an Import of rows, after the rows of earlier calls. The returned function waits for
// the end. Call it once for each batch, in any order: only after it have all goroutines of the
// batch ended.
func (im *Importer) Begin(ctx context.Context, how Import, rows []Row) (finish func() ([]RowResult, error)) {
	in := &importing{Imports: im.imports, by: im.by, all: append([]users.Actor{im.by}, im.senders...), how: how, roles: map[string][]string{}, there: map[string]bool{}, results: make([]RowResult, len(rows))}
	var err error
	if in.key, err = in.Sealer.Derive(fingerprintPurpose); len(rows) > MaxImportRows {
		err = users.ErrWriteLimit.New()
	}
	if err == nil {
		err = im.by.MayChangeLogin()
	}
	if err != nil {
		return func() ([]RowResult, error) { return nil, err }
	}
	before, begun, done := im.begun, make(chan struct{}), make(chan struct{})
	im.begun = begun
	chunks := in.planAll(ctx, rows)
	go func() {
		defer close(done)
		wait(before)
		in.writeAll(ctx, chunks, &im.writing)
		last := im.writing
		close(begun)
		last.end()
	}()
	return func() ([]RowResult, error) {
		<-done
		return in.results, in.finish(ctx)
	}
}

// writeAll writes all chunks, and returns when the last write has begun. It writes those together
// that are planned when a write can begin.
func (in *importing) writeAll(ctx context.Context, chunks <-chan []*plannedRow, w *writing) {
	for at := 0; at < len(in.results); {
		w.room()
		planned := <-chunks
		for more := true; more; {
			select {
			case next := <-chunks:
				planned, more = append(planned, next...), next != nil
			default:
				more = false
			}
		}
		results := in.results[at:]
		at += len(planned)
		if in.how.DryRun {
			parallel.Each(len(planned), func(i int) { in.judge(ctx, planned[i], &results[i]) })
			continue
		}
		w.begin(names(planned), func() { in.write(ctx, planned, results) })
	}
}

// writing writes rows while the rows before them are still being written. If both name the same id
// or key it waits, since the first row must win. Its goroutines stop at end.
type writing struct {
	before, last <-chan struct{} // nil if there is none
	names        map[string]bool
}

// room waits until begin would not wait for the rows before the last.
func (w *writing) room() { wait(w.before) }

func (w *writing) begin(names map[string]bool, write func()) {
	w.room()
	for name := range names {
		if w.names[name] {
			wait(w.last)
			break
		}
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		write()
	}()
	w.before, w.last, w.names = w.last, done, names
}

func (w *writing) end() {
	wait(w.before)
	wait(w.last)
}

func wait(done <-chan struct{}) {
	if done != nil {
		<-done
	}
}

// names returns the ids and keys of rows.
func names(planned []*plannedRow) map[string]bool {
	all := make(map[string]bool, 4*len(planned))
	for _, p := range planned {
		if p == nil {
			continue
		}
		all[p.write.ID] = true // if an id equals a key, a row only waits longer
		for _, take := range p.write.Take {
			all[take.Key] = true
		}
	}
	return all
}

// importChunk is how many rows are planned before the first of them is written.
const importChunk = 500

// planAll plans chunk by chunk, as fast as possible. Its goroutine ends with the last chunk.
func (in *importing) planAll(ctx context.Context, rows []Row) <-chan []*plannedRow {
	chunks := make(chan []*plannedRow, MaxImportRows/importChunk)
	go func() {
		defer close(chunks)
		for at := 0; at < len(rows); at += importChunk {
			planned := make([]*plannedRow, min(importChunk, len(rows)-at))
			parallel.Each(len(planned), func(i int) {
				planned[i], in.results[at+i].Err = in.plan(ctx, &rows[at+i])
			})
			chunks <- planned
		}
	}()
	return chunks
}
