package view

import (
	"context"
	"time"

	"github.com/gokuzzle/kuzzle/clerk/resource"
	clerksessions "github.com/gokuzzle/kuzzle/clerk/sessions"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/organizations"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/users"
)

// Maker makes the shapes.
type Maker struct {
	Accounts *accounts.Accounts
	Users    resource.Maker
	Shapes   resource.Organizations
	Tokens   clerksessions.Tokens
	Now      func() time.Time
}

// User is a user as the user's own browser sees it.
type User struct {
	resource.User
	// PrivateMetadata is never set: it hides the member of that name, here and below.
	PrivateMetadata *struct{}    `json:"private_metadata,omitempty"`
	Memberships     []Membership `json:"organization_memberships"`
}

// User returns the resource of a user.
func (m *Maker) User(ctx context.Context, u *users.User) (*User, error) {
	shown, err := m.Users.User(u)
	if err != nil {
		return nil, err
	}
	out := &User{User: shown}
	out.Memberships, err = m.memberships(ctx, u)
	return out, err
}

// memberships returns those of a user.
func (m *Maker) memberships(ctx context.Context, u *users.User) ([]Membership, error) {
	out := []Membership{}
	if m.Users.Rules.Now().NoOrganizations {
		return out, nil
	}
	all, _, err := m.Accounts.Organizations.Of(ctx, u, organizations.Page{Size: maxMemberships})
	for i := range all {
		out = append(out, MembershipOf(m.Shapes.Membership(&all[i].Membership, &all[i].Organization, u)))
	}
	return out, err
}

// maxMemberships is how many memberships a user's resource has at most.
const maxMemberships = 100

func orNull[T comparable](value T) *T {
	var none T
	if value == none {
		return nil
	}
	return &value
}
