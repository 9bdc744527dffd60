package systems

import (
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/gokuzzle/kuzzle/kuzzle/importer/values"
)

// openDocument opens an object of MongoDB's: extended JSON, of either kind, becomes JSON.
func openDocument(raw []byte) (*User, members, error) {
	u, m, err := open(raw)
	for name, value := range m {
		m[name] = plain(value)
	}
	return u, m, err
}

// plain returns the JSON value that an extended one stands for.
func plain(value any) any {
	switch value := value.(type) {
	case []any:
		for i := range value {
			value[i] = plain(value[i])
		}
	case map[string]any:
		for name, inner := range value {
			inner = plain(inner)
			value[name] = inner
			switch name {
			case "$oid", "$date", "$uuid", "$symbol":
				return inner
			case "$numberInt", "$numberLong", "$numberDouble", "$numberDecimal":
				return values.Number(text(inner))
			case "$binary":
				if object, is := inner.(map[string]any); is {
					return object["base64"]
				}
				return inner
			case "$undefined":
				return nil
			}
		}
	}
	return value
}

// readMongoDB reads a user of an application's own collection.
func readMongoDB(raw []byte) (*User, error) {
	u, m, err := openDocument(raw)
	if err != nil {
		return nil, err
	}
	u.move(m, map[string]string{
		"_id": "id", "avatar": "content.picture", "image": "content.picture", "picture": "content.picture", "role": "roles",
		"isVerified": "emailVerified", "isEmailVerified": "emailVerified", "confirmed": "emailVerified", "hashed_password": "passwordDigest", "hashedPassword": "passwordDigest",
		"googleId": "account.google", "facebookId": "account.facebook", "githubId": "account.github", "twitterId": "account.twitter",
	})
	u.passportLocal(m)
	m.drop("__v _class updatedAt updated_at")
	return u, nil
}

// passportLocal reads the members of passport-local-mongoose, which writes neither the hash
// function nor the iterations: its own since version 4.
func (u *User) passportLocal(m members) {
	const hashBytes, saltBytes, iterations = 512, 32, 25_000
	hash, salt := text(m["hash"]), text(m["salt"])
	sum, err := hex.DecodeString(hash)
	if err != nil || len(sum) != hashBytes || len(salt) != 2*saltBytes {
		return
	}
	u.digest("pbkdf2_sha256_django", fmt.Sprintf("pbkdf2_sha256$%d$%s$%s", iterations, salt, base64.StdEncoding.EncodeToString(sum)))
	u.Guessed = true
	m.drop("hash salt attempts last")
}

// readMeteor reads a user of Meteor's collection users.
func readMeteor(raw []byte) (*User, error) {
	u, m, err := openDocument(raw)
	if err != nil {
		return nil, err
	}
	u.move(m, map[string]string{"_id": "id", "username": "username", "createdAt": "createdAt", "lastLogin": "lastSignInAt"})
	for _, address := range m.list("emails") {
		verified, _ := address["verified"].(bool)
		u.email(address.text("address"), verified)
	}
	if profile, is := m.take("profile").(map[string]any); is && len(profile) > 0 {
		u.set("content.fullname", text(profile["name"]))
		u.set("accountMetadata.unsafe", profile) // browsers may write it
	}
	if roles, is := m["roles"].([]any); is {
		u.set("roles", roles)
		delete(m, "roles")
	}
	services := m.object("services")
	for _, name := range slices.Sorted(maps.Keys(services)) {
		service, _ := services[name].(map[string]any)
		u.meteorService(name, service)
	}
	return u, nil
}

func (u *User) meteorService(name string, service members) {
	switch name {
	case "resume", "email":
	case "password":
		u.digest("meteor_bcrypt", text(service["bcrypt"]))
		if service["argon2"] != nil {
			u.lack("services.password.argon2", "Meteor's argon2 is of the password's SHA-256; --digest describes it")
		}
	case "twoFactorAuthentication":
		u.Apps = append(u.Apps, text(service["secret"]))
	default:
		u.account(name, text(service["id"]))
	}
}

// authData begins the members of Parse's accounts at providers.
const authData = "_auth_data_"

// readParse reads a user of Parse's collection _User, or of an export of Parse.com.
func readParse(raw []byte) (*User, error) {
	u, m, err := openDocument(raw)
	if err != nil {
		return nil, err
	}
	u.move(m, map[string]string{
		"_id": "id", "objectId": "id", "username": "username", "_created_at": "createdAt", "createdAt": "createdAt", "_hashed_password": "passwordDigest",
		"bcryptPassword": "passwordDigest", "_account_lockout_expires_at": "lockedUntil", "name": "content.fullname",
	})
	u.email(m.text("email"), proven(m, "emailVerified"))
	accounts := m.object("authData")
	if accounts == nil {
		accounts = members{}
	}
	for name, value := range m {
		if provider, is := strings.CutPrefix(name, authData); is {
			accounts[provider] = value
		}
	}
	for _, provider := range slices.Sorted(maps.Keys(accounts)) {
		account, _ := accounts[provider].(map[string]any)
		if provider == "mfa" {
			u.Apps = append(u.Apps, text(account["secret"]))
			continue
		}
		u.account(provider, text(account["id"]))
	}
	m.dropAll(authData)
	m.drop("_acl _rperm _wperm ACL _updated_at updatedAt _session_token sessionToken _perishable_token _perishable_token_expires_at _email_verify_token " +
		"_email_verify_token_expires_at _failed_login_count _password_changed_at _password_history _tombstone emailVerified")
	return u, nil
}
