package codes

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/json"
	"errors"
	"strings"
	"time"

	"github.com/gokuzzle/kuzzle/kuzzle/fault"
	"github.com/gokuzzle/kuzzle/kuzzle/storage"
	"github.com/gokuzzle/kuzzle/strategies"
)

// ErrLink is the fault of a text that no link has, or of a link that was replaced or is long over.
var ErrLink = fault.Declare(0x400a00ec, "security.link.unknown", 400, "This link is unknown. Ask for another.")

// Link is a link in a mail, which proves an attempt in place of a code. Its reader opens it by a button:
// programs that look into mails follow links, but press nothing.
type Link struct {
	// Attempt is the id of the attempt, and Client that of its browser.
	Attempt string `json:"attempt"`
	Client  string `json:"client"`
	// Same is set if only that browser may open it.
	Same bool `json:"same,omitempty"`
	// Redirect is where the browser goes from the link.
	Redirect string `json:"redirect"`
	// Until is its end, in epoch milliseconds.
	Until  int64 `json:"until"`
	Opened bool  `json:"opened,omitempty"`
}

const (
	// traceFor is how long the end of a link is remembered after it, for its late reader.
	traceFor = 24 * time.Hour
	// apart separates the attempt and the secret in a link.
	apart = "."
)

// Links reports whether links can be sent.
func (cs *Codes) Links() bool { return cs.Sender != nil && cs.Sender.Links() }

// AskLink is Ask for a link. m.Link is the address before the link's text.
func (cs *Codes) AskLink(ctx context.Context, m Message, l Link) (until time.Time, err error) {
	if !cs.Links() {
		return until, strategies.ErrNotifyOff.New()
	}
	until = cs.Now().Add(For)
	l.Until = until.UnixMilli()
	w := waiting{Link: &l}
	if w.Sealed, err = cs.Sealer.Seal(purpose, []byte(l.Attempt+apart+rand.Text())); err != nil {
		return until, err
	}
	return until, cs.send(ctx, l.Attempt, m, w, until.Add(traceFor))
}

// link reads the link of an attempt. Fault: ErrLink.
func (cs *Codes) link(ctx context.Context, attempt string) (doc storage.Document, w waiting, err error) {
	doc, err = cs.Store.Get(ctx, storage.Flows, idOf(attempt))
	if err == nil && cs.Now().Before(doc.ExpiresAt) {
		err = json.Unmarshal(doc.Content, &w)
	} else if err == nil || errors.Is(err, storage.ErrNotFound) {
		err = ErrLink.New()
	}
	if err == nil && w.Link == nil {
		err = ErrLink.New()
	}
	return doc, w, err
}

// Look returns the link with a text. Fault: ErrLink.
func (cs *Codes) Look(ctx context.Context, text string) (Link, error) {
	_, w, err := cs.read(ctx, text)
	if err != nil {
		return Link{}, err
	}
	return *w.Link, nil
}

func (cs *Codes) read(ctx context.Context, text string) (doc storage.Document, w waiting, err error) {
	attempt := text[:max(0, strings.LastIndex(text, apart))]
	if doc, w, err = cs.link(ctx, attempt); err != nil {
		return doc, w, err
	}
	sent, err := cs.Sealer.Open(purpose, w.Sealed)
	if err == nil && subtle.ConstantTimeCompare(sent, []byte(text)) != 1 {
		err = ErrLink.New()
	}
	return doc, w, err
}

// Over reports whether a link can no longer be opened.
func (cs *Codes) Over(l *Link) bool { return l.Opened || cs.Now().UnixMilli() >= l.Until }

// Open opens the link with a text, once. Faults: ErrLink, ErrExpired.
func (cs *Codes) Open(ctx context.Context, text string) (Link, error) {
	doc, w, err := cs.read(ctx, text)
	if err != nil {
		return Link{}, err
	}
	if cs.Over(w.Link) {
		return *w.Link, ErrExpired.New()
	}
	w.Link.Opened = true
	doc.Version++
	if doc.Content, err = json.Marshal(w); err != nil {
		return *w.Link, err
	}
	_, err = cs.Store.Commit(ctx, storage.Change{In: storage.Flows, ID: doc.ID, Put: &doc, If: doc.Rev})
	if errors.Is(err, storage.ErrConflict) || errors.Is(err, storage.ErrNotFound) {
		err = ErrExpired.New() // it was opened, or replaced
	}
	return *w.Link, err
}

// Opened reports whether the link of an attempt was opened, and not used since.
func (cs *Codes) Opened(ctx context.Context, attempt string) (bool, error) {
	_, w, err := cs.link(ctx, attempt)
	if errors.Is(err, ErrLink) {
		return false, nil
	}
	return err == nil && w.Link.Opened, err
}

// Follow uses the opened link of an attempt up, and returns the address that it was sent to. Fault:
// ErrExpired.
func (cs *Codes) Follow(ctx context.Context, attempt string) (to string, err error) {
	doc, w, err := cs.link(ctx, attempt)
	if errors.Is(err, ErrLink) || err == nil && !w.Link.Opened {
		err = ErrExpired.New()
	}
	if err != nil {
		return "", err
	}
	return w.To, cs.UseUp(ctx, doc)
}
