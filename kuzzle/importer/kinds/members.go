package kinds

import "strings"

// members are the members of a user, by format, that the import reads. The other ones have no
// meaning here.
var members = map[string]string{
	"auth0": "user_id _id username email email_verified phone_number phone_verified given_name family_name name nickname picture " +
		"created_at blocked passwordHash password_hash identities app_metadata user_metadata",
	"firebase": "localId email emailVerified passwordHash salt displayName photoUrl phoneNumber disabled createdAt customAttributes providerUserInfo",
	"keycloak": "id username email emailVerified firstName lastName enabled createdTimestamp attributes realmRoles groups credentials " +
		"requiredActions federatedIdentities",
	"kratos": "id state traits credentials verifiable_addresses metadata_public metadata_admin created_at",
}

// quiet are members that say nothing about a user but what the read ones say.
var quiet = map[string]string{
	"auth0":    "tenant clientID global_client_id",
	"keycloak": "totp access notBefore self origin",
	"kratos":   "schema_id schema_url recovery_addresses state_changed_at",
}

// Members returns the members of a user in a format that are read or need not be read, in the
// system's spelling and in lower case; nil for a format without a list.
func Members(format string) map[string]bool {
	if members[format] == "" {
		return nil
	}
	known := map[string]bool{}
	for _, name := range strings.Fields(members[format] + " " + quiet[format]) {
		known[name], known[strings.ToLower(name)] = true, true
	}
	return known
}
