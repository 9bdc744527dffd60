package organizations

import (
	"context"
	"slices"
	"strings"
)

// The roles of members.
const (
	Admin  = "org:admin"
	Member = "org:member"
)

// The permissions of members in their organization.
const (
	ReadMembers   = "org:sys_memberships:read"
	ManageMembers = "org:sys_memberships:manage"
	ManageProfile = "org:sys_profile:manage"
	// Remove is the permission to delete the organization.
	Remove        = "org:sys_profile:delete"
	readDomains   = "org:sys_domains:read"
	manageDomains = "org:sys_domains:manage"
)

// Role lists the permissions of members in their organization. It has no effect on rights on the
// instance.
type Role struct {
	Key, Name   string
	Permissions []string
}

// roles are all roles.
var roles = []Role{
	{Key: Admin, Name: "Admin", Permissions: []string{manageDomains, readDomains, ManageMembers, ReadMembers, Remove, ManageProfile}},
	{Key: Member, Name: "Member", Permissions: []string{ReadMembers}},
}

// Roles returns all roles.
func Roles() []Role { return slices.Clone(roles) }

// RoleOf returns a role by its key.
func RoleOf(key string) (Role, bool) {
	i := slices.IndexFunc(roles, func(r Role) bool { return r.Key == key })
	if i < 0 {
		return Role{}, false
	}
	return roles[i], true
}

// Permitted returns an organization and a user's membership of it, if the user's role there has a
// permission, or for "" in any role. Faults: ErrNotFound, ErrNoMember, ErrForbidden.
func (os *Organizations) Permitted(ctx context.Context, id, kuid, permission string) (Organization, Membership, error) {
	o, err := os.Organization(ctx, id)
	if err != nil {
		return Organization{}, Membership{}, err
	}
	m, err := os.Members.Membership(ctx, id, kuid)
	if err != nil {
		return Organization{}, Membership{}, err
	}
	role, _ := RoleOf(m.Role)
	if permission != "" && !slices.Contains(role.Permissions, permission) || permission == Remove && !o.AdminDelete {
		return Organization{}, Membership{}, ErrForbidden.New(kuid, id)
	}
	return o, m, nil
}

func checkRole(key string) error {
	if _, ok := RoleOf(key); ok {
		return nil
	}
	var keys []string
	for _, r := range roles {
		keys = append(keys, r.Key)
	}
	return ErrRole.New(strings.Join(keys, ", "))
}
