package contacts

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/json"
	"errors"
	"fmt"
	"math/big"
	"strings"
	"time"

	"github.com/gokuzzle/kuzzle/kuzzle/accounts/attempts"
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
	// CodeFor is how long a code is good, and codeTries how many codes are judged
	// meanwhile.
	CodeFor    = 10 * time.Minute
	codeTries  = 5
	codeDigits = 6
	// codePurpose is what codes are sealed for.
	codePurpose = "accounts.contact.code"
)

// pending is a code that waits to be sent back. It lies among the flows; since it is
// no strategy's none can read it. The version of its document is one more than the
// tries that were made.
type pending struct {
	Incarnation string `json:"incarnation"`
	Kind        string `json:"kind"`
	Value       string `json:"value"`
	Sealed      []byte `json:"sealed"`
}

// Asked tells until when a code is good, in epoch milliseconds.
type Asked struct {
	ExpiresAt int64
}

// Ask has a code sent to a contact of a user, in place of one that was sent before.
// Nobody is looked up by the contact's value, so that neither the answer nor its time
// tells whether somebody else has it. Faults: strategies.ErrNotifyOff,
// users.ErrUserNotFound, ErrNotFound, ErrVerified, throttle.ErrTooManyLogins.
func (cs *Contacts) Ask(ctx context.Context, by users.Actor, kuid, id string) (Asked, error) {
	ctx, at := attempts.WithAttempt(ctx, by)
	defer at.End()
	u, c, err := cs.unverified(ctx, by, kuid, id)
	if err != nil {
		return Asked{}, err
	}
	if cs.Sender == nil || !cs.Sender.Sends(c.Kind) {
		return Asked{}, strategies.ErrNotifyOff.New()
	}
	if err := cs.admit(ctx, kuid); err != nil {
		return Asked{}, err
	}
	if err := cs.attempts.Step(ctx, c.Value); err != nil {
		return Asked{}, err
	}
	if err := at.Settle(ctx, nil, false); err != nil {
		return Asked{}, err
	}
	doc, err := cs.draw(u, c)
	if err == nil {
		err = cs.put(ctx, &doc)
	}
	if err == nil {
		err = cs.Sender.SendCode(ctx, kuid, c.ID)
	}
	return Asked{ExpiresAt: doc.ExpiresAt.UnixMilli()}, err
}

// unverified is a user and a contact that may be verified.
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

// admit asks the throttle for the user, under all of the user's names.
func (cs *Contacts) admit(ctx context.Context, kuid string) error {
	if err := cs.attempts.Admit(ctx, users.RuleVersion+":kuid:"+kuid, kuid); err != nil {
		return err
	}
	if err := cs.attempts.Find(ctx, kuid); err != nil {
		return err
	}
	if attempts.UsedUp(ctx) {
		return throttle.ErrTooManyLogins.New().RetryIn(time.Second)
	}
	return nil
}

// draw makes a code for a contact.
func (cs *Contacts) draw(u *users.User, c users.Contact) (storage.Document, error) {
	doc := storage.Document{ID: codeID(u, c.ID), Version: 1, ExpiresAt: cs.Now().Add(CodeFor)}
	drawn, err := rand.Int(rand.Reader, big.NewInt(1_000_000))
	if err != nil {
		return doc, err
	}
	waits := pending{Incarnation: u.Incarnation, Kind: c.Kind, Value: c.Value}
	if waits.Sealed, err = cs.Sealer.Seal(codePurpose, fmt.Appendf(nil, "%0*d", codeDigits, drawn)); err != nil {
		return doc, err
	}
	doc.Content, err = json.Marshal(waits)
	return doc, err
}

// codeID is where the code of a contact waits: there is one at a time.
func codeID(u *users.User, contact string) string { return logins.FlowID(u, "contact "+contact) }

// put writes a code over the one before.
func (cs *Contacts) put(ctx context.Context, doc *storage.Document) error {
	for try := 1; ; try++ {
		change := storage.Change{In: storage.Flows, ID: doc.ID, Put: doc}
		before, err := cs.Store.Get(ctx, storage.Flows, doc.ID)
		switch {
		case err == nil:
			change.If = before.Rev
		case !errors.Is(err, storage.ErrNotFound):
			return err
		}
		_, err = cs.Store.Commit(ctx, change)
		if another := errors.Is(err, storage.ErrConflict) || errors.Is(err, storage.ErrExists); !another || try == users.CredentialTries {
			return err
		}
	}
}

// Code is the code that waits for a contact of a user, and where it goes, as long as
// it is good for anything; ok is false when it is not.
func (cs *Contacts) Code(ctx context.Context, kuid, id string) (c users.Contact, code string, until time.Time, ok bool, err error) {
	u, err := cs.users.Current(ctx, kuid)
	if errors.Is(err, users.ErrUserNotFound) {
		return c, "", until, false, nil
	}
	if err != nil {
		return c, "", until, false, err
	}
	found := u.Contact(id)
	if found == nil || found.Verified() {
		return c, "", until, false, nil
	}
	doc, err := cs.Store.Get(ctx, storage.Flows, codeID(u, id))
	if errors.Is(err, storage.ErrNotFound) {
		return c, "", until, false, nil
	}
	if err == nil {
		code, err = cs.open(doc, u, *found)
	}
	if errors.Is(err, ErrCode) {
		err = nil
	}
	return *found, code, doc.ExpiresAt, code != "", err
}

// open reads a code, unless it has expired or was another's: ErrCode.
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

// Prove verifies a contact of a user who has read the code that was sent there. It
// claims the address in the same commit. A code is good once, for the contact that it
// was sent to. Whoever has read it may learn that somebody else has the address by now.
// Faults: users.ErrUserNotFound, ErrNotFound, ErrVerified, a code of another form,
// ErrCode, which counts as a failed login does, throttle.ErrTooManyLogins,
// strategies.ErrTaken.
func (cs *Contacts) Prove(ctx context.Context, by users.Actor, kuid, id, code string, visible bool) (users.Contact, error) {
	ctx, at := attempts.WithAttempt(ctx, by)
	defer at.End()
	if len(code) != codeDigits || strings.Trim(code, "0123456789") != "" {
		return users.Contact{}, assert.InvalidArgument.New("code", "the six digits that were sent")
	}
	u, c, err := cs.unverified(ctx, by, kuid, id)
	if err != nil {
		return c, err
	}
	if err := cs.accept(ctx, at, u, c, code); err != nil {
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

// accept uses up a code, if it is the right one.
func (cs *Contacts) accept(ctx context.Context, at *attempts.Attempt, u *users.User, c users.Contact, code string) error {
	if err := cs.admit(ctx, u.Kuid); err != nil {
		return err
	}
	doc, err := cs.judge(ctx, u, c, code)
	// A success is none of a login: it forgives no guess.
	if err = at.Settle(ctx, err, false); err == nil {
		err = cs.useUp(ctx, doc)
	}
	return err
}

// refused tells listeners of a code that was not taken.
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

// judge counts a try and compares the code. It returns what holds the code.
func (cs *Contacts) judge(ctx context.Context, u *users.User, c users.Contact, code string) (storage.Document, error) {
	doc, err := cs.countTry(ctx, codeID(u, c.ID))
	if err != nil {
		return doc, err
	}
	sent, err := cs.open(doc, u, c)
	if err == nil && subtle.ConstantTimeCompare([]byte(sent), []byte(code)) != 1 {
		err = ErrCode.New()
	}
	return doc, err
}

// countTry counts a code before it is judged, so that of many at once no more are
// judged than one after the other.
func (cs *Contacts) countTry(ctx context.Context, id string) (storage.Document, error) {
	for {
		doc, err := cs.Store.Get(ctx, storage.Flows, id)
		if errors.Is(err, storage.ErrNotFound) || err == nil && doc.Version > codeTries {
			return doc, ErrCode.New()
		}
		if err != nil {
			return doc, err
		}
		next := doc
		next.Version++
		next.Rev, err = cs.Store.Commit(ctx, storage.Change{In: storage.Flows, ID: id, Put: &next, If: doc.Rev})
		if !errors.Is(err, storage.ErrConflict) {
			return next, err
		}
	}
}

// useUp removes a code. Tries that others made meanwhile do not matter; a code that
// was used up meanwhile, or has another in its place, is worth nothing.
func (cs *Contacts) useUp(ctx context.Context, judged storage.Document) error {
	for doc := judged; ; {
		_, err := cs.Store.Commit(ctx, storage.Change{In: storage.Flows, ID: doc.ID, If: doc.Rev})
		if errors.Is(err, storage.ErrConflict) {
			if doc, err = cs.Store.Get(ctx, storage.Flows, judged.ID); err == nil && bytes.Equal(doc.Content, judged.Content) {
				continue
			}
			if err == nil {
				return ErrCode.New()
			}
		}
		if errors.Is(err, storage.ErrNotFound) {
			return ErrCode.New()
		}
		return err
	}
}
