package clients

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"time"

	"github.com/gokuzzle/kuzzle/kuzzle/fault"
	"github.com/gokuzzle/kuzzle/kuzzle/storage"
)

// ErrHandoff is the fault of a handoff that is unknown, has expired or was taken.
var ErrHandoff = fault.Declare(0x400a00e5, "security.client.unknown_handoff", 400, "This handoff is unknown, has expired or was used already.")

const (
	// handoffs begins the ids of handoffs among the flows.
	handoffs = "oh:"
	// HandoffFor is how long a handoff waits.
	HandoffFor = time.Minute
)

// handoff is the stored part of a handoff.
type handoff struct {
	Sealed []byte `json:"sealed"`
}

// handoffPurpose is the purpose with which handoffs are sealed: they have tokens.
const handoffPurpose = "accounts.client.handoff"

// Hand stores lines for somebody who shows the returned nonce, once and within HandoffFor: a browser
// carries it to the application's server, which has no other way to the browser's cookies here.
func (cs *Clients) Hand(ctx context.Context, lines []string) (nonce string, err error) {
	text, err := json.Marshal(lines)
	if err != nil {
		return "", err
	}
	var part handoff
	if part.Sealed, err = cs.Sealer.Seal(handoffPurpose, text); err != nil {
		return "", err
	}
	nonce = rand.Text() + rand.Text()
	doc := storage.Document{ID: handoffID(nonce), Version: 1, ExpiresAt: cs.Now().Add(HandoffFor)}
	if doc.Content, err = json.Marshal(part); err != nil {
		return "", err
	}
	_, err = cs.Store.Commit(ctx, storage.Change{In: storage.Flows, ID: doc.ID, Put: &doc})
	return nonce, err
}

func handoffID(nonce string) string {
	sum := sha256.Sum256([]byte(nonce))
	return handoffs + hex.EncodeToString(sum[:])
}

// Take returns the lines of a nonce and uses it up. Any other nonce is ErrHandoff.
func (cs *Clients) Take(ctx context.Context, nonce string) ([]string, error) {
	doc, err := cs.Store.Get(ctx, storage.Flows, handoffID(nonce))
	if err == nil && !cs.Now().Before(doc.ExpiresAt) {
		err = storage.ErrNotFound.New(doc.ID)
	}
	if err == nil {
		// Of two concurrent requests one gets the lines.
		_, err = cs.Store.Commit(ctx, storage.Change{In: storage.Flows, ID: doc.ID, If: doc.Rev})
	}
	if errors.Is(err, storage.ErrNotFound) || errors.Is(err, storage.ErrConflict) {
		return nil, ErrHandoff.New()
	}
	if err != nil {
		return nil, err
	}
	var part handoff
	if err := json.Unmarshal(doc.Content, &part); err != nil {
		return nil, err
	}
	text, err := cs.Sealer.Open(handoffPurpose, part.Sealed)
	if err != nil {
		return nil, err
	}
	var lines []string
	return lines, json.Unmarshal(text, &lines)
}
