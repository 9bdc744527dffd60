package webhooks

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/gokuzzle/kuzzle/kuzzle/lease"
	"github.com/gokuzzle/kuzzle/kuzzle/queue"
	"github.com/gokuzzle/kuzzle/kuzzle/storage"
)

const (
	// poll is how often the store is asked for messages of other servers.
	poll = time.Second
	// countEvery is how often messages are counted.
	countEvery = 5 * time.Second
	// sweepAfter is how long after a change of the endpoints sweep runs. All servers know
	// the change by then and add no messages for deleted endpoints.
	sweepAfter = 5 * storage.Lease
	// shares is the number of parts of MaxWaiting. Once half of it is used, a user may
	// have one part, but at least leastShare messages.
	shares     = 100
	leastShare = 100
	// carried is the number of users whose messages are carried at once.
	carried = 200
	// firstRest is how long an unreachable endpoint rests; it doubles with each further
	// failure, up to maxRest.
	firstRest = time.Second
	maxRest   = time.Minute
	// maxAnswer is how much of an answer is read, so that its connection can be reused.
	maxAnswer = 4 << 10
)

// Run sends waiting messages, while no other server does, until ctx ends.
func (h *Webhooks) Run(ctx context.Context) {
	var counting sync.WaitGroup
	counting.Go(func() { h.count(ctx) })
	lease.New(h.Store, "webhooks", h.Node).Hold(ctx, h.serve)
	counting.Wait()
}

// count updates full.
func (h *Webhooks) count(ctx context.Context) {
	for {
		start := time.Now()
		if len(h.List()) > 0 {
			h.look(ctx)
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(max(countEvery, 10*time.Since(start))):
		}
	}
}

// look checks whether too many messages are waiting, in all and of each user. Searches do
// not find messages, but both engines can count them together with the other documents of
// the outbox, such as mails: only many documents are counted one by one. If counting fails,
// the state stays.
func (h *Webhooks) look(ctx context.Context) {
	n, counted := h.Store.Info(ctx).Counts[storage.Outbox]
	if !counted {
		if ctx.Err() == nil {
			h.Log.WarnContext(ctx, "messages for webhook endpoints cannot be counted; it is tried again")
		}
		return
	}
	waiting, crowding := 0, map[string]bool{}
	if n >= int64(h.MaxWaiting/2) {
		var err error
		if waiting, crowding, err = h.crowd(ctx); err != nil {
			if ctx.Err() == nil {
				h.Log.WarnContext(ctx, "messages for webhook endpoints cannot be counted by user; it is tried again", "cause", err)
			}
			return
		}
	}
	if waiting < h.MaxWaiting/2 { // below half of the limit no user has too many
		clear(crowding)
	}
	h.full.Store(waiting >= h.MaxWaiting)
	h.said.Store(false)
	h.crowding.Store(&crowding)
}

// share returns how many messages and dead letters one user may have once half of
// MaxWaiting is used.
func (h *Webhooks) share() int { return max(leastShare, h.MaxWaiting/shares) }

// crowd counts the messages and dead letters of all endpoints up to MaxWaiting, and returns
// the users who have reached their share of these.
func (h *Webhooks) crowd(ctx context.Context) (waiting int, crowding map[string]bool, err error) {
	walker := storage.NewWalker(h.Store, storage.Outbox)
	counts := map[string]int{}
	crowding = map[string]bool{}
	for waiting < h.MaxWaiting {
		page, err := walker.Next(ctx)
		if err != nil || len(page) == 0 {
			return waiting, crowding, err
		}
		for i := range page {
			endpoint, kuid, err := ownerOf(page[i].Document)
			if err != nil {
				return 0, nil, err
			}
			if !h.now.Load().has(endpoint) {
				continue
			}
			waiting++
			if counts[kuid]++; counts[kuid] >= h.share() {
				crowding[kuid] = true
			}
		}
	}
	return waiting, crowding, nil
}

// ownerOf returns the endpoint of a message or dead letter, and the user that it is about;
// endpoint is "" for other documents of the outbox.
func ownerOf(doc storage.Document) (endpoint, kuid string, err error) {
	of := struct{ Endpoint, Key, Kuid string }{}
	queued, is := strings.CutPrefix(queue.NameOf(doc.ID), queuePrefix)
	if is = is && queued != following; !is && !strings.HasPrefix(doc.ID, deadPrefix) {
		return "", "", nil
	}
	// A message has its user as its key, a dead letter as its field kuid.
	err = json.Unmarshal(doc.Content, &of)
	return cmp.Or(of.Endpoint, queued), cmp.Or(of.Key, of.Kuid), err
}

const (
	// queuePrefix begins the name of an endpoint's queue.
	queuePrefix = "webhook-"
	// following is the id of the queue of notes, in the place of an endpoint's id.
	following = "follow"
)

// served is a queue with the function for its items and the journal of that.
type served struct {
	do      func(context.Context, queue.Item) error
	journal *journal
}

// receivers returns all queues that are to be served.
func (h *Webhooks) receivers() map[string]*served {
	all := map[string]*served{}
	for _, e := range h.List() {
		j := newJournal(h, e.ID)
		all[e.ID] = &served{func(ctx context.Context, item queue.Item) error { return h.deliver(ctx, e, j, item) }, j}
	}
	if len(all) > 0 && h.Follow != nil {
		follow := func(ctx context.Context, item queue.Item) error { return h.Follow(ctx, item.Key, item.Payload) }
		all[following] = &served{follow, &journal{}}
	}
	return all
}

// serve sends to every endpoint, each in its own goroutine, until ctx ends.
func (h *Webhooks) serve(ctx context.Context) {
	var all sync.WaitGroup
	defer all.Wait()
	stops := map[string]context.CancelFunc{}
	h.uncarried.Store(true)
	var known *state
	var sweep <-chan time.Time
	for ctx.Err() == nil {
		if now := h.now.Load(); now != known {
			known, sweep = now, time.After(sweepAfter)
		}
		now := h.receivers()
		h.carry(ctx, len(now) > 0 || h.Others)
		for id, stop := range stops {
			if now[id] == nil {
				stop()
				delete(stops, id)
			}
		}
		for id, one := range now {
			if stops[id] == nil {
				its, stop := context.WithCancel(ctx)
				stops[id] = stop
				all.Go(func() { h.serveOne(its, id, one) })
			}
		}
		select {
		case <-ctx.Done():
		case <-sweep:
			sweep = nil
			if err := h.sweep(ctx); err != nil {
				sweep = time.After(sweepAfter)
				if ctx.Err() == nil {
					h.Log.WarnContext(ctx, "messages for deleted webhook endpoints could not be removed; it is tried again", "cause", err)
				}
			}
		case <-time.After(poll):
		}
	}
	for _, stop := range stops {
		stop()
	}
}

// sweep removes the messages and dead letters of deleted endpoints.
func (h *Webhooks) sweep(ctx context.Context) error {
	for walker := storage.NewWalker(h.Store, storage.Outbox); ; {
		page, err := walker.Next(ctx)
		if err != nil || len(page) == 0 {
			return err
		}
		// It is read after the page, because an endpoint exists before its messages.
		_, now, err := h.read(ctx)
		if err != nil {
			return err
		}
		var gone []storage.Change
		for i := range page {
			endpoint, _, err := ownerOf(page[i].Document)
			if err != nil {
				return err
			}
			if endpoint != "" && !now.has(endpoint) {
				gone = append(gone, storage.Change{In: storage.Outbox, ID: page[i].ID, If: page[i].Rev})
			}
		}
		for _, removed := range h.Store.CommitMany(ctx, gone) {
			if err := removed.Err; err != nil && !errors.Is(err, storage.ErrConflict) && !errors.Is(err, storage.ErrNotFound) {
				return err
			}
		}
	}
}

// carry moves messages that lie beside their users to the outbox. After a failure nothing
// is sent until carry succeeds, because those messages may be earlier.
func (h *Webhooks) carry(ctx context.Context, some bool) {
	carrier, is := h.Store.(storage.Carrier)
	if !is || !some && !h.uncarried.Load() {
		h.uncarried.Store(false)
		return
	}
	moved := false
	for {
		n, err := carrier.Carry(ctx, carried)
		if err != nil {
			h.uncarried.Store(true)
			if ctx.Err() == nil {
				h.Log.WarnContext(ctx, "messages for webhook endpoints could not be moved to the outbox; it is tried again", "cause", err)
			}
			return
		}
		if n == 0 {
			break
		}
		moved = true
	}
	h.uncarried.Store(false)
	if moved {
		h.Written()
	}
}

// serveOne serves one queue until ctx ends.
func (h *Webhooks) serveOne(ctx context.Context, id string, one *served) {
	defer one.journal.keepNow(ctx)
	woken := make(chan struct{}, 1)
	h.mu.Lock()
	h.woken[id] = woken
	h.mu.Unlock()
	defer func() {
		h.mu.Lock()
		defer h.mu.Unlock()
		delete(h.woken, id)
	}()
	items, rest := h.queue(id), time.Duration(0)
	for ctx.Err() == nil {
		err := error(nil)
		if !h.uncarried.Load() {
			err = items.Drain(ctx, one.do)
		}
		if err == nil {
			rest = 0
			one.journal.keep(ctx)
			select {
			case <-ctx.Done():
			case <-woken:
			case <-time.After(poll):
			}
			continue
		}
		one.journal.keepNow(ctx)
		rest = min(max(firstRest, 2*rest), maxRest)
		if ctx.Err() == nil {
			h.Log.WarnContext(ctx, "messages for a webhook endpoint must wait", "endpoint", id, "for", rest, "cause", err)
		}
		select {
		case <-ctx.Done():
		case <-time.After(rest):
		}
	}
}

// deliver sends one message. If the endpoint is unreachable or asks for a pause, all of
// its messages wait. Any other refusal concerns this message only.
func (h *Webhooks) deliver(ctx context.Context, e Endpoint, j *journal, item queue.Item) error {
	j.keep(ctx)
	var l letter
	if err := json.Unmarshal(item.Payload, &l); err != nil {
		return fmt.Errorf("%w: %w", queue.ErrGiveUp, err)
	}
	now := h.now.Load()
	sealed, has := now.secrets[e.ID]
	if !has {
		return fmt.Errorf("%w: the endpoint was deleted", queue.ErrGiveUp)
	}
	format, has := h.format(e.Format)
	if !has {
		return fmt.Errorf("%w: this server has no format %q", queue.ErrWait, e.Format)
	}
	key, err := h.Sealer.Open(purpose, sealed)
	if err != nil {
		return err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, e.URL, bytes.NewReader(l.Body))
	if err != nil {
		return fmt.Errorf("%w: the URL cannot be used", queue.ErrGiveUp)
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("User-Agent", "kuzzle-webhooks")
	format.sign(req.Header, key, l.ID, h.Now(), l.Body)
	began := time.Now()
	status, err := post(h.Client, req)
	j.note(Delivery{Endpoint: e.ID, Message: l.ID, Type: l.Type, Kuid: l.Kuid, Status: status}, began, err)
	return err
}

// post sends a delivery. It returns the answer's status, 0 without one, and the reason if
// the message was not accepted.
func post(client *http.Client, req *http.Request) (status int, err error) {
	res, err := client.Do(req)
	if err != nil {
		return 0, queue.Saying(failed(err), errors.Join(queue.ErrWait, withoutURL(err)))
	}
	_, _ = io.Copy(io.Discard, io.LimitReader(res.Body, maxAnswer))
	_ = res.Body.Close()
	return res.StatusCode, judge(res.StatusCode)
}
