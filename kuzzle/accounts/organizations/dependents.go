package organizations

import (
	"context"
	"encoding/json"
	"errors"

	"github.com/gokuzzle/kuzzle/kuzzle/accounts/users"
	"github.com/gokuzzle/kuzzle/kuzzle/storage"
)

// dependents are memberships, which are deleted with their user. Organizations stay.
type dependents struct{ os *Organizations }

var _ users.Dependent = dependents{}

// collections are all collections of the package.
var collections = []storage.Collection{storage.Organizations, storage.Memberships, storage.OrganizationInvitations}

func (dependents) Collections() []storage.Collection { return collections }

// Ended changes nothing: a banned user stays a member.
func (dependents) Ended(context.Context, string) {}

func (d dependents) Sweep(ctx context.Context, u *users.User) {
	if err := d.os.Members.sweep(ctx, u); err != nil {
		d.os.log.WarnContext(ctx, "memberships of a deleted user stay until the upkeep removes them", "kuid", u.Kuid, "cause", err)
	}
}

// sweep ends the memberships of a deleted user.
func (ms *Members) sweep(ctx context.Context, u *users.User) error {
	ctx, cancel := ending(ctx)
	defer cancel()
	if err := ms.store.Refresh(ctx, storage.Memberships); err != nil {
		return err
	}
	theirs, err := ms.all(ctx, u.Kuid)
	if err != nil {
		return err
	}
	var failed []error
	for i := range theirs {
		if m := &theirs[i]; m.Incarnation == u.Incarnation {
			_, err := ms.leave(ctx, users.Actor{}, m, true)
			failed = append(failed, unless(err, ErrNoMember, ErrNotFound))
		}
	}
	return errors.Join(failed...)
}

// unless returns err, unless it is one of the expected errors.
func unless(err error, expected ...error) error {
	for _, one := range expected {
		if errors.Is(err, one) {
			return nil
		}
	}
	return err
}

// all returns the memberships of a user, up to one page.
func (ms *Members) all(ctx context.Context, kuid string) ([]Membership, error) {
	theirs, _, err := ms.List(ctx, Among{Kuids: []string{kuid}, Page: Page{Size: storage.MaxWindow}})
	return theirs, err
}

// Clear removes all organizations with all their documents.
func (d dependents) Clear(ctx context.Context) error {
	for _, in := range collections {
		walker := storage.NewWalker(d.os.store, in)
		for {
			page, err := walker.Next(ctx)
			if err != nil {
				return err
			}
			if len(page) == 0 {
				break
			}
			changes := make([]storage.Change, len(page))
			for i := range page {
				changes[i] = storage.Change{In: in, ID: page[i].ID, If: page[i].Rev}
			}
			for _, result := range d.os.store.CommitMany(ctx, changes) {
				if err := unless(result.Err, storage.ErrConflict, storage.ErrNotFound); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

func (dependents) Name() string { return "memberships" }

// belonging is an exported membership with its organization, which the other instance creates if it
// is missing.
type belonging struct {
	Organization struct {
		ID             string          `json:"id"`
		Name           string          `json:"name"`
		Slug           string          `json:"slug"`
		CreatedBy      string          `json:"createdBy,omitempty"`
		MaxMemberships int             `json:"maxMemberships,omitempty"`
		AdminDelete    bool            `json:"adminDelete,omitempty"`
		CreatedAt      int64           `json:"createdAt"`
		Metadata       *users.Metadata `json:"metadata,omitempty"`
	} `json:"organization"`
	Role      string          `json:"role"`
	CreatedAt int64           `json:"createdAt"`
	Metadata  *users.Metadata `json:"metadata,omitempty"`
}

// Export exports the user's memberships, with private metadata only if secrets is set.
func (d dependents) Export(ctx context.Context, u *users.User, secrets bool) (any, error) {
	theirs, err := d.os.Members.all(ctx, u.Kuid)
	if err != nil {
		return nil, err
	}
	var out []belonging
	for i := range theirs {
		m := &theirs[i]
		s, err := d.os.read(ctx, m.Organization)
		if errors.Is(err, ErrNotFound) || err == nil && m.Incarnation != u.Incarnation {
			continue
		}
		if err != nil {
			return nil, err
		}
		b := belonging{Role: m.Role, CreatedAt: m.CreatedAt, Metadata: written(m.Metadata, secrets)}
		b.Organization.ID, b.Organization.Name, b.Organization.Slug = s.ID, s.Name, s.Slug
		b.Organization.CreatedBy, b.Organization.MaxMemberships = s.CreatedBy, s.MaxMemberships
		b.Organization.AdminDelete, b.Organization.CreatedAt = s.AdminDelete, s.CreatedAt
		b.Organization.Metadata = written(s.Metadata, secrets)
		out = append(out, b)
	}
	if out == nil {
		return nil, nil
	}
	return asJSON[[]any](out)
}

func written(m *users.Metadata, secrets bool) *users.Metadata {
	if m == nil || secrets {
		return m
	}
	shown := *m
	shown.Private = nil
	return &shown
}

// asJSON converts a value to JSON's types and back.
func asJSON[T any](value any) (read T, err error) {
	text, err := users.Encode(value)
	if err == nil {
		err = json.Unmarshal(text, &read)
	}
	return read, err
}

// Restore adds memberships to a user. Existing memberships and organizations stay as they are;
// limits do not apply.
func (d dependents) Restore(ctx context.Context, kuid string, belongings any) error {
	all, err := asJSON[[]belonging](belongings)
	if err != nil {
		return d.refuse("give a list of memberships")
	}
	for i := range all {
		b := &all[i]
		if err := d.bring(ctx, b); err != nil {
			return err
		}
		metadata, err := asJSON[map[string]any](b.Metadata)
		if err != nil {
			return err
		}
		nm := NewMember{Kuid: kuid, Role: b.Role, CreatedAt: b.CreatedAt, Metadata: metadata, Imported: true}
		if _, err := d.os.Members.Add(ctx, users.Actor{Operator: true}, b.Organization.ID, nm); unless(err, ErrMember) != nil {
			return err
		}
	}
	return nil
}

// bring creates the organization of a membership if it is missing.
func (d dependents) bring(ctx context.Context, b *belonging) error {
	o := &b.Organization
	if !IsID(o.ID) {
		return d.refuse("give each membership an organization with an id that begins with " + idPrefix)
	}
	if _, err := d.os.read(ctx, o.ID); !errors.Is(err, ErrNotFound) {
		return err
	}
	metadata, err := asJSON[map[string]any](o.Metadata)
	if err != nil {
		return err
	}
	_, err = d.os.Bring(ctx, o.ID, NewOrganization{
		Name: o.Name, Slug: o.Slug, CreatedBy: o.CreatedBy, MaxMemberships: o.MaxMemberships, AdminDelete: o.AdminDelete,
		Metadata: metadata, CreatedAt: o.CreatedAt,
	}, true)
	return unless(err, storage.ErrExists)
}

func (d dependents) refuse(remedy string) error { return users.ErrBelongings.New(d.Name(), remedy) }
