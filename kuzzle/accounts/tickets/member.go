package tickets

import (
	"context"
	"errors"
	"time"

	"github.com/gokuzzle/kuzzle/kuzzle/accounts/organizations"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/users"
	"github.com/gokuzzle/kuzzle/strategies"
)

// NewMember is an invitation to an organization to create.
type NewMember struct {
	organizations.NewInvitation
	// Mail is the kind of message to send, "" for none.
	Mail string
	// Discreet invites a member, too, whose primary address it is not. The refusal would tell whose
	// address it is.
	Discreet bool
}

// MadeMember is a created invitation to an organization with its link, which is "" for a limited
// key.
type MadeMember struct {
	organizations.Invitation
	Link string
}

// InviteMembers creates all invitations to an organization, or none.
//
// Faults: those of [organizations.Invitations.Invite], organizations.ErrMember, ErrRedirect,
// ErrTooMany, ErrByMail, ErrNoMail and ErrNoLink.
func (ts *Tickets) InviteMembers(ctx context.Context, by users.Actor, organization string, all ...NewMember) ([]MadeMember, error) {
	if len(all) > MaxInvitations {
		return nil, ErrTooMany.New(MaxInvitations)
	}
	in := inviter{ts, by, organization}
	for i := range all {
		if err := ts.sendable(by, all[i].RedirectURL, all[i].Mail); err != nil {
			return nil, err
		}
		if err := in.noMember(ctx, &all[i]); err != nil {
			return nil, err
		}
	}
	mails := mails{mailer: ts.Mailer}
	links := make([]string, len(all))
	for i := range all {
		link, mail := in.prepare(&all[i])
		if err := mails.add(ctx, mail); err != nil {
			return nil, err
		}
		links[i] = told(by, link)
	}
	made := make([]MadeMember, 0, len(all))
	for i := range all {
		if i == len(all)-1 {
			all[i].Messages = mails.messages // no mail goes out before all are created
		}
		one, err := ts.invitations.Invite(ctx, by, organization, all[i].NewInvitation)
		if err != nil {
			in.withdraw(ctx, made)
			return nil, err
		}
		made = append(made, MadeMember{one, links[i]})
	}
	mails.written()
	return made, nil
}

// AcceptOwn makes a user a member by an open invitation to one of the user's verified addresses, and
// returns the invitation. The user needs no ticket: the session and the address are the proof.
//
// Faults: organizations.ErrNoInvitation, organizations.ErrNotPending, organizations.ErrMembershipLimit,
// and those of users who may not enter.
func (ts *Tickets) AcceptOwn(ctx context.Context, by users.Actor, u *users.User, id string) (organizations.Invitation, error) {
	found, _, err := ts.invitations.To(ctx, u, organizations.Invited{ID: id, Page: organizations.Page{Size: 1}})
	if err == nil && len(found) == 0 {
		err = organizations.ErrNoInvitation.New(id, "")
	}
	if err == nil && found[0].Status != organizations.Pending {
		err = organizations.ErrNotPending.New(id, found[0].Status)
	}
	if err != nil {
		return organizations.Invitation{}, err
	}
	i := found[0]
	o := joining{ts, &i}
	if err = o.begin(ctx); err == nil {
		_, err = ts.join(ctx, by, u, o)
	}
	switch {
	case errors.Is(err, errOwner):
		return i, users.ErrUserNotFound.New(u.Kuid)
	case errors.Is(err, strategies.ErrTicketUsed):
		if err := o.settle(ctx); err != nil {
			return i, err
		}
		return i, organizations.ErrNotPending.New(id, organizations.Accepted)
	case err != nil:
		return i, err
	}
	if err := o.accepted(context.WithoutCancel(ctx), by, u); err != nil {
		return i, err // the upkeep finishes it
	}
	i.Status, i.UpdatedAt = organizations.Accepted, ts.Now().UnixMilli()
	return i, nil
}

// inviter creates invitations to an organization.
type inviter struct {
	*Tickets
	by           users.Actor
	organization string
}

// noMember refuses an address whose user is a member. It ignores an invalid address, which a later
// check refuses.
func (in inviter) noMember(ctx context.Context, nm *NewMember) error {
	email, reason := users.CanonicalContact(users.Email, nm.Email)
	if reason != "" {
		return nil
	}
	u, err := keeper(ctx, in.names, email)
	if u == nil || err != nil {
		return err
	}
	if c := u.Primary(users.Email); nm.Discreet && (c == nil || users.Fold(c.Value) != users.Fold(email)) {
		return nil
	}
	_, err = in.members.Membership(ctx, in.organization, u.Kuid)
	switch {
	case err == nil:
		return organizations.ErrMember.New(u.Kuid, in.organization)
	case errors.Is(err, organizations.ErrNoMember):
		return nil
	}
	return err
}

// prepare chooses the ticket of an invitation and returns its link and its mail.
func (in inviter) prepare(nm *NewMember) (link string, mail Mail) {
	var secret string
	secret, nm.Fingerprint = draw()
	nm.ID = organizations.NewInvitationID()
	link = in.Link(in.organization + separator + nm.ID + separator + secret)
	if email, reason := users.CanonicalContact(users.Email, nm.Email); reason == "" {
		nm.Email = email // the mail goes to the address that is kept
	}
	days := nm.Days
	if days <= 0 || days > organizations.MaxDays {
		days = organizations.DefaultDays
	}
	return link, Mail{Kind: nm.Mail, ID: nm.ID, Organization: in.organization, Email: nm.Email, Link: link, By: in.by, For: time.Duration(days) * day}
}

// withdraw removes invitations whose link nobody has seen.
func (in inviter) withdraw(ctx context.Context, made []MadeMember) {
	ctx = context.WithoutCancel(ctx)
	for i := range made {
		if err := in.invitations.Withdraw(ctx, &made[i].Invitation); err != nil {
			in.Log.WarnContext(ctx, "an invitation of a request that failed stays until it expires", "invitation", made[i].ID, "cause", err)
		}
	}
}
