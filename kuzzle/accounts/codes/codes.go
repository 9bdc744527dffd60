package codes

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"encoding/json"
	"errors"
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

	// prefix begins the ids of codes among the flows.
	prefix = "ov:"
	// purpose is the purpose with which codes are sealed.
	purpose = "accounts.code"
)

// The kinds of messages to addresses that nobody may have proved. All such messages that somebody asks
// for count under these kinds, so that no other way to ask sends more of them.
const (
	UnprovedCode = "contact-code"
	UnprovedLink = "contact-link"
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

// waiting is the stored part of a code for one message. The version of its document is one more than
// the number of tries.
type waiting struct {
	Kind string `json:"kind"`
	To   string `json:"to"`
	// Sealed is the code or the text of a link. A code is empty until the message is sent, and then
	// no code is right.
	Sealed []byte `json:"sealed,omitempty"`
	// Link is set if the sealed text is that of a link.
	Link *Link `json:"link,omitempty"`
}

// Sends reports whether codes can be sent to a kind of contacts.
func (cs *Codes) Sends(contact string) bool { return cs.Sender != nil && cs.Sender.Sends(contact) }

// Ask lets an attempt wait for a code, in place of an earlier one, and has it sent. The caller has
// counted the request. Fault: strategies.ErrNotifyOff.
func (cs *Codes) Ask(ctx context.Context, attempt string, m Message) (until time.Time, err error) {
	if !cs.Sends(m.Contact) {
		return until, strategies.ErrNotifyOff.New()
	}
	until = cs.Now().Add(For)
	return until, cs.send(ctx, attempt, m, waiting{}, until)
}

// send stores what an attempt waits for, over an earlier one, and has its message sent.
func (cs *Codes) send(ctx context.Context, attempt string, m Message, w waiting, keep time.Time) (err error) {
	w.Kind, w.To, m.ID = m.Kind, m.To, idOf(attempt)
	doc := storage.Document{ID: m.ID, Version: 1, ExpiresAt: keep}
	if doc.Content, err = json.Marshal(w); err != nil {
		return err
	}
	if err := cs.Keep(ctx, doc); err != nil {
		return err
	}
	return cs.Sender.SendAttempt(ctx, m)
}

func idOf(attempt string) string {
	sum := sha256.Sum256([]byte(attempt))
	return prefix + hex.EncodeToString(sum[:])
}

// Waits reports whether an attempt still waits for the code or link of a message, since when another
// address or kind may have been asked for.
func (cs *Codes) Waits(ctx context.Context, m Message) (bool, error) {
	_, _, ok, err := cs.of(ctx, m)
	return ok, err
}

// Draw returns the code of a message to send, or the text of its link. It draws the code the first time:
// a code that nobody was sent could be guessed. ok is false if the attempt does not wait for that
// message any more.
func (cs *Codes) Draw(ctx context.Context, m Message) (text string, until time.Time, ok bool, err error) {
	drawn, err := Digits()
	if err != nil {
		return "", until, false, err
	}
	for {
		doc, w, ok, err := cs.of(ctx, m)
		if err != nil || !ok {
			return "", until, false, err
		}
		until = doc.ExpiresAt
		if w.Link != nil {
			until = time.UnixMilli(w.Link.Until)
		}
		if w.Sealed != nil {
			sealed, err := cs.Sealer.Open(purpose, w.Sealed)
			return string(sealed), until, err == nil, err
		}
		if w.Sealed, err = cs.Sealer.Seal(purpose, []byte(drawn)); err != nil {
			return "", until, false, err
		}
		if doc.Content, err = json.Marshal(w); err != nil {
			return "", until, false, err
		}
		_, err = cs.Store.Commit(ctx, storage.Change{In: storage.Flows, ID: doc.ID, Put: &doc, If: doc.Rev})
		if !errors.Is(err, storage.ErrConflict) {
			return drawn, until, err == nil, err
		}
	}
}

// of reads what the attempt of a message waits for; ok is false if that is gone, another message's, or
// a link that is over.
func (cs *Codes) of(ctx context.Context, m Message) (doc storage.Document, w waiting, ok bool, err error) {
	doc, err = cs.Store.Get(ctx, storage.Flows, m.ID)
	if errors.Is(err, storage.ErrNotFound) || err == nil && !cs.Now().Before(doc.ExpiresAt) {
		return doc, w, false, nil
	}
	if err == nil {
		err = json.Unmarshal(doc.Content, &w)
	}
	return doc, w, err == nil && w.Kind == m.Kind && w.To == m.To && (w.Link == nil || !cs.Over(w.Link)), err
}

// Prove uses the code of an attempt up if it is the right one, sent by a message of the kind to the
// address. Faults: ErrCode, ErrExpired, ErrTried.
func (cs *Codes) Prove(ctx context.Context, attempt, kind, to, code string) error {
	doc, err := cs.CountTry(ctx, idOf(attempt))
	if err != nil {
		return err
	}
	var w waiting
	if err := json.Unmarshal(doc.Content, &w); err != nil {
		return err
	}
	switch {
	case w.Link != nil:
		return ErrExpired.New()
	case w.Sealed == nil || w.Kind != kind || w.To != to:
		return ErrCode.New()
	}
	sent, err := cs.Sealer.Open(purpose, w.Sealed)
	if err != nil {
		return err
	}
	if subtle.ConstantTimeCompare(sent, []byte(code)) != 1 {
		return ErrCode.New()
	}
	return cs.UseUp(ctx, doc)
}
