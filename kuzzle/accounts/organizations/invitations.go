package organizations

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/gokuzzle/kuzzle/kuzzle/accounts/users"
	"github.com/gokuzzle/kuzzle/kuzzle/events"
	"github.com/gokuzzle/kuzzle/kuzzle/query"
	"github.com/gokuzzle/kuzzle/kuzzle/storage"
)

// Invitation invites the owner of an e-mail address to become a member. Times are in epoch
// milliseconds.
type Invitation struct {
	ID           string `json:"id"`
	Organization string `json:"organization"`
	// Email has the spelling of [users.CanonicalContact].
	Email string `json:"email"`
	Role  string `json:"role"`
	// Inviter is the kuid of a member, "" for none.
	Inviter string `json:"inviter,omitempty"`
	// Status is one of [Statuses].
	Status string `json:"status"`
	// Metadata is the initial metadata of the membership; it has no unsafe kind.
	Metadata *users.Metadata `json:"metadata,omitempty"`
	// RedirectURL is the final target of the invitation's link, "" for none.
	RedirectURL string `json:"redirectUrl,omitempty"`
	// Fingerprint is the fingerprint of the ticket that accepts it, "" for none.
	Fingerprint string `json:"fingerprint,omitempty"`
	ExpiresAt   int64  `json:"expiresAt"`
	CreatedAt   int64  `json:"createdAt"`
	UpdatedAt   int64  `json:"updatedAt"`

	// begun is set while it is being accepted.
	begun   bool
	version int64
	rev     storage.Rev
}

// The statuses.
const (
	Pending  = "pending"
	Accepted = "accepted"
	Revoked  = "revoked"
	Expired  = "expired"
)

// Statuses lists all statuses.
func Statuses() []string { return []string{Pending, Accepted, Revoked, Expired} }

const (
	// DefaultDays is the default life of an invitation, MaxDays the longest.
	DefaultDays = 30
	MaxDays     = 365

	emailField     = "email"
	statusField    = "status"
	expiresAtField = "expiresAt"

	day = 24 * time.Hour
)

func invitationID(organization, id string) string { return organization + "/" + id }

// invitedKey is the claim of an open invitation: an address has only one.
func invitedKey(organization, email string) string {
	return "org-invited:" + organization + ":" + users.Fold(email)
}

func (i *Invitation) document() (*storage.Document, error) {
	return document(invitationID(i.Organization, i.ID), i.version, map[string]any{
		organizationField: i.Organization, emailField: users.Fold(i.Email), statusField: i.stored(), createdAtField: i.CreatedAt, expiresAtField: i.ExpiresAt,
	}, keptInvitation{i, i.begun})
}

// readInvitation decodes an invitation in its state at a time.
func readInvitation(doc storage.Document, now time.Time) (*Invitation, error) {
	i := &Invitation{version: doc.Version, rev: doc.Rev}
	kept := keptInvitation{Invitation: i}
	err := json.Unmarshal(doc.Auth, &kept)
	i.begun = kept.Begun
	if i.Status == Pending && i.ExpiresAt <= now.UnixMilli() {
		i.Status = Expired
	}
	return i, err
}

// NewInvitation is an invitation to create.
type NewInvitation struct {
	// ID is from NewInvitationID, and Fingerprint is that of its ticket; "" creates an invitation
	// without a ticket.
	ID, Fingerprint string
	Email, Role     string
	// Inviter is the kuid of a member, "" for none.
	Inviter     string
	Metadata    map[string]any
	RedirectURL string
	// Days is its life in days, 1 to MaxDays, 0 for DefaultDays.
	Days int
	// Messages are written in the commit that creates it.
	Messages []storage.Document
}

// Invite creates an invitation.
//
// Faults: ErrNotFound, ErrEmail, ErrRole, ErrDays, ErrInviter, ErrInvited, ErrMembershipLimit, and
// those of metadata.
func (is *Invitations) Invite(ctx context.Context, by users.Actor, organization string, ni NewInvitation) (Invitation, error) {
	i, err := is.invitation(organization, ni)
	if err != nil {
		return Invitation{}, err
	}
	s, err := is.read(ctx, organization)
	if err == nil && ni.Inviter != "" {
		_, err = is.members.Membership(ctx, organization, ni.Inviter)
		if errors.Is(err, ErrNoMember) {
			err = ErrInviter.New(ni.Inviter)
		}
	}
	if err == nil {
		err = is.room(ctx, s)
	}
	if err != nil {
		return Invitation{}, err
	}
	if err := is.post(ctx, by, i, ni.Messages); err != nil {
		return Invitation{}, err
	}
	// A concurrent deletion of the organization may have missed it.
	if _, err := is.read(ctx, organization); err != nil {
		_, _ = is.store.Commit(context.WithoutCancel(ctx), storage.Change{In: storage.OrganizationInvitations, ID: invitationID(organization, i.ID), If: i.rev})
		return Invitation{}, err
	}
	is.emit(ctx, events.OrganizationInvitationCreated, by, events.Organization, organization, nil)
	return *i, nil
}

func (is *Invitations) invitation(organization string, ni NewInvitation) (*Invitation, error) {
	email, reason := users.CanonicalContact(users.Email, ni.Email)
	if reason != "" {
		return nil, ErrEmail.New(reason)
	}
	if err := checkRole(ni.Role); err != nil {
		return nil, err
	}
	if ni.Days < 0 || ni.Days > MaxDays {
		return nil, ErrDays.New(MaxDays)
	}
	if ni.Days == 0 {
		ni.Days = DefaultDays
	}
	if err := checkMetadata(ni.Metadata); err != nil {
		return nil, err
	}
	metadata, err := patched(nil, ni.Metadata, false)
	now := is.now()
	return &Invitation{
		ID: cmp.Or(ni.ID, NewInvitationID()), Fingerprint: ni.Fingerprint, Organization: organization, Email: email, Role: ni.Role, Inviter: ni.Inviter, Status: Pending,
		Metadata: metadata, RedirectURL: ni.RedirectURL,
		ExpiresAt: now.Add(time.Duration(ni.Days) * day).UnixMilli(), CreatedAt: now.UnixMilli(), UpdatedAt: now.UnixMilli(),
	}, err
}

// room refuses an invitation if the organization has no free seat. Concurrent invitations may
// exceed the limit; memberships cannot.
func (is *Invitations) room(ctx context.Context, s *state) error {
	if s.MaxMemberships == 0 {
		return nil
	}
	if err := is.store.Refresh(ctx, storage.OrganizationInvitations); err != nil {
		return err
	}
	open, err := is.Pending(ctx, s.ID)
	if err == nil && int64(s.Members)+open >= int64(s.MaxMemberships) {
		err = ErrMembershipLimit.New(s.ID, s.MaxMemberships)
	}
	return err
}

// Pending counts the open invitations to an organization.
func (is *Invitations) Pending(ctx context.Context, organization string) (int64, error) {
	page, err := is.store.Search(ctx, storage.OrganizationInvitations, query.Search{
		Where: is.whereInvited(Invited{Organization: organization, Statuses: []string{Pending}}),
	})
	return page.Total, err
}

// post writes a new invitation and messages. It releases the address of an expired one.
func (is *Invitations) post(ctx context.Context, by users.Actor, i *Invitation, messages []storage.Document) error {
	key := invitedKey(i.Organization, i.Email)
	for range tries {
		doc, err := i.document()
		if err != nil {
			return err
		}
		told, err := is.told(ctx, Told{By: by, Event: events.OrganizationInvitationCreated, Invitation: i})
		if err != nil {
			return err
		}
		i.rev, err = is.commit(ctx, storage.Change{
			In: storage.OrganizationInvitations, ID: doc.ID, Put: doc, Take: []storage.Take{{Key: key}}, Outbox: append(told, messages...), Visible: true,
		})
		var taken *storage.TakenError
		if !errors.As(err, &taken) {
			return err
		}
		held, err := is.store.Get(ctx, storage.OrganizationInvitations, taken.Held.Owner)
		if errors.Is(err, storage.ErrNotFound) {
			continue
		}
		if err != nil {
			return err
		}
		other, err := readInvitation(held, is.now())
		if err != nil {
			return err
		}
		if other.Status == Pending {
			return ErrInvited.New(i.Organization)
		}
		if err := is.close(ctx, by, other, other.Status); err != nil && !again(err) {
			return err
		}
	}
	return storage.ErrConflict.New(i.Organization)
}

// close sets the final status of an invitation, and releases its address.
func (is *Invitations) close(ctx context.Context, by users.Actor, i *Invitation, status string) error {
	i.Status, i.begun, i.UpdatedAt = status, false, is.millis()
	doc, err := i.document()
	if err != nil {
		return err
	}
	closing := storage.Change{
		In: storage.OrganizationInvitations, ID: doc.ID, If: i.rev, Put: doc, Take: revoking(i), Free: []string{invitedKey(i.Organization, i.Email)}, Visible: true,
	}
	// An expired invitation has no event.
	if event := map[string]string{Accepted: events.OrganizationInvitationAccepted, Revoked: events.OrganizationInvitationRevoked}[status]; event != "" {
		if closing.Outbox, err = is.told(ctx, Told{By: by, Event: event, Invitation: i}); err != nil {
			return err
		}
	}
	i.rev, err = is.commit(ctx, closing)
	if taken := (*storage.TakenError)(nil); errors.As(err, &taken) {
		return ErrNotPending.New(i.ID, Accepted)
	}
	return err
}

// Invitation returns an invitation. Faults: ErrNotFound, ErrNoInvitation.
func (is *Invitations) Invitation(ctx context.Context, organization, id string) (Invitation, error) {
	if _, err := is.read(ctx, organization); err != nil {
		return Invitation{}, err
	}
	i, err := is.invited(ctx, organization, id)
	if err != nil {
		return Invitation{}, err
	}
	return *i, nil
}

func (is *Invitations) invited(ctx context.Context, organization, id string) (*Invitation, error) {
	if !storage.IsID(invitationID(organization, id)) {
		return nil, ErrNoInvitation.New(id, organization)
	}
	doc, err := is.store.Get(ctx, storage.OrganizationInvitations, invitationID(organization, id))
	if errors.Is(err, storage.ErrNotFound) {
		return nil, ErrNoInvitation.New(id, organization)
	}
	if err != nil {
		return nil, err
	}
	return readInvitation(doc, is.now())
}

// Revoke revokes an open invitation.
//
// Faults: ErrNotFound, ErrNoInvitation, ErrNotPending.
func (is *Invitations) Revoke(ctx context.Context, by users.Actor, organization, id string) (Invitation, error) {
	i, err := is.settleInvitation(ctx, by, organization, id, Revoked)
	if err != nil {
		return Invitation{}, err
	}
	is.emit(ctx, events.OrganizationInvitationRevoked, by, events.Organization, organization, nil)
	return *i, nil
}

func (is *Invitations) settleInvitation(ctx context.Context, by users.Actor, organization, id, status string) (*Invitation, error) {
	if _, err := is.read(ctx, organization); err != nil {
		return nil, err
	}
	for try := range tries {
		i, err := is.invited(ctx, organization, id)
		if err != nil {
			return nil, err
		}
		if i.Status != Pending && !(i.begun && status == Accepted) {
			return nil, ErrNotPending.New(id, i.Status)
		}
		if err := is.close(ctx, by, i, status); !again(err) {
			return i, err
		}
		if err := pause(ctx, try); err != nil {
			return nil, err
		}
	}
	return nil, storage.ErrConflict.New(organization)
}

// Accept makes a user a member by an invitation. The caller has proved that the address is the
// user's. After an interruption it may be called again. Without a seat the invitation is open again.
//
// Faults: those of [Members.Add], ErrNoInvitation, ErrNotPending.
func (is *Invitations) Accept(ctx context.Context, by users.Actor, organization, id, kuid string) (Membership, error) {
	i, err := is.invited(ctx, organization, id)
	if err != nil {
		return Membership{}, err
	}
	if i.Status != Pending && !i.begun {
		return Membership{}, ErrNotPending.New(id, i.Status)
	}
	metadata, err := asJSON[map[string]any](i.Metadata)
	if err != nil {
		return Membership{}, err
	}
	m, err := is.members.Add(ctx, by, organization, NewMember{Kuid: kuid, Role: i.Role, Metadata: metadata})
	if errors.Is(err, ErrMember) {
		m, err = is.members.Membership(ctx, organization, kuid)
	}
	if errors.Is(err, ErrMembershipLimit) {
		err = cmp.Or(is.reopen(ctx, organization, id), err)
	}
	if err != nil {
		return Membership{}, err
	}
	if _, err := is.settleInvitation(ctx, by, organization, id, Accepted); err != nil {
		return Membership{}, err
	}
	is.emit(ctx, events.OrganizationInvitationAccepted, by, events.Organization, organization, about(kuid, i.Role))
	return m, nil
}

// Invited selects invitations. Empty fields match all.
type Invited struct {
	Organization string
	// Emails are addresses, in any spelling.
	Emails   []string
	Statuses []string
	// ID is the only one to include.
	ID string
	// Query is a part of the address or the id, in any case.
	Query string
	Page
}

// List lists invitations, and returns their total number.
func (is *Invitations) List(ctx context.Context, in Invited) ([]Invitation, int64, error) {
	var found []Invitation
	total, err := is.list(ctx, storage.OrganizationInvitations, is.whereInvited(in), in.Page, func(doc storage.Document) error {
		i, err := readInvitation(doc, is.now())
		if err == nil {
			found = append(found, *i)
		}
		return err
	})
	return found, total, err
}

// To lists the invitations to a user's verified addresses, and returns their total number.
func (is *Invitations) To(ctx context.Context, u *users.User, in Invited) ([]Invitation, int64, error) {
	in.Emails = nil
	for i := range u.Contacts {
		if c := &u.Contacts[i]; c.Kind == users.Email && c.Verified() {
			in.Emails = append(in.Emails, c.Value)
		}
	}
	if len(in.Emails) == 0 {
		return nil, 0, nil
	}
	found, total, err := is.List(ctx, in)
	own := slices.DeleteFunc(found, func(i Invitation) bool { return u.Proved(users.Email, i.Email) == nil })
	return own, total - int64(len(found)-len(own)), err
}

func (is *Invitations) whereInvited(in Invited) query.Node {
	where := query.Bool{Must: []query.Node{query.Exists{Field: field(emailField)}}}
	if in.Organization != "" {
		where.Must = append(where.Must, term(organizationField, in.Organization))
	}
	if len(in.Emails) > 0 {
		folded := make([]string, len(in.Emails))
		for i, email := range in.Emails {
			folded[i] = users.Fold(email)
		}
		where.Must = append(where.Must, query.Terms{Field: field(emailField), Values: users.Anys(folded)})
	}
	if in.ID != "" {
		where.Must = append(where.Must, query.Wildcard{Field: query.Field{Area: query.ID}, Pattern: "*" + literal.Replace(invitationID("", in.ID))})
	}
	if in.Query != "" {
		where.Must = append(where.Must, query.Bool{MinShould: 1, Should: []query.Node{
			contains(field(emailField), users.Fold(in.Query)), contains(query.Field{Area: query.ID}, strings.TrimPrefix(in.Query, "/")),
		}})
	}
	if len(in.Statuses) > 0 {
		now := float64(is.millis())
		any := query.Bool{MinShould: 1}
		for _, status := range in.Statuses {
			open := query.Terms{Field: field(statusField), Values: users.Anys([]string{Pending, begun})}
			one := query.Bool{Must: []query.Node{term(statusField, status)}}
			switch {
			case status == Pending:
				one.Must = []query.Node{open, query.Range{Field: field(expiresAtField), GT: now}}
			case status == Expired:
				any.Should = append(any.Should, query.Bool{Must: []query.Node{open, query.Range{Field: field(expiresAtField), LTE: now}}})
			case !slices.Contains(Statuses(), status):
				continue
			}
			any.Should = append(any.Should, one)
		}
		where.Must = append(where.Must, any)
	}
	return where
}
