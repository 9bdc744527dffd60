package systems

import (
	"regexp"
	"sync"

	"github.com/gokuzzle/kuzzle/kuzzle/importer/values"
)

// scryptOfBetterAuth matches a salt and a key of Better Auth's own hasher.
var scryptOfBetterAuth = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^[0-9a-f]{32}:[0-9a-f]{128}$`) })

// readAuthTables reads a user of Better Auth or of Auth.js, once NextAuth. Their accounts are
// in a table of their own; the member accounts has the user's rows of it.
func readAuthTables(raw []byte) (*User, error) {
	u, m, err := openDocument(raw)
	if err != nil {
		return nil, err
	}
	if m["accountId"] != nil || m["account_id"] != nil || m["providerAccountId"] != nil {
		u.Skip = "the row is of the table of accounts; --list-formats shows how to export it with the users"
		return u, nil
	}
	if _, has := m["accounts"]; !has {
		u.lack("accounts", "passwords and accounts at providers are in the table of accounts; --list-formats shows how to export both in one file")
	}
	u.move(m, map[string]string{
		"_id": "id", "id": "id", "name": "content.fullname", "image": "content.picture", "createdAt": "createdAt", "created_at": "createdAt",
		"username": "username", "displayUsername": "content.displayUsername", "display_username": "content.displayUsername", "role": "roles",
		"hashedPassword": "passwordDigest", "hashed_password": "passwordDigest",
	})
	u.email(m.text("email"), proven(m, "emailVerified", "email_verified"))
	u.phone(m.first("phoneNumber", "phone_number"), proven(m, "phoneNumberVerified", "phone_number_verified"))
	until := m.first("banExpires", "ban_expires")
	if banned, _ := values.Truth(m.text("banned")); banned && until == "" {
		u.set("disabled", true)
	} else if banned {
		u.set("bannedUntil", until)
	}
	if reason := m.first("banReason", "ban_reason"); reason != "" {
		u.set("accountMetadata.private", map[string]any{"banReason": reason})
	}
	two, _ := values.Truth(m.first("twoFactorEnabled", "two_factor_enabled"))
	u.FactorLeft = two || len(m.list("authenticators")) > 0
	for _, account := range m.list("accounts") {
		u.authAccount(account)
	}
	m.drop("updatedAt updated_at sessions emailVerified email_verified")
	return u, nil
}

// authAccount reads a row of the table of accounts. Tokens of providers stay there.
func (u *User) authAccount(row members) {
	provider := row.first("providerId", "provider_id", "provider")
	id := row.first("accountId", "account_id", "providerAccountId", "provider_account_id")
	if provider != "credential" {
		u.account(provider, id)
		return
	}
	digest, hasher := row.text("password"), ""
	if scryptOfBetterAuth().MatchString(digest) {
		hasher = "better_auth_scrypt"
	}
	u.digest(hasher, digest)
}

// first returns the first of several members that is not empty, and removes all of them.
func (m members) first(names ...string) string {
	found := ""
	for _, name := range names {
		if value := m.text(name); found == "" {
			found = value
		}
	}
	return found
}

// proven reads whether an address is verified: a boolean, or the time of its verification.
// It returns nil if the object has neither.
func proven(m members, names ...string) any {
	for _, name := range names {
		value, has := m[name]
		if !has {
			continue
		}
		delete(m, name)
		said := text(value)
		yes, told := values.Truth(said)
		return yes || !told && said != ""
	}
	return nil
}
