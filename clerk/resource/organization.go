package resource

import (
	"encoding/json"
	"slices"
	"strings"

	"github.com/gokuzzle/kuzzle/kuzzle/accounts/organizations"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/users"
)

// Organization is an organization.
type Organization struct {
	Object                string          `json:"object"`
	ID                    string          `json:"id"`
	Name                  string          `json:"name"`
	Slug                  string          `json:"slug"`
	ImageURL              string          `json:"image_url"`
	HasImage              bool            `json:"has_image"`
	MembersCount          *int            `json:"members_count,omitempty"`
	MissingAdmin          *bool           `json:"missing_member_with_elevated_permissions,omitempty"`
	MaxAllowedMemberships int             `json:"max_allowed_memberships"`
	AdminDeleteEnabled    bool            `json:"admin_delete_enabled"`
	PublicMetadata        json.RawMessage `json:"public_metadata"`
	PrivateMetadata       json.RawMessage `json:"private_metadata"`
	CreatedBy             string          `json:"created_by,omitempty"`
	CreatedAt             int64           `json:"created_at"`
	UpdatedAt             int64           `json:"updated_at"`
	RoleSetKey            *string         `json:"role_set_key"`
}

// OrganizationMembership is the membership of a user in an organization.
type OrganizationMembership struct {
	ID              string          `json:"id"`
	Object          string          `json:"object"`
	Role            string          `json:"role"`
	RoleName        string          `json:"role_name"`
	Permissions     []string        `json:"permissions"`
	PublicMetadata  json.RawMessage `json:"public_metadata"`
	PrivateMetadata json.RawMessage `json:"private_metadata"`
	Organization    Organization    `json:"organization"`
	PublicUserData  PublicUserData  `json:"public_user_data"`
	CreatedAt       int64           `json:"created_at"`
	UpdatedAt       int64           `json:"updated_at"`
}

// PublicUserData is the data that members of an organization see of each other.
type PublicUserData struct {
	UserID          string  `json:"user_id"`
	FirstName       *string `json:"first_name"`
	LastName        *string `json:"last_name"`
	ProfileImageURL *string `json:"profile_image_url"`
	ImageURL        string  `json:"image_url"`
	HasImage        bool    `json:"has_image"`
	Identifier      *string `json:"identifier"`
	Username        *string `json:"username"`
	Banned          bool    `json:"banned"`
	Deprovisioned   bool    `json:"deprovisioned"`
}

// Has reports whether the data have a text, folded, in the id, a name or the identifier.
func (d PublicUserData) Has(text string) bool {
	shown, name := []string{d.UserID}, ""
	for _, value := range []*string{d.Identifier, d.Username, d.FirstName, d.LastName} {
		if value != nil {
			shown = append(shown, *value)
		}
	}
	if d.FirstName != nil && d.LastName != nil {
		name = *d.FirstName + " " + *d.LastName
	}
	return slices.ContainsFunc(append(shown, name), func(value string) bool { return strings.Contains(users.Fold(value), text) })
}

// OrganizationInvitation is an invitation to become a member.
type OrganizationInvitation struct {
	Object            string                  `json:"object"`
	ID                string                  `json:"id"`
	EmailAddress      string                  `json:"email_address"`
	Role              string                  `json:"role"`
	RoleName          string                  `json:"role_name"`
	OrganizationID    string                  `json:"organization_id"`
	InviterID         *string                 `json:"inviter_id"`
	PublicInviterData *PublicUserData         `json:"public_inviter_data"`
	Status            string                  `json:"status"`
	PublicMetadata    json.RawMessage         `json:"public_metadata"`
	PrivateMetadata   json.RawMessage         `json:"private_metadata"`
	URL               *string                 `json:"url"`
	ExpiresAt         *int64                  `json:"expires_at"`
	CreatedAt         int64                   `json:"created_at"`
	UpdatedAt         int64                   `json:"updated_at"`
	Organization      *PublicOrganizationData `json:"public_organization_data,omitempty"`
}

// PublicOrganizationData is the data of an organization that an invited person sees.
type PublicOrganizationData struct {
	ID       string `json:"id"`
	Name     string `json:"name"`
	Slug     string `json:"slug"`
	ImageURL string `json:"image_url"`
	HasImage bool   `json:"has_image"`
}

// Paginated is a page of a list with the total count.
type Paginated[T any] struct {
	Data       []T   `json:"data"`
	TotalCount int64 `json:"total_count"`
}

// Names of the shapes.
const (
	OrganizationObject           = "organization"
	OrganizationMembershipObject = "organization_membership"
	OrganizationInvitationObject = "organization_invitation"
)

// Organizations makes resources of organizations. The functions return the URLs of users'
// pictures and of logos, or "".
type Organizations struct {
	Image func(*users.User) string
	Logo  func(*organizations.Organization) string
}

// Organization returns the resource of an organization, with the requested counts.
func (m Organizations) Organization(o *organizations.Organization, members, missingAdmin bool) Organization {
	out := Organization{
		Object: OrganizationObject, ID: o.ID, Name: o.Name, Slug: o.Slug, HasImage: o.Logo != nil, ImageURL: m.Logo(o),
		MaxAllowedMemberships: o.MaxMemberships, AdminDeleteEnabled: o.AdminDelete,
		PublicMetadata: o.Metadata.Of(users.PublicMetadata), PrivateMetadata: o.Metadata.Of(users.PrivateMetadata),
		CreatedBy: o.CreatedBy, CreatedAt: o.CreatedAt, UpdatedAt: o.UpdatedAt,
	}
	if members {
		out.MembersCount = &o.Members
	}
	if missingAdmin {
		missing := o.Admins == 0
		out.MissingAdmin = &missing
	}
	return out
}

// Membership returns the resource of a membership.
func (m Organizations) Membership(of *organizations.Membership, o *organizations.Organization, u *users.User) OrganizationMembership {
	role, _ := organizations.RoleOf(of.Role)
	return OrganizationMembership{
		ID: of.ID, Object: OrganizationMembershipObject, Role: of.Role, RoleName: role.Name, Permissions: role.Permissions,
		PublicMetadata: of.Metadata.Of(users.PublicMetadata), PrivateMetadata: of.Metadata.Of(users.PrivateMetadata),
		Organization: m.Organization(o, true, false), PublicUserData: m.PublicUser(u), CreatedAt: of.CreatedAt, UpdatedAt: of.UpdatedAt,
	}
}

// Invitation returns the resource of an invitation. inviter and to may be nil: to is only
// set if the organization was requested.
func (m Organizations) Invitation(i *organizations.Invitation, inviter *users.User, to *organizations.Organization) OrganizationInvitation {
	role, _ := organizations.RoleOf(i.Role)
	out := OrganizationInvitation{
		Object: OrganizationInvitationObject, ID: i.ID, EmailAddress: i.Email, Role: i.Role, RoleName: role.Name, OrganizationID: i.Organization,
		InviterID: orNull(i.Inviter), Status: i.Status, ExpiresAt: orNull(i.ExpiresAt), CreatedAt: i.CreatedAt, UpdatedAt: i.UpdatedAt,
		PublicMetadata: i.Metadata.Of(users.PublicMetadata), PrivateMetadata: i.Metadata.Of(users.PrivateMetadata),
	}
	if inviter != nil {
		shown := m.PublicUser(inviter)
		out.PublicInviterData = &shown
	}
	if to != nil {
		out.Organization = &PublicOrganizationData{ID: to.ID, Name: to.Name, Slug: to.Slug, HasImage: to.Logo != nil, ImageURL: m.Logo(to)}
	}
	return out
}

// PublicUser returns what members of an organization see of a user.
func (m Organizations) PublicUser(u *users.User) PublicUserData {
	d, image := u.Detailed(), m.Image(u)
	out := PublicUserData{
		UserID: u.Kuid, FirstName: orNull(d.FirstName), LastName: orNull(d.LastName), HasImage: u.Picture != nil,
		ImageURL: image, ProfileImageURL: orNull(image),
		Username: orNull(u.Username()), Banned: u.Banned(),
	}
	out.Identifier = out.Username
	for _, kind := range []string{users.Phone, users.Email} {
		if c := u.Primary(kind); c != nil {
			out.Identifier = &c.Value
		}
	}
	return out
}
