package search

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/gokuzzle/kuzzle/kuzzle/query"
	"github.com/gokuzzle/kuzzle/kuzzle/storage"
	"github.com/gokuzzle/kuzzle/kuzzle/storage/elasticsearch/bulkqueue"
	"github.com/gokuzzle/kuzzle/kuzzle/storage/elasticsearch/cluster"
	"github.com/gokuzzle/kuzzle/kuzzle/storage/elasticsearch/compile"
	"github.com/gokuzzle/kuzzle/kuzzle/storage/elasticsearch/layout"
	"github.com/gokuzzle/kuzzle/kuzzle/storage/elasticsearch/records"
)

// maxCursors is the maximum number of live cursors that one node opened.
const maxCursors = 500

// cursorTurns is how often a read of a cursor may meet another reader.
const cursorTurns = 20

// cursor is a running scroll: a point in time, and the position it reached. It
// is stored in the cluster, so that any node can continue it.
type cursor struct {
	In    storage.Collection `json:"in"`
	Body  json.RawMessage    `json:"body"`
	Sort  []query.Sort       `json:"sort"`
	PIT   string             `json:"pit"`
	After []any              `json:"after"`
	Size  int                `json:"size"`
	Total int64              `json:"total"`
	Seen  int64              `json:"seen"`
}

type cursorRecord struct {
	Cursor string   `json:"cursor"`
	Op     []string `json:"op"`
	// At is when the cursor expires, in milliseconds.
	At int64 `json:"at"`
}

// cursors are the cursors that this node opened, with their expiry.
type cursors struct {
	mu   sync.Mutex
	open map[string]time.Time
}

func (c *cursors) note(id string, keep time.Duration) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.open == nil {
		c.open = map[string]time.Time{}
	}
	if _, known := c.open[id]; !known && len(c.open) >= maxCursors {
		now := time.Now()
		for id, until := range c.open {
			if until.Before(now) {
				delete(c.open, id)
			}
		}
		if len(c.open) >= maxCursors {
			return false
		}
	}
	c.open[id] = time.Now().Add(keep)
	return true
}

func (c *cursors) forget(id string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.open, id)
}

// OpenScroll implements storage.Store. The scroll reads one point in time.
func (ss *Searches) OpenScroll(ctx context.Context, in storage.Collection, what query.Search, keep time.Duration) (storage.Page, string, error) {
	if err := storage.CheckScroll(what); err != nil {
		return storage.Page{}, "", err
	}
	if err := ss.searchable(ctx, in); err != nil {
		return storage.Page{}, "", err
	}
	what.Uncounted, what.Bare = false, false
	r, err := ss.compile(in, what)
	if err != nil {
		return storage.Page{}, "", err
	}
	id := rand.Text()
	if !ss.cursors.note(id, keep) {
		return storage.Page{}, "", storage.ErrTooMany.New().RetryIn(keep)
	}
	page, more, err := ss.openCursor(ctx, id, in, what, r, keep)
	if err != nil || !more {
		ss.cursors.forget(id)
		return page, "", err
	}
	return page, id, nil
}

func (ss *Searches) openCursor(ctx context.Context, id string, in storage.Collection, what query.Search, r *request, keep time.Duration) (storage.Page, bool, error) {
	var pit struct {
		ID string `json:"id"`
	}
	err := ss.cluster.Ask(ctx, cluster.Post("/"+ss.names.Index(string(in))+"/_pit?keep_alive="+seconds(keep), nil), &pit)
	if err != nil {
		return storage.Page{}, false, ss.cluster.Broken(ctx, err)
	}
	c := &cursor{In: in, Sort: what.Sort, PIT: pit.ID, Size: what.Size}
	page, err := ss.turn(ctx, c, r, keep)
	if err == nil {
		c.Total = page.Total
		delete(r.body, "aggs")
		delete(r.body, "from")
		delete(r.body, "pit")
		r.body["track_total_hits"] = false
		c.Body, err = cluster.Encode(r.body)
	}
	if err != nil || c.exhausted(page) {
		ss.records.ClosePoint(c.PIT)
		return page, false, err
	}
	conflict, err := ss.writeCursor(ctx, id, c, records.Absent, keep)
	if err == nil && conflict {
		err = cluster.Unavailable(errors.New("elasticsearch: the cursor's name is taken"))
	}
	if err != nil {
		ss.records.ClosePoint(c.PIT)
		return storage.Page{}, false, err
	}
	ss.cursors.note(id, keep)
	return page, true, nil
}

// turn reads the next page and moves the cursor.
func (ss *Searches) turn(ctx context.Context, c *cursor, r *request, keep time.Duration) (storage.Page, error) {
	r.body["pit"] = clause{"id": c.PIT, "keep_alive": seconds(keep)}
	if c.After != nil {
		r.body["search_after"] = c.After
	}
	found, err := ss.search(ctx, r, nil)
	if err != nil {
		return found.page, err
	}
	if found.pit != "" {
		c.PIT = found.pit
	}
	if found.last != nil {
		c.After = found.last
	}
	c.Seen += int64(len(found.page.Hits))
	return found.page, nil
}

func (c *cursor) exhausted(page storage.Page) bool {
	return c.Size == 0 || len(page.Hits) < c.Size && !page.Partial || c.Seen >= c.Total
}

// NextScroll implements storage.Store.
func (ss *Searches) NextScroll(ctx context.Context, in storage.Collection, id string, keep time.Duration) (storage.Page, string, error) {
	if err := ss.searchable(ctx, in); err != nil {
		return storage.Page{}, "", err
	}
	if !storage.IsKey(id) {
		return storage.Page{}, "", storage.ErrUnknownScroll.New()
	}
	for range cursorTurns {
		page, more, moved, err := ss.nextPage(ctx, in, id, keep)
		switch {
		case err != nil:
			return storage.Page{}, "", err
		case moved && more:
			return page, id, nil
		case moved:
			return page, "", nil
		}
	}
	return storage.Page{}, "", storage.ErrConflict.New(id)
}

// nextPage returns moved = false if another reader read the page meanwhile.
func (ss *Searches) nextPage(ctx context.Context, in storage.Collection, id string, keep time.Duration) (page storage.Page, more, moved bool, err error) {
	c, at, err := ss.readCursor(ctx, id)
	if err != nil {
		return page, false, false, err
	}
	if c == nil || c.In != in {
		return page, false, false, storage.ErrUnknownScroll.New()
	}
	r := &request{in: in, size: c.Size}
	if err := decodeNumbers(c.Body, &r.body); err != nil {
		return page, false, false, err
	}
	if r.order, err = (&compile.Compiler{Schema: ss.schemas.Known(in).Schema}).Order(query.Search{Sort: c.Sort}); err != nil {
		return page, false, false, err
	}
	page, err = ss.turn(ctx, c, r, keep)
	switch {
	case cluster.IsStatus(err, http.StatusNotFound):
		return page, false, false, storage.ErrUnknownScroll.New()
	case err != nil:
		return page, false, false, err
	}
	page.Total = c.Total
	if c.exhausted(page) {
		moved, err := ss.endCursor(ctx, id, c, at)
		return page, false, moved, err
	}
	conflict, err := ss.writeCursor(ctx, id, c, at, keep)
	if err == nil && !conflict {
		ss.cursors.note(id, keep)
	}
	return page, true, !conflict, err
}

func (ss *Searches) readCursor(ctx context.Context, id string) (*cursor, records.Place, error) {
	answers, err := ss.records.Read(ctx, []records.Get{{Index: layout.CursorsIndex, ID: id}})
	if err != nil || !answers[0].Found {
		return nil, records.Absent, err
	}
	var r cursorRecord
	c := &cursor{}
	if err := json.Unmarshal(answers[0].Source, &r); err != nil {
		return nil, records.Absent, err
	}
	// The cluster itself checks for expired points in time once a minute.
	if time.Now().UnixMilli() > r.At {
		return nil, records.Absent, nil
	}
	return c, answers[0].Place(), decodeNumbers([]byte(r.Cursor), c)
}

// decodeNumbers keeps numbers as they were written: sort values are integers of
// 64 bits.
func decodeNumbers(data []byte, into any) error {
	decoder := json.NewDecoder(strings.NewReader(string(data)))
	decoder.UseNumber()
	return decoder.Decode(into)
}

func (ss *Searches) writeCursor(ctx context.Context, id string, c *cursor, over records.Place, keep time.Duration) (conflict bool, err error) {
	text, err := cluster.Encode(c)
	if err != nil {
		return false, err
	}
	op := records.NewID()
	source, err := cluster.Encode(cursorRecord{Cursor: string(text), Op: []string{op}, At: time.Now().Add(keep).UnixMilli()})
	if err != nil {
		return false, err
	}
	results, err := ss.queues.To(layout.CursorsIndex).Submit(ctx, false, bulkqueue.Write{ID: id, Over: over, Source: source, Op: op})
	if err == nil && results[0].Err != nil {
		err = cluster.Unavailable(results[0].Err)
	}
	return err == nil && results[0].Conflict, err
}

func (ss *Searches) endCursor(ctx context.Context, id string, c *cursor, at records.Place) (bool, error) {
	ss.cursors.forget(id)
	ss.records.ClosePoint(c.PIT)
	results, err := ss.queues.To(layout.CursorsIndex).Submit(ctx, false, bulkqueue.Write{ID: id, Over: at})
	return err == nil && !results[0].Conflict, err
}

func seconds(keep time.Duration) string { return fmt.Sprintf("%dms", max(1, keep.Milliseconds())) }
