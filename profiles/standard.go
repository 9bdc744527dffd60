package profiles

// The ids of the roles and profiles that always exist and cannot be deleted.
const (
	Admin     = "admin"
	Default   = "default"
	Anonymous = "anonymous"
)

// Protected reports whether the role or profile can be edited but not deleted.
func Protected(id string) bool {
	return id == Admin || id == Default || id == Anonymous
}

// StandardRoles returns the roles of a fresh server. resetSecurity and
// restrictDefaultRights write them too; a server that has roles keeps its own. An
// administrator may do everything. Strangers may ask for their own rights and log in.
// Users may also log out, and read and change their own content and credentials, but
// see nobody else. They may log in again, since the token that they send along tells
// their device from a stranger's when strangers have slowed down the account.
func StandardRoles() []Role {
	return []Role{
		{ID: Admin, Controllers: map[string]Controller{Any: allowing(Any)}},
		{ID: Default, Controllers: map[string]Controller{
			"auth": allowing("checkToken", "credentialsExist", "getCurrentUser", "getMyCredentials", "getMyRights", "login", "logout",
				"updateMyCredentials", "updateSelf", "validateMyCredentials"),
			"server": allowing("publicApi"),
		}},
		{ID: Anonymous, Controllers: map[string]Controller{
			"auth":   allowing("checkToken", "getCurrentUser", "getMyRights", "login"),
			"server": allowing("publicApi", "openapi"),
		}},
	}
}

// StandardProfiles returns the profiles that belong to [StandardRoles].
func StandardProfiles() []Profile {
	return []Profile{
		{ID: Admin, Policies: []Policy{{RoleID: Admin}}},
		{ID: Default, Policies: []Policy{{RoleID: Default}}, RateLimit: 10},
		{ID: Anonymous, Policies: []Policy{{RoleID: Anonymous}}, RateLimit: 200},
	}
}

func allowing(actions ...string) Controller {
	rights := make(map[string]bool, len(actions))
	for _, action := range actions {
		rights[action] = true
	}
	return Controller{Actions: rights}
}
