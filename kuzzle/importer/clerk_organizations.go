package importer

import (
	"encoding/json"
	"strings"

	"github.com/gokuzzle/kuzzle/kuzzle/accounts/imports"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/organizations"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/users"
	"github.com/gokuzzle/kuzzle/kuzzle/importer/rows"
	"github.com/gokuzzle/kuzzle/kuzzle/importer/values"
	"github.com/gokuzzle/kuzzle/kuzzle/plainjson"
)

// Names of the kinds of objects in Clerk's API.
const (
	clerkUserKind         = "user"
	clerkOrganizationKind = "organization"
	clerkMembershipKind   = "organization_membership"
	clerkInvitationKind   = "organization_invitation"
)

// clerkKind returns the kind of an object of Clerk's API; an object without one is a user.
func clerkKind(raw []byte) string {
	value, err := plainjson.Get(raw, "object")
	if err != nil || value == nil {
		return clerkUserKind // decoding the user finds the fault
	}
	var kind string
	if json.Unmarshal(value, &kind) != nil || len(kind) > 40 || strings.Trim(kind, "abcdefghijklmnopqrstuvwxyz0123456789_") != "" {
		return "something else"
	}
	return kind
}

// clerkOrganization is an organization as Clerk's API returns it, clerkMembership a user's
// membership, clerkInvitation a pending invitation.
type clerkOrganization struct {
	ID, Name, Slug string
	HasImage       bool           `json:"has_image"`
	MaxMemberships int            `json:"max_allowed_memberships"`
	AdminDelete    bool           `json:"admin_delete_enabled"`
	Public         map[string]any `json:"public_metadata"`
	Private        map[string]any `json:"private_metadata"`
	CreatedBy      string         `json:"created_by"`
	CreatedAt      text           `json:"created_at"`
}

type clerkMembership struct {
	ID, Role     string
	Organization clerkOrganization
	Public       map[string]any `json:"public_metadata"`
	Private      map[string]any `json:"private_metadata"`
	User         struct {
		ID string `json:"user_id"`
	} `json:"public_user_data"`
	CreatedAt text `json:"created_at"`
}

type clerkInvitation struct {
	ID, Role, Status string
	Email            string         `json:"email_address"`
	Organization     string         `json:"organization_id"`
	Inviter          string         `json:"inviter_id"`
	Public           map[string]any `json:"public_metadata"`
	Private          map[string]any `json:"private_metadata"`
	ExpiresAt        text           `json:"expires_at"`
	CreatedAt        text           `json:"created_at"`
}

func decodeClerkOrganization(kind string, raw []byte, r *Row) error {
	switch kind {
	case clerkMembershipKind:
		var m clerkMembership
		if err := values.Decode(raw, &m); err != nil {
			return err
		}
		o := m.Organization.row(r)
		r.Of, o.Member.Value = m.ID, m.User.ID
		o.Membership = &organizations.NewMember{ID: m.ID, Role: clerkRole(r, m.Role), Metadata: twoKinds(m.Public, m.Private), CreatedAt: clerkMillis(r, m.CreatedAt)}
		if m.User.ID == "" {
			r.Spoil("public_user_data", "it does not name the user who is the member")
		}
		r.Organization = o
	case clerkInvitationKind:
		var i clerkInvitation
		if err := values.Decode(raw, &i); err != nil {
			return err
		}
		r.Of, r.Organization = i.ID, &imports.Organization{ID: i.Organization, Invited: twoKinds(i.Public, i.Private)}
		r.Organization.Inviter.Value = i.Inviter
		r.Organization.Invitation = &organizations.Invitation{
			ID: i.ID, Email: i.Email, Role: clerkRole(r, i.Role), Status: i.Status, ExpiresAt: clerkMillis(r, i.ExpiresAt), CreatedAt: clerkMillis(r, i.CreatedAt),
		}
	default:
		var o clerkOrganization
		if err := values.Decode(raw, &o); err != nil {
			return err
		}
		r.Of, r.Organization = o.ID, o.row(r)
		if o.HasImage {
			r.Left = append(r.Left, "logo")
		}
	}
	return nil
}

func (o *clerkOrganization) row(r *Row) *imports.Organization {
	row := &imports.Organization{ID: o.ID, New: &organizations.NewOrganization{
		Name: o.Name, Slug: o.Slug, MaxMemberships: o.MaxMemberships, AdminDelete: o.AdminDelete,
		Metadata: twoKinds(o.Public, o.Private), CreatedAt: clerkMillis(r, o.CreatedAt),
	}}
	row.Creator.Value = o.CreatedBy
	return row
}

// clerkRole returns a role that exists here; any other role becomes member.
func clerkRole(r *Row, key string) string {
	if _, known := organizations.RoleOf(key); known {
		return key
	}
	if len(key) > 60 || values.Unreadable(key) != "" {
		key = "of another name"
	}
	r.Left = append(r.Left, "role "+key+" in an organization (imported as "+organizations.Member+")")
	return organizations.Member
}

// clerkMillis returns a time in epoch milliseconds, 0 for none.
func clerkMillis(r *Row, at text) int64 {
	if at == "" {
		return 0
	}
	return millis(r.Time(string(rows.CreatedField), string(at)))
}

// twoKinds returns metadata of an object that is not a user.
func twoKinds(public, private map[string]any) map[string]any {
	all := map[string]any{}
	for kind, object := range map[string]map[string]any{users.PublicMetadata: public, users.PrivateMetadata: private} {
		if len(object) > 0 {
			all[kind] = values.Exact(object)
		}
	}
	return all
}
