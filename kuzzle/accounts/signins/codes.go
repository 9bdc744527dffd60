package signins

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"time"

	"github.com/gokuzzle/kuzzle/kuzzle/accounts/attempts"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/codes"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/logins"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/users"
	"github.com/gokuzzle/kuzzle/kuzzle/throttle"
	"github.com/gokuzzle/kuzzle/strategies"
)

// Ways of a first factor by a code or a link that is sent to an address. After a reset the person chooses
// another password.
const (
	EmailCode  = "email_code"
	EmailLink  = "email_link"
	PhoneCode  = "phone_code"
	EmailReset = "reset_password_email_code"
	PhoneReset = "reset_password_phone_code"
)

// ways are the ways by kinds of contacts.
var ways = []struct {
	name, contact string
	reset, link   bool
}{
	{EmailCode, users.Email, false, false}, {EmailLink, users.Email, false, true}, {PhoneCode, users.Phone, false, false},
	{EmailReset, users.Email, true, false}, {PhoneReset, users.Phone, true, false},
}

// ByCode reports whether a way is one by a code or a link.
func ByCode(name string) bool {
	_, _, is := Sent(name)
	return is
}

// Sent returns to which kind of contacts a way sends something, and whether that is a link; ok is false
// for any other way.
func Sent(name string) (contact string, link, ok bool) {
	for _, way := range ways {
		if way.name == name {
			return way.contact, way.link, true
		}
	}
	return "", false, false
}

// The kinds of messages with codes and links.
const (
	CodeMessage  = "sign-in-code"
	LinkMessage  = "sign-in-link"
	ResetMessage = "reset-code"
)

// Way is a way of an attempt, to an address.
type Way struct {
	Name string `json:"name"`
	// Contact is the id of the address for clients, Kind its kind.
	Contact string `json:"contact"`
	Kind    string `json:"kind"`
	To      string `json:"to"`
	Primary bool   `json:"primary,omitempty"`
	Reset   bool   `json:"reset,omitempty"`
	Link    bool   `json:"link,omitempty"`
	// Until is when the last code or link ends, in epoch milliseconds; 0 if none was asked for.
	Until int64 `json:"until,omitempty"`
}

// message returns the kind of messages of a way.
func (w *Way) message() string {
	switch {
	case w.Reset:
		return ResetMessage
	case w.Link:
		return LinkMessage
	}
	return CodeMessage
}

// Ways lists the ways by codes and links of an attempt. If it is hidden who has the identifier, they depend only
// on its form.
func (ss *SignIns) Ways(ctx context.Context, a *Attempt) ([]Way, error) {
	if a.Identifier == "" {
		return nil, nil
	}
	u, err := ss.User(ctx, a)
	if err != nil {
		return nil, err
	}
	var to []Way
	if a.Kuid == "" {
		to, err = ss.hiddenWays(a.Identifier)
	} else if u != nil {
		for i := range u.Contacts {
			if c := &u.Contacts[i]; u.Entrance(c.Kind, c.Value) != nil {
				to = append(to, Way{Contact: c.ID, Kind: c.Kind, To: c.Value, Primary: c.Primary})
			}
		}
	}
	var all []Way
	for _, way := range ways {
		for _, one := range to {
			if one.Kind == way.contact && ss.Codes.Sends(way.contact) && (!way.reset || u == nil || ss.HasPassword(u)) && (!way.link || ss.Codes.Links()) {
				one.Name, one.Reset, one.Link = way.name, way.reset, way.link
				all = append(all, one)
			}
		}
	}
	return all, err
}

// contactPurpose is the purpose of the key that makes ids of addresses that may be nobody's.
const contactPurpose = "accounts.signin.contact"

// hiddenWays returns the address that an identifier is, if it is one.
func (ss *SignIns) hiddenWays(identifier string) ([]Way, error) {
	key, err := ss.Sealer.Derive(contactPurpose)
	if err != nil {
		return nil, err
	}
	for _, kind := range []string{users.Email, users.Phone} {
		value, wrong := users.CanonicalContact(kind, identifier)
		if wrong != "" {
			continue
		}
		mac := hmac.New(sha256.New, key)
		mac.Write([]byte(value))
		return []Way{{Contact: "idn_" + hex.EncodeToString(mac.Sum(nil)[:16]), Kind: kind, To: value, Primary: true}}, nil
	}
	return nil, nil
}

// Prepare sends a code or a link by a way of an attempt; contact is the id of its address, "" for the
// first one. link has what the dialect knows of a link, and base is the address before its text. Faults:
// ErrState, ErrStrategy, ErrOver, a 429 of the throttle.
func (ss *SignIns) Prepare(ctx context.Context, by users.Actor, a Attempt, name, contact string, link codes.Link, base string) (*Attempt, error) {
	if err := ss.open(&a); err != nil {
		return nil, err
	}
	all, err := ss.Ways(ctx, &a)
	if err != nil {
		return nil, err
	}
	for _, way := range all {
		if way.Name != name || contact != "" && way.Contact != contact {
			continue
		}
		kind, owned := way.message(), !a.OrSignUp || way.Reset
		if !owned {
			if err := ss.askUnproved(ctx, by, &way); err != nil {
				return nil, err
			}
		}
		part, err := ss.ask(ctx, by, way.To, kind)
		if err != nil {
			return nil, err
		}
		message := codes.Message{Kind: kind, Contact: way.Kind, To: way.To, Owned: owned, Part: part}
		var until time.Time
		if way.Link {
			message.Link, link.Attempt = base, a.ID
			until, err = ss.Codes.AskLink(ctx, message, link)
		} else {
			until, err = ss.Codes.Ask(ctx, a.ID, message)
		}
		way.Until = until.UnixMilli()
		a.Sent, a.Reset, a.Newcomer = &way, nil, nil
		return &a, err
	}
	return nil, ErrStrategy.New(name)
}

// ask counts a message to the account of an address.
func (ss *SignIns) ask(ctx context.Context, by users.Actor, to, kind string) (throttle.Part, error) {
	ctx, at := attempts.WithAttempt(ctx, by)
	defer at.End()
	key, err := ss.names.Naming().ClaimKey("", strategies.Identifier{Kind: users.UsernameField, Value: to})
	if err != nil {
		key = ""
	}
	return ss.attempts.Ask(ctx, key, to, kind)
}

// askUnproved counts a message that also goes to an address which nobody proved, like one of a sign-up. It
// counts for every address: an answer must not reveal whether somebody has it.
func (ss *SignIns) askUnproved(ctx context.Context, by users.Actor, way *Way) error {
	kind := codes.UnprovedCode
	if way.Link {
		kind = codes.UnprovedLink
	}
	_, err := ss.attempts.AskOwn(ctx, by, kind, way.To)
	return err
}

// open refuses an attempt that does not wait for a first factor.
func (ss *SignIns) open(a *Attempt) error {
	switch {
	case a.Status != NeedsFirst && a.Status != NeedsIdentifier:
		return ErrState.New()
	case ss.Now().UnixMilli() >= a.AbandonAt():
		return ErrOver.New()
	}
	return nil
}

// prove judges a code that was sent by an attempt's way, or the use of its link. If nobody has the
// address, and somebody without an account may prove it, it notes their proof in the attempt.
func (ss *SignIns) prove(a *Attempt, use func(context.Context) error) logins.Judge {
	return func(ctx context.Context) (strategies.Outcome, error) {
		found, ok, err := ss.logins.Host(a.Sent.Name).FindByIdentifier(ctx, strategies.Identifier{Kind: users.UsernameField, Value: a.Sent.To})
		if err != nil {
			return strategies.Outcome{}, err
		}
		if err = use(ctx); err == nil {
			// Since the message was sent, the address may have become the mere name of somebody else.
			ok, err = ss.owns(ctx, found.Kuid, a.Sent)
		}
		if err == nil && !ok && a.OrSignUp {
			a.Newcomer = &codes.Proof{Way: a.Sent.Name, Kind: a.Sent.Kind, To: a.Sent.To, At: ss.Now().UnixMilli()}
		}
		if errors.Is(err, codes.ErrCode) || err == nil && (!ok || attempts.UsedUp(ctx)) {
			err = strategies.Refused()
		}
		return strategies.Outcome{Kuid: found.Kuid, Factor: a.Sent.Name}, err
	}
}

// Code proves the first factor by the code that Prepare sent. Faults as in First, codes.ErrExpired,
// codes.ErrTried.
func (ss *SignIns) Code(ctx context.Context, by users.Actor, a Attempt, name, code string, expiresIn any) (*Attempt, error) {
	if err := ss.open(&a); err != nil {
		return nil, err
	}
	if a.Sent == nil || a.Sent.Name != name || a.Sent.Link {
		return nil, ErrState.New()
	}
	judge := ss.prove(&a, func(ctx context.Context) error { return ss.Codes.Prove(ctx, a.ID, a.Sent.message(), a.Sent.To, code) })
	if !a.Sent.Reset {
		return ss.sent(ctx, by, &a, judge, expiresIn)
	}
	out, err := judge.Alone(ctx, ss.logins, by, name)
	if err != nil {
		return nil, err
	}
	u, err := ss.users.Current(ctx, out.Kuid)
	if err == nil {
		err = u.MayEnter(ss.Now())
	}
	if err != nil {
		return nil, err
	}
	a.Status, a.First = NeedsPassword, name
	a.Reset = &Reset{Kuid: u.Kuid, Incarnation: u.Incarnation, Epoch: u.Epoch, Until: ss.Now().Add(resetFor).UnixMilli()}
	return &a, nil
}

// Followed reports whether an attempt can go on because its link was opened.
func (ss *SignIns) Followed(ctx context.Context, a *Attempt) (bool, error) {
	if a.Sent == nil || !a.Sent.Link || ss.open(a) != nil {
		return false, nil
	}
	return ss.Codes.Opened(ctx, a.ID)
}

// Follow proves the first factor by the opened link that Prepare sent. Faults as in First,
// codes.ErrExpired.
func (ss *SignIns) Follow(ctx context.Context, by users.Actor, a Attempt, expiresIn any) (*Attempt, error) {
	if err := ss.open(&a); err != nil {
		return nil, err
	}
	if a.Sent == nil || !a.Sent.Link {
		return nil, ErrState.New()
	}
	return ss.sent(ctx, by, &a, ss.prove(&a, func(ctx context.Context) error {
		to, err := ss.Codes.Follow(ctx, a.ID)
		if err == nil && to != a.Sent.To {
			err = codes.ErrExpired.New()
		}
		return err
	}), expiresIn)
}

// sent goes on with an attempt by what was sent. The attempt of somebody without an account only notes
// their proof.
func (ss *SignIns) sent(ctx context.Context, by users.Actor, a *Attempt, judge logins.Judge, expiresIn any) (*Attempt, error) {
	first := *a
	first.First = a.Sent.Name
	next, err := ss.enter(ctx, by, first, logins.Login{Strategy: a.Sent.Name, ExpiresIn: expiresIn}, judge)
	if errors.Is(err, strategies.ErrRefused) && a.Newcomer != nil {
		return a, nil
	}
	return next, err
}

// Reset is a proof that lets somebody choose another password.
type Reset struct {
	Kuid        string `json:"kuid"`
	Incarnation string `json:"incarnation"`
	Epoch       int64  `json:"epoch"`
	Until       int64  `json:"until"`
}

// resetFor is how long somebody may think about another password.
const resetFor = 10 * time.Minute

// resetFactor is the factor that a reset proves; see package local.
const resetFactor = "password-reset"

// SetPassword sets another password after a reset, which ends all sessions of the user, and completes
// the attempt or makes it wait for a second factor. Faults: ErrState, ErrOver, those of passwords.
func (ss *SignIns) SetPassword(ctx context.Context, by users.Actor, a Attempt, password string, expiresIn any) (*Attempt, error) {
	switch {
	case a.Status != NeedsPassword || a.Reset == nil:
		return nil, ErrState.New()
	case ss.Now().UnixMilli() >= a.Reset.Until:
		return nil, ErrOver.New()
	}
	if err := ss.CheckPassword(password, []string{a.Sent.To}); err != nil {
		return nil, err
	}
	name, keeper := ss.Registry.Keeper()
	if keeper == nil {
		return nil, ErrStrategy.New(a.First)
	}
	reset := *a.Reset
	a.Reset = nil
	return ss.enter(ctx, by, a, logins.Login{Strategy: name, ExpiresIn: expiresIn}, func(ctx context.Context) (strategies.Outcome, error) {
		host := ss.logins.Host(name)
		u, err := ss.users.Current(ctx, reset.Kuid)
		if errors.Is(err, users.ErrUserNotFound) || err == nil && (u.Incarnation != reset.Incarnation || u.Epoch != reset.Epoch) {
			err = ErrOver.New()
		}
		if err == nil && u.Entrance(a.Sent.Kind, a.Sent.To) == nil {
			err = ErrOver.New() // the address that got the code is the user's no more
		}
		if err != nil {
			return strategies.Outcome{}, err
		}
		who, err := host.Subject(ctx, reset.Kuid, strategies.Actor{Kuid: reset.Kuid, Self: true}, strategies.Reset)
		if err != nil {
			return strategies.Outcome{}, err
		}
		draft, err := ss.Registry.Strategy(name).Check(ctx, who, strategies.Credentials{strategies.PasswordField: password})
		if err != nil {
			return strategies.Outcome{}, err
		}
		rec, err := draft.Seal(ss.attempts.HashingFor(ctx, by)) // it waits with those who ask from the same address
		out := strategies.Outcome{Kuid: reset.Kuid, Factor: resetFactor, Put: []strategies.Record{rec}, Must: true, Revoke: true}
		for _, old := range who.Records {
			if old.Strategy != "" && old.Strategy != name {
				out.Drop = append(out.Drop, old)
			}
		}
		return out, err
	})
}
