package codes

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"math/big"
	"time"

	"github.com/gokuzzle/kuzzle/kuzzle/fault"
	"github.com/gokuzzle/kuzzle/kuzzle/storage"
	"github.com/gokuzzle/kuzzle/kuzzle/throttle"
	"github.com/gokuzzle/kuzzle/kuzzle/token"
	"github.com/gokuzzle/kuzzle/strategies"
)

// The faults of this package.
var (
	ErrCode    = fault.Declare(0x400a00e6, "security.code.wrong", 422, "The code is wrong.")
	ErrExpired = fault.Declare(0x400a00e7, "security.code.expired", 400, "There is no code that could be right: none was sent, or it has expired or was used.")
	ErrTried   = fault.Declare(0x400a00e8, "security.code.tried", 400, "There were too many wrong codes. Ask for another.")
)

const (
	// For is the life of a code. Tries is how many tries of it are checked in that time.
	For   = 10 * time.Minute
	Tries = 5

	digits = 6
	// prefix begins the ids of codes among the flows.
	prefix = "ov:"
	// purpose is the purpose with which codes are sealed.
	purpose = "accounts.code"
)

// Message is a code to be sent.
type Message struct {
	// Kind is the kind of the text, and ID the id of the code.
	Kind, ID string
	// Contact is the kind of the address To.
	Contact, To string
	// Owned sends it only if a user has the address as a verified contact when it is sent.
	Owned bool
	// Link is the address before the text of a link, "" for a code.
	Link string
	Part throttle.Part
}

// Sender sends codes.
type Sender interface {
	// Sends reports whether there is a channel for a kind of contacts.
	Sends(contact string) bool
	// Links reports whether links may be sent in place of codes.
	Links() bool
	// SendAttempt sends a message later. What it does at once does not depend on who has the address.
	SendAttempt(ctx context.Context, m Message) error
}

// Options are the dependencies of Codes; Sender is nil if the instance sends no messages.
type Options struct {
	Store  storage.Store
	Sealer *token.Sealer
	Sender Sender
	Now    func() time.Time
}

// Codes stores codes. It is safe for concurrent use.
type Codes struct{ Options }

// New returns Codes.
func New(opts Options) *Codes { return &Codes{opts} }

// waiting is the stored part of a code. The version of its document is one more than the number of
// tries.
type waiting struct {
	Sealed []byte `json:"sealed"`
	To     string `json:"to"`
	// Link is set if the sealed text is that of a link.
	Link *Link `json:"link,omitempty"`
}

// Sends reports whether codes can be sent to a kind of contacts.
func (cs *Codes) Sends(contact string) bool { return cs.Sender != nil && cs.Sender.Sends(contact) }

// Ask draws the code of an attempt and sends it. It replaces an earlier one. The caller has counted
// the request. Fault: strategies.ErrNotifyOff.
func (cs *Codes) Ask(ctx context.Context, attempt string, m Message) (until time.Time, err error) {
	if !cs.Sends(m.Contact) {
		return until, strategies.ErrNotifyOff.New()
	}
	drawn, err := rand.Int(rand.Reader, big.NewInt(1_000_000))
	if err != nil {
		return until, err
	}
	until = cs.Now().Add(For)
	return until, cs.send(ctx, attempt, m, fmt.Sprintf("%0*d", digits, drawn), nil, until)
}

// send stores the code or the link of an attempt, and sends it.
func (cs *Codes) send(ctx context.Context, attempt string, m Message, text string, link *Link, keep time.Time) (err error) {
	w := waiting{To: m.To, Link: link}
	if w.Sealed, err = cs.Sealer.Seal(purpose, []byte(text)); err != nil {
		return err
	}
	m.ID = idOf(attempt)
	doc := storage.Document{ID: m.ID, Version: 1, ExpiresAt: keep}
	if doc.Content, err = json.Marshal(w); err != nil {
		return err
	}
	change := storage.Change{In: storage.Flows, ID: doc.ID, Put: &doc}
	before, err := cs.Store.Get(ctx, storage.Flows, doc.ID)
	if err == nil {
		change.If = before.Rev
	} else if !errors.Is(err, storage.ErrNotFound) {
		return err
	}
	if _, err := cs.Store.Commit(ctx, change); err != nil {
		return err
	}
	return cs.Sender.SendAttempt(ctx, m)
}

func idOf(attempt string) string {
	sum := sha256.Sum256([]byte(attempt))
	return prefix + hex.EncodeToString(sum[:])
}

// Code returns a code, or the text of a link, to send by its id; ok is false if it is gone.
func (cs *Codes) Code(ctx context.Context, id string) (code string, until time.Time, ok bool, err error) {
	doc, err := cs.Store.Get(ctx, storage.Flows, id)
	if errors.Is(err, storage.ErrNotFound) || err == nil && !cs.Now().Before(doc.ExpiresAt) {
		return "", until, false, nil
	}
	if err != nil {
		return "", until, false, err
	}
	w, text, err := cs.open(doc)
	until = doc.ExpiresAt
	if err == nil && w.Link != nil {
		if cs.Over(w.Link) {
			return "", until, false, nil
		}
		until = time.UnixMilli(w.Link.Until)
	}
	return text, until, err == nil, err
}

func (cs *Codes) open(doc storage.Document) (w waiting, text string, err error) {
	if err := json.Unmarshal(doc.Content, &w); err != nil {
		return w, "", err
	}
	code, err := cs.Sealer.Open(purpose, w.Sealed)
	return w, string(code), err
}

// Prove uses the code of an attempt up if it is the right one. A try counts before the code is
// compared, so that concurrent tries are limited like sequential ones. Faults: ErrCode, ErrExpired,
// ErrTried.
func (cs *Codes) Prove(ctx context.Context, attempt, code string) error {
	doc, err := cs.countTry(ctx, idOf(attempt))
	if err != nil {
		return err
	}
	w, sent, err := cs.open(doc)
	if err != nil {
		return err
	}
	if w.Link != nil {
		return ErrExpired.New()
	}
	if subtle.ConstantTimeCompare([]byte(sent), []byte(code)) != 1 {
		return ErrCode.New()
	}
	return cs.useUp(ctx, doc)
}

func (cs *Codes) countTry(ctx context.Context, id string) (storage.Document, error) {
	for {
		doc, err := cs.Store.Get(ctx, storage.Flows, id)
		switch {
		case errors.Is(err, storage.ErrNotFound), err == nil && !cs.Now().Before(doc.ExpiresAt):
			return doc, ErrExpired.New()
		case err != nil:
			return doc, err
		case doc.Version > Tries:
			return doc, ErrTried.New()
		}
		next := doc
		next.Version++
		next.Rev, err = cs.Store.Commit(ctx, storage.Change{In: storage.Flows, ID: id, Put: &next, If: doc.Rev})
		if !errors.Is(err, storage.ErrConflict) {
			return next, err
		}
	}
}

// useUp deletes a code. If it was used or replaced meanwhile, it is refused.
func (cs *Codes) useUp(ctx context.Context, seen storage.Document) error {
	for doc := seen; ; {
		_, err := cs.Store.Commit(ctx, storage.Change{In: storage.Flows, ID: doc.ID, If: doc.Rev})
		if errors.Is(err, storage.ErrConflict) {
			if doc, err = cs.Store.Get(ctx, storage.Flows, seen.ID); err == nil && bytes.Equal(doc.Content, seen.Content) {
				continue // another try was counted
			}
			if err == nil {
				return ErrCode.New()
			}
		}
		if errors.Is(err, storage.ErrNotFound) {
			return ErrExpired.New()
		}
		return err
	}
}
