package contacts

import (
	"context"
	"crypto/subtle"
	"encoding/json"
	"errors"
	"strings"
	"time"

	"github.com/gokuzzle/kuzzle/kuzzle/accounts/codes"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/logins"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/users"
	"github.com/gokuzzle/kuzzle/kuzzle/events"
	"github.com/gokuzzle/kuzzle/kuzzle/fault"
	"github.com/gokuzzle/kuzzle/kuzzle/fault/assert"
	"github.com/gokuzzle/kuzzle/kuzzle/storage"
	"github.com/gokuzzle/kuzzle/kuzzle/throttle"
	"github.com/gokuzzle/kuzzle/strategies"
)

const (
	// CodeFor is the longest life of a code.
	CodeFor = codes.For
	// codePurpose is the purpose with which codes are sealed.
	codePurpose = "accounts.contact.code"
)

// pending is a sent code. It is stored among the flows; it belongs to no strategy, so no strategy
// can read it. It is drawn when its message is sent, so that a message that is not sent leaves an
// earlier one valid; package codes counts its tries and uses it up.
type pending struct {
	Incarnation string `json:"incarnation"`
	Kind        string `json:"kind"`
	Value       string `json:"value"`
	Sealed      []byte `json:"sealed"`
}

// Asked has the end of a code's life, in epoch milliseconds.
type Asked struct {
	ExpiresAt int64
}

// Ask sends a code to a user's contact and replaces an earlier code. It looks no user up by the
// contact's value, so neither the answer nor its time reveals whether somebody else has it. They do
// not reveal either whether somebody else asked for codes to the same address: above a recipient's
// limit no mail is sent, and the earlier code stays. Faults: strategies.ErrNotifyOff,
// users.ErrUserNotFound, ErrNotFound, ErrVerified, ErrAsked.
func (cs *Contacts) Ask(ctx context.Context, by users.Actor, kuid, id string) (Asked, error) {
	_, c, err := cs.unverified(ctx, by, kuid, id)
	if err != nil {
		return Asked{}, err
	}
	if cs.Sender == nil || !cs.Sender.Sends(c.Kind) {
		return Asked{}, strategies.ErrNotifyOff.New()
	}
	part, err := cs.attempts.AskOwn(ctx, by, codes.UnprovedCode, c.Value)
	if err != nil {
		return Asked{}, instead(err, ErrAsked)
	}
	return Asked{ExpiresAt: cs.Now().Add(CodeFor).UnixMilli()}, cs.Sender.SendCode(ctx, kuid, c.ID, part)
}

// instead replaces a refusal of the throttle by a fault that says what there were too many of.
func instead(err error, kind *fault.Kind) error {
	if refusal, ok := fault.From(err); ok && errors.Is(err, throttle.ErrTooManyLogins) {
		return kind.New().RetryIn(refusal.RetryAfter)
	}
	return err
}

// unverified returns a user and a contact that can be verified.
func (cs *Contacts) unverified(ctx context.Context, by users.Actor, kuid, id string) (*users.User, users.Contact, error) {
	u, err := cs.users.Read(ctx, kuid)
	if err != nil {
		return nil, users.Contact{}, err
	}
	c := u.Contact(id)
	switch {
	case c == nil:
		return nil, users.Contact{}, ErrNotFound.New(kuid, id)
	case c.Verified():
		return nil, users.Contact{}, ErrVerified.New()
	}
	return u, *c, cs.credentials.CheckOwnFactors(ctx, by, u)
}

// Draw creates a contact's code, valid for the given time, and replaces an earlier one. ok is false
// if the contact needs no verification any more.
func (cs *Contacts) Draw(ctx context.Context, kuid, id string, within time.Duration) (code string, until time.Time, ok bool, err error) {
	u, c, err := cs.reachable(ctx, kuid, id)
	if err != nil || c == nil {
		return "", until, false, err
	}
	if code, err = codes.Digits(); err != nil {
		return "", until, false, err
	}
	waits := pending{Incarnation: u.Incarnation, Kind: c.Kind, Value: c.Value}
	if waits.Sealed, err = cs.Sealer.Seal(codePurpose, []byte(code)); err != nil {
		return "", until, false, err
	}
	doc := storage.Document{ID: codeID(u, c.ID), Version: 1, ExpiresAt: cs.Now().Add(min(within, CodeFor))}
	if doc.Content, err = json.Marshal(waits); err != nil {
		return "", until, false, err
	}
	return code, doc.ExpiresAt, true, cs.Codes.Keep(ctx, doc)
}

// codeID returns the id of a contact's code; there is one at a time.
func codeID(u *users.User, contact string) string { return logins.FlowID(u, "contact "+contact) }

// Unverified returns a contact to which a code can be sent, nil if there is none.
func (cs *Contacts) Unverified(ctx context.Context, kuid, id string) (*users.Contact, error) {
	_, c, err := cs.reachable(ctx, kuid, id)
	return c, err
}

func (cs *Contacts) reachable(ctx context.Context, kuid, id string) (*users.User, *users.Contact, error) {
	u, err := cs.users.Current(ctx, kuid)
	if errors.Is(err, users.ErrUserNotFound) {
		return nil, nil, nil
	}
	if err != nil {
		return nil, nil, err
	}
	if c := u.Contact(id); c != nil && !c.Verified() {
		return u, c, nil
	}
	return nil, nil, nil
}

// Code returns the current code of a user's contact; ok is false if there is no valid one.
func (cs *Contacts) Code(ctx context.Context, kuid, id string) (code string, until time.Time, ok bool, err error) {
	u, c, err := cs.reachable(ctx, kuid, id)
	if err != nil || c == nil {
		return "", until, false, err
	}
	doc, err := cs.Store.Get(ctx, storage.Flows, codeID(u, id))
	if errors.Is(err, storage.ErrNotFound) {
		return "", until, false, nil
	}
	if err == nil {
		code, err = cs.open(doc, u, *c)
	}
	if errors.Is(err, ErrCode) {
		err = nil
	}
	return code, doc.ExpiresAt, code != "", err
}

// open decrypts a code. An expired code, or one of another contact, is ErrCode.
func (cs *Contacts) open(doc storage.Document, u *users.User, c users.Contact) (string, error) {
	var waits pending
	if err := json.Unmarshal(doc.Content, &waits); err != nil {
		return "", err
	}
	if !cs.Now().Before(doc.ExpiresAt) || waits.Incarnation != u.Incarnation || waits.Kind != c.Kind || waits.Value != c.Value {
		return "", ErrCode.New()
	}
	code, err := cs.Sealer.Open(codePurpose, waits.Sealed)
	return string(code), err
}

// Prove verifies a user's contact by the code that was sent to it, and claims the address in the
// same commit. A code works once, for its own contact. A user who has read the code may learn that
// somebody else has the address by now. Faults: users.ErrUserNotFound, ErrNotFound, ErrVerified, a
// code of another form, ErrCode, ErrTried, strategies.ErrTaken.
func (cs *Contacts) Prove(ctx context.Context, by users.Actor, kuid, id, code string, visible bool) (users.Contact, error) {
	if len(code) != codes.Length || strings.Trim(code, "0123456789") != "" {
		return users.Contact{}, assert.InvalidArgument.New("code", "the six digits of the message")
	}
	return cs.prove(ctx, by, kuid, id, visible, func(u *users.User, c users.Contact) error { return cs.accept(ctx, by, u, c, code) })
}

// prove verifies a user's contact if a proof is right, which accept uses up.
func (cs *Contacts) prove(ctx context.Context, by users.Actor, kuid, id string, visible bool, accept func(*users.User, users.Contact) error) (users.Contact, error) {
	u, c, err := cs.unverified(ctx, by, kuid, id)
	if err != nil {
		return c, err
	}
	if err := accept(u, c); err != nil {
		cs.refused(ctx, by, u, c, err)
		return c, err
	}
	change := contactChange{event: events.ContactVerified, kind: c.Kind, id: id, changed: []string{events.VerifiedChanged}}
	err = cs.change(ctx, by, kuid, &change, visible, func(was *users.User) ([]users.Contact, error) {
		next := was.Contact(id)
		if next == nil || was.Incarnation != u.Incarnation {
			return nil, ErrNotFound.New(kuid, id)
		}
		proved := *next
		proved.Reserved = false
		proved.Verification = &users.Verification{Strategy: users.ByCode, At: cs.Now().UnixMilli()}
		return replaced(was.Contacts, proved), nil
	})
	return change.now, err
}

// accept uses up a code if it is the right one.
func (cs *Contacts) accept(ctx context.Context, by users.Actor, u *users.User, c users.Contact, code string) error {
	var doc storage.Document
	err := cs.attempts.Guess(ctx, by, ErrCode, func() (err error) {
		doc, err = cs.judge(ctx, u, c, code)
		return err
	})
	if err != nil {
		return instead(err, ErrTried)
	}
	return wrong(cs.Codes.UseUp(ctx, doc))
}

// wrong turns the faults of package codes into the one of this package.
func wrong(err error) error {
	if errors.Is(err, codes.ErrCode) || errors.Is(err, codes.ErrExpired) || errors.Is(err, codes.ErrTried) {
		return ErrCode.New()
	}
	return err
}

// refused publishes an event about a refused code.
func (cs *Contacts) refused(ctx context.Context, by users.Actor, u *users.User, c users.Contact, err error) {
	refusal, ok := fault.From(err)
	if !ok {
		return
	}
	cs.users.Publish(ctx, events.Event{
		Name: events.ContactRefused, Subject: users.Subject(events.User, u.Kuid), Outcome: events.Refused,
		Data: events.Data{events.ContactID: c.ID, events.ContactKind: c.Kind, events.Reason: refusal.ID()},
	}, by)
}

// judge counts a try and compares the code. It returns the document with the code.
func (cs *Contacts) judge(ctx context.Context, u *users.User, c users.Contact, code string) (storage.Document, error) {
	doc, err := cs.Codes.CountTry(ctx, codeID(u, c.ID))
	if err != nil {
		return doc, wrong(err)
	}
	sent, err := cs.open(doc, u, c)
	if err == nil && subtle.ConstantTimeCompare([]byte(sent), []byte(code)) != 1 {
		err = ErrCode.New()
	}
	return doc, err
}
