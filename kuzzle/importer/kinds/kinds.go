package kinds

import (
	"slices"
	"strings"
)

// Names of formats that other packages use.
const (
	Kuzzle = "kuzzle"
	Clerk  = "clerk"
)

// OfTable returns the format of CSV with columns that only it has.
func OfTable(header string) string {
	has := func(names ...string) bool {
		columns := strings.FieldsFunc(strings.ToLower(header), func(c rune) bool { return strings.ContainsRune(",;\t\"\r ", c) })
		for _, name := range names {
			if !slices.Contains(columns, name) {
				return false
			}
		}
		return true
	}
	columns := strings.Split(header, ",")
	if len(columns) > 5 && (strings.Contains(columns[1], "@") || columns[1] == "" && len(columns) > 28) && (columns[2] == "true" || columns[2] == "false") {
		return "firebase" // its export has no header
	}
	switch {
	case has("primary_email_address", "password_hasher"), has("primary_email_address", "verified_email_addresses"):
		return Clerk
	case has("cognito:username"):
		return "cognito"
	case has("encrypted_password", "raw_app_meta_data"):
		return "supabase"
	case has("user_login", "user_pass"), has("user_login", "user_email"):
		return "wordpress"
	case has("uid", "name", "pass"):
		return "drupal"
	case has("password", "is_superuser", "date_joined"):
		return "django"
	case strings.Contains(strings.ToLower(header), "org unit path [required]"):
		return "google-workspace"
	}
	return ofApplication(has, "csv")
}

// OfJSON returns the format of JSON with members that only it has.
func OfJSON(keys, first map[string]bool) string {
	switch {
	case keys["realm"]:
		return "keycloak"
	case keys["orgs"] && len(keys) == 1, keys["dataOrgs"], keys["data_orgs"]:
		return "zitadel"
	case keys["Users"], first["Username"] && first["Attributes"]:
		return "cognito"
	case first[""], (keys["roles"] || keys["profiles"]) && len(first) == 0 && !keys["username"] && !keys["email"] && !keys["id"] && !keys["kuid"]:
		return Kuzzle
	case len(first) == 0:
		first = keys
	}
	switch {
	case first["localId"]:
		return "firebase"
	case first["traits"]:
		return "kratos"
	case first["loginMethods"]:
		return "supertokens"
	case first["createdTimestamp"], first["federatedIdentities"], first["requiredActions"]:
		return "keycloak"
	case first["email_addresses"] && first["external_accounts"], first["primary_email_address_id"],
		first["object"] && (first["public_user_data"] || first["max_allowed_memberships"] || first["email_address"]):
		return Clerk
	case first["encrypted_password"] && first["raw_app_meta_data"]:
		return "supabase"
	case first["user_login"] && (first["user_pass"] || first["user_email"]):
		return "wordpress"
	case first["model"] && first["fields"], first["password"] && first["username"] && (first["is_active"] || first["is_superuser"] || first["date_joined"]):
		return "django"
	case first["uid"] && first["name"] && first["pass"]:
		return "drupal"
	}
	if format := ofDocument(first); format != "" {
		return format
	}
	switch {
	case first["user_id"], first["custom_password_hash"], first["Id"] && (first["Email Verified"] || first["Given Name"] || first["Nickname"]), first["passwordHash"] && first["_id"], first["password_hash"] && first["email_verified"]:
		return "auth0"
	}
	return ofApplication(func(names ...string) bool { return hasAll(first, names) }, "json")
}
