package webhooks

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/gokuzzle/kuzzle/kuzzle/queue"
	"github.com/gokuzzle/kuzzle/kuzzle/storage"
)

const (
	// deadPrefix begins the ids of dead letters in the outbox; sealedDead is the
	// purpose for which their messages are encrypted.
	deadPrefix = "dead:"
	sealedDead = "webhooks.dead"
	// keptDead is how long a dead letter is kept.
	keptDead = 30 * 24 * time.Hour
	// MaxListed is the maximum number of dead letters that are listed or replayed at
	// once.
	MaxListed = 1000
)

// Dead is a message that an endpoint did not accept.
type Dead struct {
	ID       string `json:"_id"`
	Endpoint string `json:"endpoint"`
	// Message is the id of the message, Type the event, Kuid the user.
	Message string `json:"message"`
	Type    string `json:"type"`
	Kuid    string `json:"kuid"`
	Tries   int    `json:"tries"`
	Reason  string `json:"reason"`
	// LastAnswer is the last answer of the endpoint, a status, or the kind of
	// failure without an answer. It is "" if the message was never sent.
	LastAnswer string `json:"lastAnswer"`
	// DiedAt is in epoch milliseconds.
	DiedAt int64 `json:"diedAt"`
}

// Why returns the reason, and the last answer if that adds information.
func (d Dead) Why() string {
	if d.LastAnswer == "" || strings.Contains(d.Reason, d.LastAnswer) {
		return d.Reason
	}
	return d.Reason + "; at last " + d.LastAnswer
}

type sealedLetter struct {
	Sealed []byte `json:"sealed"`
}

// bury turns an item that its queue gives up into a dead letter.
func (h *Webhooks) bury(ctx context.Context, endpoint string, item queue.Item, cause string) error {
	var l letter
	if err := json.Unmarshal(item.Payload, &l); err != nil || !h.now.Load().has(endpoint) {
		return nil // it is not a letter, or its endpoint is gone
	}
	id, err := uuid.NewV7()
	if err != nil {
		return err
	}
	dead := Dead{
		ID: id.String(), Endpoint: endpoint, Message: l.ID, Type: l.Type, Kuid: l.Kuid,
		Tries: item.Tries, Reason: cause, LastAnswer: item.Last,
		DiedAt: h.Now().UnixMilli(),
	}
	content, err := json.Marshal(dead)
	if err != nil {
		return err
	}
	sealed, err := h.Sealer.Seal(sealedDead, item.Payload)
	if err != nil {
		return err
	}
	auth, err := json.Marshal(sealedLetter{sealed})
	if err != nil {
		return err
	}
	doc := storage.Document{ID: deadPrefix + dead.ID, Version: 1, Content: content, Auth: auth, ExpiresAt: h.Now().Add(keptDead)}
	_, err = h.Store.Commit(ctx, storage.Change{In: storage.Outbox, ID: doc.ID, Put: &doc})
	return err
}

// ListDead returns the dead letters, oldest first, at most MaxListed.
func (h *Webhooks) ListDead(ctx context.Context) (all []Dead, err error) {
	err = h.eachDead(ctx, func(d Dead, _ storage.Document) error {
		all = append(all, d)
		return nil
	})
	return all, err
}

// Replay sends a dead letter again, or the oldest MaxListed for "", and returns how
// many.
//
// Faults: ErrNoLetter; ErrNoEndpoint if the requested letter has none.
func (h *Webhooks) Replay(ctx context.Context, id string) (replayed int, err error) {
	if id != "" {
		replayed, err = h.replayOne(ctx, id)
	} else {
		err = h.eachDead(ctx, func(d Dead, doc storage.Document) error {
			done, err := h.revive(ctx, d, doc)
			if done {
				replayed++
			}
			return err
		})
	}
	if replayed > 0 {
		h.Written()
	}
	return replayed, err
}

func (h *Webhooks) replayOne(ctx context.Context, id string) (replayed int, err error) {
	doc, err := h.Store.Get(ctx, storage.Outbox, deadPrefix+id)
	if errors.Is(err, storage.ErrNotFound) {
		return 0, ErrNoLetter.New(id)
	}
	if err != nil {
		return 0, err
	}
	var d Dead
	if err := json.Unmarshal(doc.Content, &d); err != nil {
		return 0, err
	}
	if !h.now.Load().has(d.Endpoint) {
		return 0, ErrNoEndpoint.New(d.Endpoint)
	}
	done, err := h.revive(ctx, d, doc)
	if done {
		replayed = 1
	}
	return replayed, err
}

// revive puts a letter back into its queue and then removes the dead letter. A crash
// between the two steps causes at worst a second delivery.
func (h *Webhooks) revive(ctx context.Context, d Dead, doc storage.Document) (done bool, err error) {
	var part sealedLetter
	if err := json.Unmarshal(doc.Auth, &part); err != nil {
		return false, err
	}
	payload, err := h.Sealer.Open(sealedDead, part.Sealed)
	if err != nil {
		return false, err
	}
	if err := h.queue(d.Endpoint).Put(ctx, queue.Item{Key: d.Kuid, Payload: payload, For: h.TryFor}); err != nil {
		return false, err
	}
	_, err = h.Store.Commit(ctx, storage.Change{In: storage.Outbox, ID: doc.ID, If: doc.Rev})
	if errors.Is(err, storage.ErrConflict) || errors.Is(err, storage.ErrNotFound) {
		return true, nil // another caller replayed it too
	}
	return err == nil, err
}

// eachDead passes the oldest MaxListed dead letters to use, without those of deleted
// endpoints.
func (h *Webhooks) eachDead(ctx context.Context, use func(Dead, storage.Document) error) error {
	after := deadPrefix
	for seen := 0; ; {
		page, err := h.Store.Walk(ctx, storage.Outbox, after, 100)
		if err != nil || len(page) == 0 {
			return err
		}
		for i := range page {
			if !strings.HasPrefix(page[i].ID, deadPrefix) {
				return nil
			}
			var d Dead
			if err := json.Unmarshal(page[i].Content, &d); err != nil {
				return err
			}
			if !h.now.Load().has(d.Endpoint) {
				continue
			}
			if err := use(d, page[i].Document); err != nil {
				return err
			}
			if seen++; seen == MaxListed {
				return nil
			}
		}
		after = page[len(page)-1].ID
	}
}
