package organizations

import (
	"context"
	"strings"

	"github.com/gokuzzle/kuzzle/kuzzle/accounts/users"
)

// Check refuses an organization that [Organizations.Bring] would refuse.
func (os *Organizations) Check(id string, no NewOrganization) error {
	if !IsID(id) {
		return ErrID.New(idPrefix)
	}
	_, err := os.started(no)
	return err
}

// Bring creates an organization of another instance or system under its id there. It has no members
// yet, not even its creator, whose limit does not apply. It publishes no event. With free set, or
// without a slug, a taken slug is replaced by another one.
//
// Faults: ErrID, ErrName, ErrSlug, ErrSlugTaken, ErrLimit, storage.ErrExists, and those of
// metadata.
func (os *Organizations) Bring(ctx context.Context, id string, no NewOrganization, free bool) (Organization, error) {
	if err := os.Check(id, no); err != nil {
		return Organization{}, err
	}
	s, err := os.started(no)
	if err != nil {
		return Organization{}, err
	}
	s.ID = id
	if err := os.found(ctx, users.Actor{Operator: true}, s, free || no.Slug == "", nil); err != nil {
		return Organization{}, err
	}
	return s.Organization, nil
}

// Bring creates an open invitation of another instance or system under its id and with its times
// there. The organization's limit does not apply, and no mail is sent.
//
// Faults: ErrNotFound, ErrEmail, ErrRole, ErrNotPending, ErrInvited, storage.ErrExists, and those
// of metadata.
func (is *Invitations) Bring(ctx context.Context, i Invitation, metadata map[string]any) error {
	made, err := is.brought(i, metadata)
	if err != nil {
		return err
	}
	if _, err := is.read(ctx, i.Organization); err != nil {
		return err
	}
	return is.post(ctx, users.Actor{Operator: true}, made, nil)
}

// Check refuses an invitation that [Invitations.Bring] would refuse.
func (is *Invitations) Check(i Invitation, metadata map[string]any) error {
	_, err := is.brought(i, metadata)
	return err
}

func (is *Invitations) brought(i Invitation, metadata map[string]any) (*Invitation, error) {
	made, err := is.invitation(i.Organization, NewInvitation{
		Email: i.Email, Role: i.Role, Inviter: i.Inviter, Metadata: metadata, RedirectURL: i.RedirectURL,
	})
	if err != nil {
		return nil, err
	}
	if name, is := strings.CutPrefix(i.ID, invitationPrefix); is && IsID(idPrefix+name) {
		made.ID = i.ID
	}
	if i.CreatedAt > 0 && i.CreatedAt <= made.CreatedAt {
		made.CreatedAt = i.CreatedAt
	}
	switch now := is.millis(); {
	case i.Status != Pending:
		return nil, ErrNotPending.New(i.ID, i.Status)
	case i.ExpiresAt == 0:
	case i.ExpiresAt <= now:
		return nil, ErrNotPending.New(i.ID, Expired)
	default:
		made.ExpiresAt = min(i.ExpiresAt, now+(MaxDays*day).Milliseconds())
	}
	return made, nil
}

// Says reports whether an organization, a membership or an invitation already has the metadata of
// an imported row.
func Says(has *users.Metadata, given map[string]any) (bool, error) {
	laid, err := has.Patched(given)
	if err != nil {
		return false, err
	}
	for _, kind := range metadataKinds {
		if string(laid.Of(kind)) != string(has.Of(kind)) {
			return false, nil
		}
	}
	return true, nil
}
