package tickets

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/gokuzzle/kuzzle/kuzzle/accounts/organizations"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/users"
	"github.com/gokuzzle/kuzzle/kuzzle/events"
	"github.com/gokuzzle/kuzzle/kuzzle/storage"
	"github.com/gokuzzle/kuzzle/strategies"
)

const (
	// DefaultDays is the default life of an invitation, MaxDays the longest.
	DefaultDays = 30
	MaxDays     = 365
	// MaxInvitations is the largest number of invitations in a request.
	MaxInvitations = 10

	day = 24 * time.Hour
	// maxURL is the longest target of an invitation, in bytes.
	maxURL = 2 << 10
)

// NewInvitation is an invitation to create.
type NewInvitation struct {
	Email string
	// Metadata is the user's initial public metadata.
	Metadata map[string]any
	// RedirectURL is the target of the link, which gets the ticket in its query; "" is a page of
	// this server.
	RedirectURL string
	// Days is its life in days, 1 to MaxDays, 0 for DefaultDays.
	Days int
	// Anyway also invites an address that a user has, or that has an open invitation.
	Anyway bool
	// Mail is the kind of message to send, "" for none.
	Mail string
}

// Mailer sends invitations.
type Mailer interface {
	// Mails reports whether the instance can send mail.
	Mails() bool
	// Message returns a message for the Outbox of the change that creates an invitation. It sends
	// the invitation's link to its address, if the invitation is still open then.
	Message(context.Context, Mail) (storage.Document, error)
	// Written is called after a commit with messages.
	Written()
}

// Mail is a message about an invitation.
type Mail struct {
	// Kind is the kind of its text.
	Kind string
	// ID is the invitation's; Organization is set for an invitation to an organization.
	ID, Organization string
	Email, Link      string
	// By is the inviter.
	By users.Actor
	// For is the life of the invitation.
	For time.Duration
}

// Mails reports whether the instance can send mail.
func (ts *Tickets) Mails() bool { return ts.Mailer != nil && ts.Mailer.Mails() }

// Made is a created invitation with its link, which is "" for a limited key.
type Made struct {
	Ticket
	Link string
}

// Invite creates all invitations, or none.
//
// Faults: ErrEmail, ErrDays, ErrRedirect, ErrTooMany, ErrByMail, ErrNoMail, ErrNoLink, ErrHasUser,
// ErrInvited, and those of metadata.
func (ts *Tickets) Invite(ctx context.Context, by users.Actor, all ...NewInvitation) ([]Made, error) {
	drafts, err := ts.drafts(by, all)
	if err == nil {
		err = ts.invitable(ctx, drafts, all)
	}
	if err != nil {
		return nil, err
	}
	mails := mails{mailer: ts.Mailer}
	links := make([]string, len(drafts))
	for i, t := range drafts {
		life := time.Duration(all[i].Days) * day
		links[i] = ts.Link(ts.begin(t, life))
		if err := mails.add(ctx, Mail{Kind: all[i].Mail, ID: t.ID, Email: t.Email, Link: links[i], By: by, For: life}); err != nil {
			return nil, err
		}
	}
	made := make([]Made, 0, len(drafts))
	for i, t := range drafts {
		change := storage.Change{}
		if i == len(drafts)-1 {
			change.Outbox = mails.messages // no mail goes out before all are created
		}
		if err := ts.invite(ctx, t, change); err != nil {
			ts.takeBack(ctx, made)
			return nil, err
		}
		made = append(made, Made{*t, told(by, links[i])})
	}
	mails.written()
	for i := range made {
		ts.users.Emit(ctx, events.InvitationCreated, by, users.Subject(events.Invitation, made[i].ID), nil)
	}
	return made, nil
}

// drafts does all checks that need no store.
func (ts *Tickets) drafts(by users.Actor, all []NewInvitation) ([]*Ticket, error) {
	if len(all) > MaxInvitations {
		return nil, ErrTooMany.New(MaxInvitations)
	}
	var drafts []*Ticket
	var seen, twice []string
	for i := range all {
		t, err := ts.draft(by, &all[i])
		if err != nil {
			return nil, err
		}
		if email := users.Fold(t.Email); !slices.Contains(seen, email) {
			seen = append(seen, email)
		} else if !all[i].Anyway {
			twice = append(twice, t.Email)
		}
		drafts = append(drafts, t)
	}
	if len(twice) > 0 {
		return nil, ErrInvited.New(twice)
	}
	return drafts, nil
}

func (ts *Tickets) draft(by users.Actor, ni *NewInvitation) (*Ticket, error) {
	email, reason := users.CanonicalContact(users.Email, ni.Email)
	if reason != "" {
		return nil, ErrEmail.New(reason)
	}
	if ni.Days < 0 || ni.Days > MaxDays {
		return nil, ErrDays.New(MaxDays)
	}
	if ni.Days == 0 {
		ni.Days = DefaultDays
	}
	if err := ts.sendable(by, ni.RedirectURL, ni.Mail); err != nil {
		return nil, err
	}
	// The size is limited here, so that no user is created with too large metadata.
	if _, err := (*users.Metadata)(nil).Replaced(map[string]any{users.PublicMetadata: ni.Metadata}); err != nil {
		return nil, err
	}
	return &Ticket{Kind: Invitation, Email: email, Metadata: ni.Metadata, RedirectURL: ni.RedirectURL, Alone: !ni.Anyway}, nil
}

// told returns an invitation's link for the caller. The link logs in the user who has the address,
// since its reader reads the address's mail. So a limited key, which must not log in any user it
// likes, does not get the link: only the mailbox does.
func told(by users.Actor, link string) string {
	if by.Limited {
		return ""
	}
	return link
}

// sendable refuses an invalid target, and mail and links that cannot be made. A limited key must
// have the mail sent, without which nobody could accept, and cannot choose the page that gets the
// ticket.
func (ts *Tickets) sendable(by users.Actor, redirect, mail string) error {
	switch {
	case by.Limited && (redirect != "" || mail == ""):
		return ErrByMail.New()
	case len(redirect) > maxURL, strings.HasPrefix(redirect, "/"), redirect != "" && (&strategies.Step{Redirect: redirect, Local: true}).Check(false) != nil:
		return ErrRedirect.New("an absolute https URL, or an http URL on this machine, of at most 2 KB")
	case mail != "" && !ts.Mails():
		return ErrNoMail.New()
	case ts.Link("") == "":
		return ErrNoLink.New()
	}
	return nil
}

// invitable refuses addresses of users, and addresses with an open invitation.
func (ts *Tickets) invitable(ctx context.Context, drafts []*Ticket, all []NewInvitation) error {
	var taken, invited []string
	for i, t := range drafts {
		if all[i].Anyway {
			continue
		}
		u, err := keeper(ctx, ts.names, t.Email)
		if err != nil {
			return err
		}
		if u != nil {
			taken = append(taken, t.Email)
		}
		open, err := ts.openTo(ctx, t.Email)
		if err != nil {
			return err
		}
		if open != nil {
			invited = append(invited, t.Email)
		}
	}
	switch {
	case len(taken) > 0:
		return ErrHasUser.New(taken)
	case len(invited) > 0:
		return ErrInvited.New(invited)
	}
	return nil
}

// keeper returns the user who blocks an address for others, nil for none. A user who only chose it
// as a name does not block it.
func keeper(ctx context.Context, names *users.Names, email string) (*users.User, error) {
	u, err := names.HolderOf(ctx, strategies.Identifier{Kind: users.Email, Value: email})
	if err == nil && u != nil && u.CallsSelf(email, names.Naming()) {
		u = nil
	}
	return u, err
}

// holder returns the user who has an address, nil for none.
func (ts *Tickets) holder(ctx context.Context, email string) (*users.User, error) {
	return ts.names.HolderOf(ctx, strategies.Identifier{Kind: users.Email, Value: email})
}

// invitedKey is the claim of an open invitation: an address has only one.
func invitedKey(email string) string { return "invited:" + users.Fold(email) }

// openTo returns the open invitation that blocks an address, nil for none. It closes one that has
// expired.
func (ts *Tickets) openTo(ctx context.Context, email string) (*Ticket, error) {
	claim, err := ts.Store.Owner(ctx, invitedKey(email))
	if errors.Is(err, storage.ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	t, err := ts.get(ctx, claim.Owner)
	if errors.Is(err, ErrNotFound) {
		return nil, nil
	}
	if err != nil || t.Status == Pending {
		return t, err
	}
	err = ts.write(ctx, t, storage.Change{Free: []string{invitedKey(email)}})
	if errors.Is(err, storage.ErrConflict) {
		err = nil // if another process closed it, the commit will meet that
	}
	return nil, err
}

// mails are the mails of one request's invitations, as messages.
type mails struct {
	mailer   Mailer
	messages []storage.Document
}

// add adds a mail unless its kind is "".
func (m *mails) add(ctx context.Context, mail Mail) error {
	if mail.Kind == "" {
		return nil
	}
	message, err := m.mailer.Message(ctx, mail)
	m.messages = append(m.messages, message)
	return err
}

// written makes the mails go out after their commit.
func (m *mails) written() {
	if len(m.messages) > 0 {
		m.mailer.Written()
	}
}

// invite writes an invitation.
func (ts *Tickets) invite(ctx context.Context, t *Ticket, change storage.Change) error {
	if t.Alone {
		change.Take = []storage.Take{{Key: invitedKey(t.Email)}}
	}
	for range tries {
		err := ts.write(ctx, t, change)
		var taken *storage.TakenError
		if !errors.As(err, &taken) {
			return err
		}
		if open, err := ts.openTo(ctx, t.Email); err != nil {
			return err
		} else if open != nil {
			return ErrInvited.New([]string{t.Email})
		}
	}
	return storage.ErrConflict.New(t.ID)
}

// takeBack removes invitations whose link nobody has seen.
func (ts *Tickets) takeBack(ctx context.Context, made []Made) {
	ctx = context.WithoutCancel(ctx)
	for i := range made {
		if err := ts.remove(ctx, made[i].ID, made[i].rev); err != nil {
			ts.Log.WarnContext(ctx, "an invitation of a request that failed stays until it expires", "invitation", made[i].ID, "cause", err)
		}
	}
}

// OpenUntil returns when an open invitation expires, in epoch milliseconds; organization is ""
// unless it invites to one. Faults: ErrNotFound, ErrNotPending.
func (ts *Tickets) OpenUntil(ctx context.Context, organization, id string) (int64, error) {
	if organization != "" {
		i, err := ts.invitations.Invitation(ctx, organization, id)
		if errors.Is(err, organizations.ErrNotFound) || errors.Is(err, organizations.ErrNoInvitation) {
			err = ErrNotFound.New(id)
		}
		return i.ExpiresAt, pending(err, id, i.Status)
	}
	t, err := ts.find(ctx, Invitation, id)
	if err != nil {
		return 0, err
	}
	return t.ExpiresAt, pending(nil, id, t.Status)
}

func pending(err error, id, status string) error {
	if err == nil && status != Pending {
		err = ErrNotPending.New(id, status)
	}
	return err
}
