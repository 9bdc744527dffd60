package systems

import (
	"github.com/gokuzzle/kuzzle/kuzzle/importer/values"
)

// readSuperTokens reads users in the format of SuperTokens' bulk import, where each way to
// log in is a login method of its own.
func readSuperTokens(raw []byte) (*User, error) {
	u, m, err := open(raw)
	if err != nil {
		return nil, err
	}
	u.move(m, map[string]string{"externalUserId": "id", "userMetadata": "accountMetadata.private"}) // it is for the application's servers only
	for _, method := range m.list("loginMethods") {
		verified := method.either("isVerified", "verified")
		u.email(method.text("email"), verified)
		u.phone(method.text("phoneNumber"), verified)
		u.account(method.text("thirdPartyId"), method.text("thirdPartyUserId"))
		if digest := method.text("passwordHash"); digest != "" {
			u.superTokensDigest(digest)
		}
		u.set("password", method.text("plainTextPassword"))
		if joined := method.first("timeJoinedInMSSinceEpoch", "timeJoined"); u.Fields["createdAt"] == nil {
			u.set("createdAt", joined)
		}
		method.drop("recipeId tenantIds isPrimary hashingAlgorithm superTokensUserId recipeUserId")
		for name, value := range method {
			m["loginMethods."+name] = value // not read
		}
	}
	var roles []any
	for _, role := range m.list("userRoles") {
		roles = append(roles, role.text("role"))
	}
	if len(roles) > 0 {
		u.set("roles", roles)
	}
	for _, device := range m.list("totpDevices") {
		secret := device.text("secretKey")
		if period := device.text("period"); period != "" && period != "30" {
			secret = ""
		}
		u.Apps = append(u.Apps, secret)
	}
	return u, nil
}

func (u *User) superTokensDigest(digest string) {
	if values.ShowsFormat(digest) {
		u.digest("", digest)
		return
	}
	u.lack("passwordHash", "Firebase's digests come with Firebase's own export")
}
