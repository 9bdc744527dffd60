package backend

import (
	"context"
	"errors"
	"net/url"
	"slices"
	"time"

	attemptcodes "github.com/gokuzzle/kuzzle/kuzzle/accounts/codes"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/contacts"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/users"
	"github.com/gokuzzle/kuzzle/kuzzle/events"
	"github.com/gokuzzle/kuzzle/kuzzle/notify"
	"github.com/gokuzzle/kuzzle/kuzzle/queue"
	"github.com/gokuzzle/kuzzle/kuzzle/throttle"
	"github.com/gokuzzle/kuzzle/strategies"
)

// channelOf is the channel for a kind of contact.
var channelOf = map[string]notify.Channel{users.Email: notify.Mail, users.Phone: notify.SMS}

// calledInText is the noun for a kind of contact in a sentence.
var calledInText = map[string]string{users.Email: "e-mail address", users.Phone: "phone number"}

// codes sends codes to contacts.
type codes struct{ app *App }

var _ contacts.Sender = codes{}

// Sends implements contacts.Sender.
func (c codes) Sends(kind string) bool {
	return c.app.notices != nil && c.app.notices.sender[channelOf[kind]] != nil
}

// Links implements the sender of package codes.
func (c codes) Links() bool { return c.app.clerkRules.Now().EmailLinks && c.Sends(users.Email) }

// SendCode implements contacts.Sender.
func (c codes) SendCode(ctx context.Context, kuid, contact string, part throttle.Part) error {
	if c.app.notices == nil {
		return strategies.ErrNotifyOff.New()
	}
	return c.app.notices.put(ctx, "", contacts.CodeFor, notice{Kind: notify.ContactCode, Kuid: kuid, Contact: contact, Part: part})
}

// SendAttempt implements the sender of package codes.
func (c codes) SendAttempt(ctx context.Context, m attemptcodes.Message) error {
	if c.app.notices == nil {
		return strategies.ErrNotifyOff.New()
	}
	return c.app.notices.put(ctx, "", attemptcodes.For, notice{Kind: m.Kind, Code: m.ID, Link: m.Link, Channel: channelOf[m.Contact], To: m.To, Proved: m.Owned, Part: m.Part})
}

// sendAttempt sends the code or the link of a sign-in or a sign-up.
func (n *notices) sendAttempt(ctx context.Context, item queue.Item, what notice) error {
	to, err := n.attemptAddress(ctx, what)
	if err != nil || to == "" {
		return err
	}
	m := attemptcodes.Message{Kind: what.Kind, ID: what.Code, To: what.To}
	if waits, err := n.attempts.Waits(ctx, m); err != nil || !waits || n.sender[what.Channel] == nil {
		return err
	}
	return n.let(ctx, item, what, to, func() error {
		code, until, ok, err := n.attempts.Draw(ctx, m)
		if err != nil || !ok {
			return err
		}
		return n.send(ctx, what.Channel, what.Kind, to, map[string]string{"Name": to, "Code": code, "Link": what.Link + url.QueryEscape(code), "Until": until.UTC().Format("15:04 UTC")})
	})
}

// attemptAddress returns the address for the message of a sign-in or a sign-up, "" for none. If a user
// has proved the address, the message goes to the spelling that was proved: a mail server may tell
// capitals apart, and the proof lets its reader in as that user. The message of a sign-in is only sent to
// a user who may sign in by it.
func (n *notices) attemptAddress(ctx context.Context, what notice) (string, error) {
	u, err := n.names.HolderOf(ctx, strategies.Identifier{Kind: users.UsernameField, Value: what.To})
	if err != nil && !errors.Is(err, users.ErrBadIdentifier) {
		return "", err
	}
	var proved *users.Contact
	if u != nil {
		proved = provedContact(u, what.Channel, what.To)
	}
	switch {
	case what.Proved && (proved == nil || proved.SecondFactor || u.MayEnter(n.users.Now()) != nil):
		return "", nil
	case proved == nil:
		return what.To, nil
	}
	return proved.Value, nil
}

// code returns the values for the text of a code, nil if none is to be sent. The code
// is drawn when it is first sent: an unsent code could be guessed.
func (n *notices) code(ctx context.Context, what notice, item queue.Item) (map[string]string, error) {
	var code string
	var until time.Time
	var ok bool
	var err error
	if item.Last == counted {
		code, until, ok, err = n.codes.Code(ctx, what.Kuid, what.Contact)
	}
	if !ok && err == nil {
		code, until, ok, err = n.codes.Draw(ctx, what.Kuid, what.Contact, item.For)
	}
	if err != nil || !ok {
		return nil, err
	}
	return map[string]string{"Code": code, "Until": until.UTC().Format("15:04 UTC")}, nil
}

// contactChanges maps events to the change of the contact.
var contactChanges = map[string]string{
	events.ContactCreated: "added", events.ContactVerified: "verified", events.ContactUpdated: "changed", events.ContactDeleted: "removed",
}

// aboutContact returns the notices of a change of a contact. They go to the address
// that the user had before, so that an attacker who adds an address does not get them
// instead, and also to a removed address.
func (n *notices) aboutContact(was *users.User, event events.Event, change string) []notice {
	if was == nil {
		return nil
	}
	id, _ := event.Data[events.ContactID].(string)
	kind, _ := event.Data[events.ContactKind].(string)
	changed, _ := event.Data[events.Changed].([]string)
	told := notice{Kind: notify.ContactChanged, Kuid: was.Kuid, Values: map[string]string{"Kind": calledInText[kind], "Change": change}}
	var all []notice
	if told.Channel, told.To = n.address(was); told.To != "" {
		told.Proved = provedContact(was, told.Channel, told.To) != nil
		all = append(all, told)
	}
	lost := event.Name == events.ContactDeleted || event.Name == events.ContactUpdated && slices.Contains(changed, events.VerifiedChanged)
	if c := was.Contact(id); lost && c != nil && c.Verified() && users.Fold(c.Value) != users.Fold(told.To) && n.sender[channelOf[kind]] != nil {
		told.Channel, told.To, told.Proved = channelOf[kind], c.Value, true
		all = append(all, told)
	}
	return all
}
