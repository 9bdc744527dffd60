package history

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/gokuzzle/kuzzle/kuzzle/events"
	"github.com/gokuzzle/kuzzle/kuzzle/fault/assert"
	"github.com/gokuzzle/kuzzle/kuzzle/storage"
)

// minute holds this server's events of the current minute.
type minute struct {
	id  string
	was storage.Document
	said
}

// said is the stored form of a minute.
type said struct {
	Events []events.Event `json:"events"`
	// Lost is the number of further events.
	Lost int `json:"lost,omitempty"`
}

// minuteID returns the prefix of the ids of a minute; they sort by time.
func minuteID(at time.Time) string { return fmt.Sprintf("%s%012d:", recentPrefix, at.Unix()/60) }

func (h *History) keepRecent(ctx context.Context, recent []events.Event, lost int) error {
	if len(recent)+lost == 0 {
		return nil
	}
	if id := minuteID(h.Now()) + h.Node; h.minute.id != id {
		h.minute = minute{id: id}
	}
	m := &h.minute
	fits := min(len(recent), MaxMinute-len(m.Events))
	m.Events, m.Lost = append(m.Events, recent[:fits]...), m.Lost+lost+len(recent)-fits
	write, err := change(m.id, m.was, m.said, h.Now().Add(RecentAge))
	if err != nil {
		return err
	}
	rev, err := h.Store.Commit(ctx, write)
	if err != nil {
		h.minute = minute{} // the next events begin a new minute
		return err
	}
	m.was = *write.Put
	m.was.Rev = rev
	return nil
}

// The default size of a page, and the age of the first event of the first page.
const (
	MaxPage = 500
	back    = time.Hour
	// behind is how long after a minute new documents of it may appear: clocks differ, and writing
	// takes time.
	behind = 3 * time.Minute
)

// Page has security events of all users, in the order of time.
type Page struct {
	Events []events.Event
	// Lost is the number of further events of that time that are not stored.
	Lost int
	// Next is where the next page begins; that page may still be empty.
	Next string
}

// position is a place in the events: how many events of each document were returned that may still
// grow.
type position struct {
	// From is the id after which documents are read.
	From string         `json:"f"`
	Told map[string]int `json:"t,omitempty"`
}

// Since lists the events after a page, at most size of them. Without one it lists the latest of the
// last hour.
func (h *History) Since(ctx context.Context, after string, size int) (Page, error) {
	size = min(max(size, 1), MaxPage)
	if after == "" {
		return h.latest(ctx, size)
	}
	var at position
	text, err := base64.RawURLEncoding.DecodeString(after)
	if err == nil {
		err = json.Unmarshal(text, &at)
	}
	if err != nil || !strings.HasPrefix(at.From, recentPrefix) {
		return Page{}, assert.InvalidArgument.New("after", "the next of another page")
	}
	return h.page(ctx, at, size)
}

func (h *History) page(ctx context.Context, at position, size int) (Page, error) {
	page, told := Page{Events: []events.Event{}}, map[string]int{}
	err := h.each(ctx, at.From, recentPrefix, func(doc storage.Document) (bool, error) {
		var m said
		if err := json.Unmarshal(doc.Auth, &m); err != nil {
			return false, err
		}
		known, met := at.Told[doc.ID]
		some := m.Events[min(known, len(m.Events)):]
		some = some[:min(len(some), size-len(page.Events))]
		page.Events = append(page.Events, some...)
		told[doc.ID] = known + len(some)
		if !met {
			page.Lost += m.Lost
		}
		return len(page.Events) < size, nil
	})
	if err != nil {
		return Page{}, err
	}
	slices.SortStableFunc(page.Events, func(a, b events.Event) int { return a.At.Compare(b.At) })
	page.Next, err = next(at.From, told)
	return page, err
}

// latest returns the latest events of the last hour.
func (h *History) latest(ctx context.Context, size int) (Page, error) {
	at := position{From: minuteID(h.Now().Add(-back))}
	all, told := Page{}, map[string]int{}
	err := h.each(ctx, at.From, recentPrefix, func(doc storage.Document) (bool, error) {
		var m said
		if err := json.Unmarshal(doc.Auth, &m); err != nil {
			return false, err
		}
		all.Events, all.Lost = append(all.Events, m.Events...), all.Lost+m.Lost
		told[doc.ID] = len(m.Events)
		if len(all.Events) > 2*size { // earlier ones are left out anyway
			all.Events = slices.Clone(all.Events[len(all.Events)-size:])
		}
		return true, nil
	})
	if err != nil {
		return Page{}, err
	}
	slices.SortStableFunc(all.Events, func(a, b events.Event) int { return a.At.Compare(b.At) })
	all.Events = append([]events.Event{}, all.Events[max(0, len(all.Events)-size):]...)
	all.Next, err = next(at.From, told)
	return all, err
}

// next returns a position without the documents that no longer grow.
func next(from string, told map[string]int) (string, error) {
	latest := ""
	for id := range told {
		latest = max(latest, id)
	}
	if latest != "" {
		var number int64
		if _, err := fmt.Sscanf(strings.TrimPrefix(latest, recentPrefix), "%d", &number); err == nil {
			from = max(from, minuteID(time.Unix(number*60, 0).Add(-behind)))
		}
	}
	for id := range told {
		if id < from {
			delete(told, id)
		}
	}
	text, err := json.Marshal(position{from, told})
	return base64.RawURLEncoding.EncodeToString(text), err
}
