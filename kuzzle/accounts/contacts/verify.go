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

// codeKind is what messages with codes are counted as.
const codeKind = "contact-code"

// Ask has a code sent to a contact of a user, in place of one that was sent before.
// Nobody is looked up by the contact's value, so that neither the answer nor its time
// tells whether somebody else has it. Nor do they tell whether somebody else asked for
// codes to the same address: a recipient who gets too many gets no mail, and the code
// before stays. Faults: strategies.ErrNotifyOff, users.ErrUserNotFound, ErrNotFound,
// ErrVerified, ErrAsked.
func (cs *Contacts) Ask(ctx context.Context, by users.Actor, kuid, id string) (Asked, error) {
	_, c, err := cs.unverified(ctx, by, kuid, id)
	if err != nil {
		return Asked{}, err
	}
	if cs.Sender == nil || !cs.Sender.Sends(c.Kind) {
		return Asked{}, strategies.ErrNotifyOff.New()
	}
	part, err := cs.attempts.AskOwn(ctx, by, codeKind, c.Value)
	if err != nil {
		return Asked{}, instead(err, ErrAsked)
	}
	return Asked{ExpiresAt: cs.Now().Add(CodeFor).UnixMilli()}, cs.Sender.SendCode(ctx, kuid, c.ID, part)
}

// instead says of a refusal of the throttle what there was too much of here.
func instead(err error, kind *fault.Kind) error {
	if refusal, ok := fault.From(err); ok && errors.Is(err, throttle.ErrTooManyLogins) {
		return kind.New().RetryIn(refusal.RetryAfter)
	}
	return err
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

// Draw makes a code for a contact, which is good for as long as is said, in place of
// one before. ok is false where there is nothing to verify any more.
func (cs *Contacts) Draw(ctx context.Context, kuid, id string, within time.Duration) (code string, until time.Time, ok bool, err error) {
	u, c, err := cs.reachable(ctx, kuid, id)
	if err != nil || c == nil {
		return "", until, false, err
	}
	drawn, err := rand.Int(rand.Reader, big.NewInt(1_000_000))
	if err != nil {
		return "", until, false, err
	}
	code = fmt.Sprintf("%0*d", codeDigits, drawn)
	waits := pending{Incarnation: u.Incarnation, Kind: c.Kind, Value: c.Value}
	if waits.Sealed, err = cs.Sealer.Seal(codePurpose, []byte(code)); err != nil {
		return "", until, false, err
	}
	doc := storage.Document{ID: codeID(u, c.ID), Version: 1, ExpiresAt: cs.Now().Add(min(within, CodeFor))}
	if doc.Content, err = json.Marshal(waits); err != nil {
		return "", until, false, err
	}
	return code, doc.ExpiresAt, true, cs.put(ctx, &doc)
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

// Unverified is a contact that a code can be sent to, nil when there is none.
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

// Code is the code that waits for a contact of a user, as long as it is good for
// anything; ok is false when it is not.
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
// ErrCode, ErrTried, strategies.ErrTaken.
func (cs *Contacts) Prove(ctx context.Context, by users.Actor, kuid, id, code string, visible bool) (users.Contact, error) {
	if len(code) != codeDigits || strings.Trim(code, "0123456789") != "" {
		return users.Contact{}, assert.InvalidArgument.New("code", "the six digits that were sent")
	}
	u, c, err := cs.unverified(ctx, by, kuid, id)
	if err != nil {
		return c, err
	}
	if err := cs.accept(ctx, by, u, c, code); err != nil {
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
func (cs *Contacts) accept(ctx context.Context, by users.Actor, u *users.User, c users.Contact, code string) error {
	var doc storage.Document
	err := cs.attempts.Guess(ctx, by, ErrCode, func() (err error) {
		doc, err = cs.judge(ctx, u, c, code)
		return err
	})
	if err != nil {
		return instead(err, ErrTried)
	}
	return cs.useUp(ctx, doc)
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
