package systems

import (
	"encoding/base32"
	"encoding/base64"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// readFusionAuth reads a user as FusionAuth's import takes them and its search returns them.
func readFusionAuth(raw []byte) (*User, error) {
	u, m, err := open(raw)
	if err != nil {
		return nil, err
	}
	u.move(m, map[string]string{
		"id": "id", "username": "username", "active": "enabled", "passwordChangeRequired": "mustChangePassword", "firstName": "content.firstName",
		"lastName": "content.lastName", "middleName": "content.middleName", "fullName": "content.fullname", "imageUrl": "content.picture",
		"birthDate": "content.birthDate", "timezone": "content.timezone", "preferredLanguages": "content.preferredLanguages",
		"data": "accountMetadata.private", "insertInstant": "createdAt", "lastLoginInstant": "lastSignInAt", "twoFactorEnabled": "factorLeft",
	})
	verified := m.take("verified")
	u.email(m.text("email"), verified)
	for _, identity := range m.list("identities") {
		switch value := identity.text("value"); identity.text("type") {
		case "email":
			u.email(value, identity["verified"])
		case "phoneNumber":
			u.phone(value, identity["verified"])
		}
	}
	u.phone(m.text("phoneNumber"), verified)
	u.phone(m.text("mobilePhone"), false)
	if end, _ := strconv.ParseInt(m.text("expiry"), 10, 64); end > 0 {
		if time.UnixMilli(end).Before(time.Now()) {
			u.set("disabled", true)
		} else {
			u.lack("expiry", "accounts do not end by themselves here")
		}
	}
	u.fusionAuthRoles(m)
	u.fusionAuthFactors(m.object("twoFactor"))
	u.fusionAuthDigest(m.text("password"), m.text("encryptionScheme"), m.text("factor"), m.text("salt"))
	m.drop("tenantId connectorId usernameStatus uniqueUsername lastUpdateInstant passwordLastUpdateInstant verifiedInstant breachedPasswordLastCheckedInstant " +
		"breachedPasswordStatus encryptionScheme factor salt password cleanSpeakId parentEmail")
	return u, nil
}

func (u *User) fusionAuthRoles(m members) {
	var roles []any
	for _, registration := range m.list("registrations") {
		list, _ := registration["roles"].([]any)
		roles = append(roles, list...)
	}
	for _, membership := range m.list("memberships") {
		roles = append(roles, membership.text("groupId"))
	}
	if len(roles) > 0 {
		u.set("roles", roles)
	}
}

// fusionAuthFactors reads authenticator apps, whose secrets are in base64, and recovery codes.
func (u *User) fusionAuthFactors(m members) {
	for _, method := range m.list("methods") {
		how := method.object("authenticator")
		key, err := base64.StdEncoding.DecodeString(method.text("secret"))
		usual := len(how) == 0 || text(how["algorithm"]) == "HmacSHA1" && text(how["codeLength"]) == "6" && text(how["timeStep"]) == "30"
		switch {
		case method.text("method") != "authenticator":
			u.FactorLeft = true
		case err != nil || len(key) == 0 || !usual:
			u.Apps = append(u.Apps, "")
		default:
			u.Apps = append(u.Apps, base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(key))
		}
	}
	if codes, is := m["recoveryCodes"].([]any); is && len(codes) > 0 {
		u.set("backupCodes", codes)
	}
}

// fusionAuthDigest joins a digest, which is without its parameters.
func (u *User) fusionAuthDigest(digest, scheme, factor, salt string) {
	rounds, err := strconv.Atoi(factor)
	switch {
	case digest == "":
	case strings.HasPrefix(digest, "$2"):
		u.digest("", digest)
	case scheme == "" && salt != "":
		u.lack("encryptionScheme", "the user has a digest, and does not name its scheme")
	case scheme == "":
		u.set("password", digest) // to be hashed by FusionAuth
	case scheme == "bcrypt" && err == nil:
		u.digest("bcrypt", fmt.Sprintf("$2a$%02d$%s%s", rounds, salt, digest))
	case strings.HasPrefix(scheme, "salted-pbkdf2-hmac-sha256"):
		u.digest("passlib_pbkdf2", "$pbkdf2-sha256$"+factor+"$"+adapted(salt)+"$"+adapted(digest))
	case strings.HasPrefix(scheme, "salted-pbkdf2-hmac-sha512"):
		u.digest("passlib_pbkdf2", "$pbkdf2-sha512$"+factor+"$"+adapted(salt)+"$"+adapted(digest))
	default:
		u.lack("encryptionScheme", "digests of this scheme are not supported")
	}
}

// adapted returns base64 in passlib's alphabet, without padding.
func adapted(text string) string {
	return strings.ReplaceAll(strings.TrimRight(text, "="), "+", ".")
}
