package commits

import (
	"context"
	"errors"
	"slices"
	"sync"

	"github.com/gokuzzle/kuzzle/kuzzle/parallel"
	"github.com/gokuzzle/kuzzle/kuzzle/storage"
	"github.com/gokuzzle/kuzzle/kuzzle/storage/elasticsearch/bulkqueue"
	"github.com/gokuzzle/kuzzle/kuzzle/storage/elasticsearch/failpoint"
	"github.com/gokuzzle/kuzzle/kuzzle/storage/elasticsearch/layout"
	"github.com/gokuzzle/kuzzle/kuzzle/storage/elasticsearch/records"
)

const (
	// manyAtOnce is how many changes of one CommitMany run together. groupSize is
	// how many creations share a _bulk of claims and one of documents: few enough
	// that no claim waits long for its document.
	manyAtOnce = 1000
	groupSize  = 500
	// groupClaims and groupBytes bound a group, too.
	groupClaims = 4 * groupSize
	groupBytes  = bulkqueue.MaxBulkBytes / 2
)

// CommitMany implements storage.Store. Creations run in groups: the claims of one
// group are written while the documents of another are. Other concurrent changes
// share _bulks. A change that shares an id or a key with an earlier one waits for
// it. A deletion releases keys that it does not name, so deletions and changes
// that may take such a key wait for each other.
func (cs *Commits) CommitMany(ctx context.Context, changes []storage.Change) []storage.Result {
	results := make([]storage.Result, len(changes))
	seen := map[string]bool{}
	deleting, taking := false, false
	room := make(chan struct{}, manyAtOnce)
	var running sync.WaitGroup
	for i := 0; i < len(changes); {
		change := changes[i]
		deletes, takes := change.Put == nil, change.Put != nil || len(change.Take) > 0
		if sharesAny(seen, change) || deletes && taking || takes && deleting {
			running.Wait()
			clear(seen)
			deleting, taking = false, false
		}
		deleting, taking = deleting || deletes, taking || takes
		remember(seen, change)
		n := groupOf(changes[i:], seen)
		for range n {
			room <- struct{}{}
		}
		group, answers := changes[i:i+n], results[i:i+n]
		running.Go(func() {
			defer func() {
				for range n {
					<-room
				}
			}()
			if n == 1 {
				answers[0].Rev, answers[0].Err = cs.Commit(ctx, group[0])
				return
			}
			copy(answers, cs.createMany(ctx, group))
		})
		i += n
	}
	running.Wait()
	return results
}

// groupOf returns how many of the changes form a group, and adds their names to
// seen; the first one is already in seen.
func groupOf(changes []storage.Change, seen map[string]bool) int {
	if !groups(changes[0]) {
		return 1
	}
	n, claims, bytes := 1, len(changes[0].Take), changes[0].Put.Size()
	for ; n < min(groupSize, len(changes)); n++ {
		next := changes[n]
		if !groups(next) || sharesAny(seen, next) {
			break
		}
		if claims, bytes = claims+len(next.Take), bytes+next.Put.Size(); claims > groupClaims || bytes > groupBytes {
			break
		}
		remember(seen, next)
	}
	return n
}

// groups reports whether a change can be in a group.
func groups(change storage.Change) bool {
	return change.Put != nil && change.If == (storage.Rev{}) && len(change.Free) == 0 && !change.Announced()
}

// namesOf returns the ids and keys in a change, by which it may depend on
// another.
func namesOf(change storage.Change) []string {
	names := []string{"id " + string(change.In) + " " + change.ID}
	for _, take := range change.Take {
		names = append(names, "key "+take.Key)
	}
	for _, key := range change.Free {
		names = append(names, "key "+key)
	}
	return names
}

func sharesAny(seen map[string]bool, change storage.Change) bool {
	return slices.ContainsFunc(namesOf(change), func(name string) bool { return seen[name] })
}

func remember(seen map[string]bool, change storage.Change) {
	for _, name := range namesOf(change) {
		seen[name] = true
	}
}

// createMany does a group of creations without duplicate names. Like Commit, it
// completes what it began when ctx ends.
func (cs *Commits) createMany(ctx context.Context, changes []storage.Change) []storage.Result {
	failed := func(err error) []storage.Result {
		results := make([]storage.Result, len(changes))
		for i := range results {
			results[i].Err = err
		}
		return results
	}
	err := cs.records.Usable(ctx, changes[0].In)
	if err == nil {
		err = ctx.Err()
	}
	if err == nil {
		err = cs.begin()
	}
	if err != nil {
		return failed(err)
	}
	defer cs.end()
	g := group{engine: cs, commits: make([]*commit, len(changes)), results: make([]storage.Result, len(changes))}
	parallel.Each(len(changes), func(i int) {
		g.commits[i], g.results[i].Err = cs.prepare(ctx, changes[i])
	})
	g.run(context.WithoutCancel(ctx))
	return g.results
}

// group are creations that are tried together. A creation that meets an obstacle
// continues alone, from its beginning.
type group struct {
	engine  *Commits
	commits []*commit // nil if the change is invalid
	results []storage.Result
	// alone are the creations that continue alone.
	alone []int
}

func (g *group) run(ctx context.Context) {
	limited, cancel := context.WithTimeout(ctx, g.engine.options.WriteDeadline)
	defer cancel()
	held := g.claim(limited)
	g.write(limited, held)
	parallel.AtMost(manyAtOnce, len(g.alone), func(n int) {
		i := g.alone[n]
		g.commits[i].tried = true
		g.results[i] = g.engine.commit(ctx, g.commits[i], false)
	})
}

// claim writes the claims of all creations, and returns those that have all of
// their claims.
func (g *group) claim(ctx context.Context) (held []int) {
	failpoint.Reach(ctx, "claims")
	var writes []bulkqueue.Write
	var asked []int
	for i, c := range g.commits {
		switch {
		case c == nil:
		case c.invalid != nil || g.engine.queues.To(string(c.In)) == nil:
			g.alone = append(g.alone, i)
		default:
			claims, err := c.claims(c.takes)
			if err != nil {
				g.results[i].Err = err
				continue
			}
			c.held = make(map[string]records.Place, len(c.takes))
			writes, asked = append(writes, claims...), append(asked, i)
		}
	}
	results, err := g.engine.queues.To(layout.ClaimsIndex).Submit(ctx, false, writes...)
	if err != nil {
		g.fail(ctx, asked, err)
		return nil
	}
	for _, i := range asked {
		c := g.commits[i]
		for _, take := range c.takes {
			if results[0].Err == nil && !results[0].Conflict {
				c.held[take.Key] = results[0].Place
			}
			results = results[1:]
		}
		if len(c.held) == len(c.takes) {
			held = append(held, i)
		} else {
			g.alone = append(g.alone, i)
		}
	}
	return held
}

// write writes the documents of the creations that have their claims.
func (g *group) write(ctx context.Context, held []int) {
	queues := map[storage.Collection][]int{}
	for _, i := range held {
		queues[g.commits[i].In] = append(queues[g.commits[i].In], i)
	}
	failpoint.Reach(ctx, "document")
	for in, those := range queues {
		g.writeTo(ctx, in, those)
	}
}

func (g *group) writeTo(ctx context.Context, in storage.Collection, those []int) {
	writes := make([]bulkqueue.Write, len(those))
	visible := false
	for n, i := range those {
		c := g.commits[i]
		next := c.next(records.State{Place: records.Absent})
		source, err := next.Encode()
		if err != nil { // JSON that was parsed can always be encoded
			g.fail(ctx, those, err)
			return
		}
		c.rev, visible = next.Rev(), visible || c.Visible
		writes[n] = bulkqueue.Write{ID: c.ID, Over: records.Absent, Source: source, Op: c.op}
	}
	results, err := g.engine.queues.To(string(in)).Submit(ctx, visible, writes...)
	var not *bulkqueue.NotDone
	switch {
	case errors.As(err, &not):
		g.fail(ctx, those, err)
		return
	case err != nil: // it may have been done: the claims stay for a later reader to resolve
		for _, i := range those {
			g.results[i].Err = err
		}
		return
	}
	for n, i := range those {
		if results[n].Conflict || results[n].Err != nil {
			g.alone = append(g.alone, i)
			continue
		}
		g.results[i].Rev = g.commits[i].rev
	}
}

// fail returns an error for creations whose documents were not written, and
// removes their claims.
func (g *group) fail(ctx context.Context, those []int, err error) {
	parallel.AtMost(manyAtOnce, len(those), func(n int) {
		g.commits[those[n]].release(ctx)
		g.results[those[n]].Err = err
	})
}
