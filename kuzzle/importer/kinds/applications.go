package kinds

// ofApplication returns the format of rows of an application's table.
func ofApplication(has func(names ...string) bool, otherwise string) string {
	switch {
	case has("encrypted_password") && (has("reset_password_token") || has("remember_created_at") || has("confirmation_token") || has("sign_in_count")):
		return "devise"
	case has("email_verified_at", "password") || has("remember_token", "password"):
		return "laravel"
	case (has("tokenkey") || has("tokenKey")) && (has("password") || has("passwordhash") || has("passwordHash")):
		return "pocketbase"
	case has("login", "email", "firstname", "lastname"):
		return "okta"
	case has("emailverified", "image", "createdat"), has("email_verified", "image", "created_at"), has("accountid", "providerid", "userid"), has("account_id", "provider_id", "user_id"):
		return "better-auth"
	case has("emailverified", "image"), has("provideraccountid", "provider"), has("provider_account_id", "provider"):
		return "authjs"
	}
	return otherwise
}

// ofDocument returns the format of an object of a system that is no table, "" for none.
func ofDocument(has map[string]bool) string {
	switch {
	case has["_hashed_password"], has["_id"] && has["_created_at"], has["objectId"] && has["bcryptPassword"]:
		return "parse"
	case has["_id"] && has["services"]:
		return "meteor"
	case has["$id"] && (has["hashOptions"] || has["emailVerification"]):
		return "appwrite"
	case has["encryptionScheme"], has["tenantId"] && has["insertInstant"], has["registrations"] && (has["insertInstant"] || has["verified"]):
		return "fusionauth"
	case has["userId"] && (has["user"] || has["human"] || has["loginNames"]), has["human"] && has["loginNames"]:
		return "zitadel"
	case has["profile"] && has["status"] && (has["credentials"] || has["_links"]):
		return "okta"
	case has["emailVerified"] && (has["accounts"] || has["image"]) && has["createdAt"], has["email_verified"] && has["accounts"] && !has["user_id"], has["accountId"] && has["providerId"]:
		return "better-auth"
	case has["emailVerified"] && (has["accounts"] || has["image"]), has["providerAccountId"]:
		return "authjs"
	case has["_id"] && !has["email_verified"] && !has["tenant"] && !has["connection"]:
		return "mongodb"
	}
	return ""
}

func hasAll(members map[string]bool, names []string) bool {
	for _, name := range names {
		if !members[name] {
			return false
		}
	}
	return true
}
