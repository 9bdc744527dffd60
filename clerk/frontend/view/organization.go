package view

import (
	"github.com/gokuzzle/kuzzle/clerk/resource"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/organizations"
)

// Organization is an organization as its members see it.
type Organization struct {
	resource.Organization
	PrivateMetadata *struct{} `json:"private_metadata,omitempty"`
}

// Membership is a membership as the members of the organization see it.
type Membership struct {
	resource.OrganizationMembership
	PrivateMetadata *struct{}    `json:"private_metadata,omitempty"`
	Organization    Organization `json:"organization"`
}

// MembershipOf returns a membership without private metadata.
func MembershipOf(shown resource.OrganizationMembership) Membership {
	return Membership{OrganizationMembership: shown, Organization: Organization{Organization: shown.Organization}}
}

// Invitation is an invitation as the members of the organization and the invited see it, without its
// link.
type Invitation struct {
	resource.OrganizationInvitation
	PrivateMetadata *struct{} `json:"private_metadata,omitempty"`
	URL             *struct{} `json:"url,omitempty"`
}

// InvitationOf returns an invitation without private metadata and link.
func InvitationOf(shown resource.OrganizationInvitation) Invitation {
	return Invitation{OrganizationInvitation: shown}
}

// PageOf returns a page in another shape.
func PageOf[From, To any](page resource.Paginated[From], shape func(From) To) resource.Paginated[To] {
	out := resource.Paginated[To]{Data: make([]To, len(page.Data)), TotalCount: page.TotalCount}
	for i := range page.Data {
		out.Data[i] = shape(page.Data[i])
	}
	return out
}

// Role is a role of members.
type Role struct {
	named
	Permissions []Permission `json:"permissions"`
}

// Permission is a permission of a role.
type Permission struct {
	named
	Type string `json:"type"`
}

// named has the members of roles and permissions. They are built in, and have the same id and key.
type named struct {
	Object      string `json:"object"`
	ID          string `json:"id"`
	Key         string `json:"key"`
	Name        string `json:"name"`
	Description string `json:"description"`
	CreatedAt   int64  `json:"created_at"`
	UpdatedAt   int64  `json:"updated_at"`
}

// Roles returns all roles of members.
func Roles() resource.Paginated[Role] {
	var out resource.Paginated[Role]
	for _, r := range organizations.Roles() {
		one := Role{named: named{Object: "role", ID: r.Key, Key: r.Key, Name: r.Name}}
		for _, key := range r.Permissions {
			one.Permissions = append(one.Permissions, Permission{named{Object: "permission", ID: key, Key: key, Name: key}, "system"})
		}
		out.Data = append(out.Data, one)
	}
	out.TotalCount = int64(len(out.Data))
	return out
}
