package organizations

import (
	"slices"
	"strings"
)

// The roles of members.
const (
	Admin  = "org:admin"
	Member = "org:member"
)

// Role lists the permissions of members in their organization. It has no effect on rights on the
// instance.
type Role struct {
	Key, Name   string
	Permissions []string
}

// roles are all roles.
var roles = []Role{
	{Key: Admin, Name: "Admin", Permissions: []string{
		"org:sys_domains:manage", "org:sys_domains:read", "org:sys_memberships:manage", "org:sys_memberships:read",
		"org:sys_profile:delete", "org:sys_profile:manage",
	}},
	{Key: Member, Name: "Member", Permissions: []string{"org:sys_memberships:read"}},
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
