package counters

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"time"

	"github.com/gokuzzle/kuzzle/kuzzle/api"
	"github.com/gokuzzle/kuzzle/kuzzle/events"
	"github.com/gokuzzle/kuzzle/kuzzle/storage"
)

// The intervals between additions to the minute's counts, and between writes.
const (
	sampleEvery = 5 * time.Second
	writeEvery  = 30 * time.Second
	writeTime   = 10 * time.Second
)

// Options are the dependencies of Counters.
type Options struct {
	Store storage.Store
	// Node is the unique name of this server.
	Node string
	// Queue returns how many password checks wait.
	Queue func() int
	Log   *slog.Logger
	Now   func() time.Time
}

// Counters counts events and requests. It is safe for concurrent use.
type Counters struct {
	Options
	live live

	mu    sync.Mutex
	pages map[string]*page
}

// page is one of this server's documents: the counts of an hour by minutes, or of a day by hours.
type page struct {
	was     storage.Document
	expires time.Time
	counts  map[int]*Counts
	changed bool
}

// grain is the resolution of a document.
type grain struct {
	prefix string
	// step is the time of one count, span that of the document.
	step, span time.Duration
	// keep is how long a document is kept.
	keep time.Duration
}

var (
	minutes = grain{"counts:m:", time.Minute, time.Hour, 26 * time.Hour}
	hours   = grain{"counts:h:", time.Hour, 24 * time.Hour, 33 * 24 * time.Hour}
)

// id returns the prefix of the ids of documents about a time; ids sort by time.
func (g grain) id(at time.Time) string {
	return fmt.Sprintf("%s%010d:", g.prefix, at.Unix()/int64(g.span/time.Second))
}

// New returns Counters.
func New(o Options) *Counters { return &Counters{Options: o, pages: map[string]*page{}} }

var _ api.Observer = (*Counters)(nil)

// Observe counts a finished request.
func (c *Counters) Observe(_ *api.Request, res *api.Response, took time.Duration) {
	c.live.request(res.Status >= 500, took)
}

var _ events.Handler = (*Counters)(nil).Handle

// Handle counts an event; subscribe it to events.All.
func (c *Counters) Handle(_ context.Context, e events.Event) {
	switch e.Name {
	case events.UserCreated:
		c.live.signUps.Add(1)
	case events.SessionCreated:
		if e.Data[events.Strategy] != nil { // without a strategy, an existing session continues
			c.live.logins.Add(1)
		}
	case events.SessionRefused, events.ThrottleRefused, events.RightsRefused, events.ContactRefused:
		c.live.refusals.Add(1)
	}
}

// Run counts by minutes and writes until ctx ends, and then writes once more.
func (c *Counters) Run(ctx context.Context) {
	tick := time.NewTicker(sampleEvery)
	defer tick.Stop()
	for written := c.Now(); ; {
		select {
		case <-ctx.Done():
			c.write(ctx)
			return
		case <-tick.C:
		}
		c.Sample()
		if now := c.Now(); now.Sub(written) >= writeEvery {
			written = now
			c.write(ctx)
		}
	}
}

// Sample adds the new counts to the current minute.
func (c *Counters) Sample() {
	c.live.queue.Store(uint64(max(0, c.Queue())))
	counted := c.live.take()
	if counted == (Counts{}) {
		return
	}
	now := c.Now()
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, g := range []grain{minutes, hours} {
		id := g.id(now) + c.Node
		p := c.pages[id]
		if p == nil {
			p = &page{expires: now.Add(g.keep), counts: map[int]*Counts{}}
			c.pages[id] = p
		}
		at := int(now.Unix() % int64(g.span/time.Second) / int64(g.step/time.Second))
		if p.counts[at] == nil {
			p.counts[at] = &Counts{}
		}
		p.counts[at].add(&counted)
		p.changed = true
	}
}

func (c *Counters) write(ctx context.Context) {
	limited, cancel := context.WithTimeout(context.WithoutCancel(ctx), writeTime)
	defer cancel()
	if err := c.Write(limited); err != nil && ctx.Err() == nil {
		c.Log.WarnContext(ctx, "the counts were not written and will be written later", "cause", err)
	}
}

// Write writes the counts. After a failure they are written with the next Write.
func (c *Counters) Write(ctx context.Context) error {
	c.Sample()
	c.mu.Lock()
	defer c.mu.Unlock()
	now := c.Now()
	for id, p := range c.pages {
		if p.changed {
			if err := c.put(ctx, id, p); err != nil {
				return err
			}
		}
		if !strings.HasPrefix(id, minutes.id(now)) && !strings.HasPrefix(id, hours.id(now)) {
			delete(c.pages, id) // its time is over
		}
	}
	return nil
}

func (c *Counters) put(ctx context.Context, id string, p *page) error {
	text, err := json.Marshal(p.counts)
	if err != nil {
		return err
	}
	doc := storage.Document{
		ID: id, Incarnation: p.was.Incarnation, Version: p.was.Version + 1, Content: []byte(`{}`), Auth: text, ExpiresAt: p.expires,
	}
	rev, err := c.Store.Commit(ctx, storage.Change{In: storage.Flows, ID: id, Put: &doc, If: p.was.Rev})
	if err != nil {
		// The write may have succeeded anyway.
		if there, failed := c.Store.Get(ctx, storage.Flows, id); failed == nil {
			p.was = there
		}
		return err
	}
	doc.Rev = rev
	p.was, p.changed = doc, false
	return nil
}
