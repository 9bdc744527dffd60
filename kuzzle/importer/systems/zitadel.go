package systems

import "strings"

// readZitadel reads a user of Zitadel's export, or of its lists of users, where more is in the
// member human.
func readZitadel(raw []byte) (*User, error) {
	u, m, err := open(raw)
	if err != nil {
		return nil, err
	}
	u.set("id", m.first("userId", "id"))
	switch m.text("state") {
	case "USER_STATE_INACTIVE", "USER_STATE_SUSPEND":
		u.set("disabled", true)
	case "USER_STATE_DELETED":
		u.set("deletedAt", true)
	case "USER_STATE_LOCKED":
		u.Locked = true
	}
	if details := m.object("details"); details != nil {
		u.set("createdAt", text(details["creationDate"]))
	}
	if m["machine"] != nil {
		u.Skip = "the user is a machine, which logs in with keys"
	}
	login, at := m.first("username", "userName"), m.object("user")
	if at == nil {
		at = m.object("human")
	}
	u.zitadelHuman(at, login)
	m.drop("loginNames preferredLoginName")
	for name, value := range at {
		if _, has := m[name]; !has {
			m[name] = value // the user's as well
		}
	}
	return u, nil
}

func (u *User) zitadelHuman(m members, login string) {
	profile, email, phone := m.object("profile"), m.object("email"), m.object("phone")
	u.move(profile, map[string]string{
		"firstName": "content.firstName", "givenName": "content.firstName", "lastName": "content.lastName", "familyName": "content.lastName",
		"displayName": "content.fullname", "nickName": "content.nickname", "preferredLanguage": "content.preferredLanguage", "avatarUrl": "content.picture",
	})
	if gender := profile.text("gender"); gender != "GENDER_UNSPECIFIED" {
		u.set("content.gender", strings.ToLower(strings.TrimPrefix(gender, "GENDER_")))
	}
	u.email(email.text("email"), email.either("isEmailVerified", "isVerified"))
	u.phone(phone.text("phone"), phone.either("isPhoneVerified", "isVerified"))
	if m["userName"] != nil {
		login = m.text("userName")
	}
	u.login(login, len(u.Emails) > 0 && u.Emails[0].Value == login && u.Emails[0].Verified)
	if hashed := m.object("hashedPassword"); hashed != nil {
		u.digest("", text(hashed["value"]))
	}
	u.set("password", m.text("password"))
	u.set("mustChangePassword", m.take("passwordChangeRequired"))
	if code := m.text("otpCode"); code != "" {
		u.Apps = append(u.Apps, code)
	}
	for _, link := range m.list("idps") {
		u.account(link.first("configId", "idpId"), link.first("externalUserId", "userId"))
	}
}

// either reports whether one of two members is true. Zitadel leaves out what is false.
func (m members) either(names ...string) bool {
	is := false
	for _, name := range names {
		yes, _ := m.take(name).(bool)
		is = is || yes
	}
	return is
}
