package importer

import (
	"encoding/json"
	"maps"
	"strings"

	"github.com/gokuzzle/kuzzle/kuzzle/accounts/users"
)

// tables returns the layouts of CSV by format.
func tables(o Options) map[string]layout {
	return map[string]layout{
		"csv":       {columns: common()},
		clerkFormat: {columns: common(), finish: clerkNames},
		"cognito":   {columns: cognitoColumns(), finish: func(r *Row) { finishCognito(r, o.Cognito) }},
		"supabase":  {columns: supabaseColumns(), finish: finishSupabase},
		"wordpress": {columns: wordpressColumns(), finish: func(r *Row) { r.Hasher = hasherOf(r.Digest, "wordpress") }},
		"drupal":    {columns: drupalColumns(), finish: finishDrupal},
		"firebase":  {columns: firebaseColumns(), header: firebaseHeader, finish: func(r *Row) { firebaseDigest(r, o.Firebase) }},
		"django":    {columns: djangoColumns(), finish: finishDjango},
	}
}

// common maps the usual column names of any table to fields.
func common() map[string]field {
	columns := map[string]field{}
	for f, names := range map[field]string{
		idField: "id externalid userid uid sub", kuidField: "kuid", usernameField: "username login userlogin loginname preferredusername",
		emailField: "email emailaddress mail primaryemailaddress", emailsField: "emails emailaddresses", provenEmails: "verifiedemailaddresses verifiedemails",
		otherEmails: "unverifiedemailaddresses unverifiedemails", emailVerified: "emailverified verified",
		phoneField: "phone phonenumber primaryphonenumber mobile", phonesField: "phones phonenumbers", provenPhones: "verifiedphonenumbers verifiedphones",
		otherPhones: "unverifiedphonenumbers unverifiedphones", phoneVerified: "phoneverified phonenumberverified",
		saltField: "salt passwordsalt hashsalt", passwordField: "password plaintextpassword", digestField: "passworddigest passwordhash encryptedpassword digest hash",
		hasherField: "passwordhasher hasher hashalgorithm", profilesField: "profiles profileids profile", rolesField: "roles groups",
		totpField: "totpsecret", backupField: "backupcodes", createdField: "createdat created datejoined registeredat",
		disabledField: "disabled blocked banned suspended deactivated isdisabled isblocked isbanned issuspended islocked locked", enabledField: "enabled active isactive isenabled",
		bannedField: "bannedat suspendedat disabledat blockedat deactivatedat", deletedField: "deletedat deleted isdeleted", banEndField: "banneduntil", statusField: "status state userstatus accountstatus", mustField: "mustchangepassword forcepasswordchange passwordresetrequired",
		emailProvedAt: "emailverifiedat emailconfirmedat confirmedat", phoneProvedAt: "phoneverifiedat phoneconfirmedat",
		lockedField: "lockedat", lockEndField: "lockeduntil", signInField: "lastsigninat", activeField: "lastactiveat", changeField: "passwordchange",
		"content.nickname": "nickname", firstNameField: "firstname givenname", lastNameField: "lastname familyname surname", fullNameField: "fullname name displayname",
		publicKind: "publicmetadata", privateKind: "privatemetadata", unsafeKind: "unsafemetadata",
		contentField: "content", privateField: "private", belongingsField: "belongings", metadataField: "accountmetadata", contactsField: "accountcontacts", detailsField: "accountdetails",
	} {
		for _, name := range strings.Fields(names) {
			columns[name] = f
		}
	}
	return columns
}

func with(base map[string]field, more map[string]field) map[string]field {
	maps.Copy(base, more)
	return base
}

func cognitoColumns() map[string]field {
	return with(common(), map[string]field{
		"cognito:username": usernameField, "cognito:mfaenabled": "private.mfaEnabled", "cognito:enabled": enabledField,
		"preferredusername": "content.preferredUsername", "nickname": "content.nickname", "locale": "content.locale", "middlename": "content.middleName",
		"picture": "content.picture", "website": "content.website", "gender": "content.gender", "birthdate": "content.birthdate",
		"zoneinfo": "content.zoneinfo", "address": "content.address", "profile": "content.profile", "updatedat": ignored,
		"cognito:groups": rolesField,
	})
}

// finishCognito makes a digest that names the user pool, since Cognito exports no digests.
func finishCognito(r *Row, c Cognito) {
	if r.ExternalID == "" {
		r.ExternalID = r.Username
	}
	if c.Pool != "" && r.Username != "" {
		r.Digest, r.Hasher = "awscognito#"+c.Pool+"#"+c.Client+"#"+r.Username, "awscognito"
	}
}

func supabaseColumns() map[string]field {
	return with(common(), map[string]field{
		"role": ignored, "emailconfirmedat": "private.emailConfirmedAt", "phoneconfirmedat": "private.phoneConfirmedAt", "confirmedat": ignored,
		"rawappmetadata": publicKind, "rawusermetadata": unsafeKind, "issuperadmin": ignored, "isanonymous": ignored, "instanceid": ignored, "aud": ignored,
	})
}

func finishSupabase(r *Row) {
	for i := range r.Emails {
		r.Emails[i].Verified, r.Emails[i].Assumed = r.Private["emailConfirmedAt"] != nil, false
	}
	for i := range r.Phones {
		r.Phones[i].Assumed = false
		if r.Phones[i].Verified = r.Private["phoneConfirmedAt"] != nil; !strings.HasPrefix(r.Phones[i].Value, "+") {
			r.Phones[i].Value = "+" + r.Phones[i].Value // Supabase omits it
		}
	}
	app, _ := r.Metadata[users.PublicMetadata].(map[string]any)
	user, _ := r.Metadata[users.UnsafeMetadata].(map[string]any)
	r.identity(supabaseProvider(app), supabaseID(user))
	r.Hasher = hasherOf(r.Digest, "")
}

// supabaseProvider returns the user's only provider besides the own addresses, "" for none.
// If there are several, the table does not show which of them the id belongs to.
func supabaseProvider(app map[string]any) string {
	all, _ := app["providers"].([]any)
	found := ""
	for _, one := range append(all, app["provider"]) {
		name, _ := one.(string)
		switch {
		case name == "" || name == "email" || name == "phone" || name == found:
		case found != "":
			return ""
		default:
			found = name
		}
	}
	return found
}

func supabaseID(user map[string]any) string {
	id, _ := user["provider_id"].(string)
	if id == "" {
		id, _ = user["sub"].(string)
	}
	return id
}

func wordpressColumns() map[string]field {
	return map[string]field{
		"id": idField, "userlogin": usernameField, "userpass": digestField, "useremail": emailField, "userurl": "content.url",
		"userregistered": createdField, "displayname": fullNameField, "usernicename": "content.nicename", "roles": rolesField,
		"useractivationkey": ignored, "userstatus": ignored, "firstname": firstNameField, "lastname": lastNameField,
	}
}

// firebaseHeader has the columns of auth:export's table, which has no header.
var firebaseHeader = []string{
	"uid", "email", "emailVerified", "passwordHash", "salt", "displayName", "photoUrl", "googleId", "googleEmail", "googleName", "googlePhoto",
	"facebookId", "facebookEmail", "facebookName", "facebookPhoto", "twitterId", "twitterEmail", "twitterName", "twitterPhoto",
	"githubId", "githubEmail", "githubName", "githubPhoto", "createdAt", "lastSignInAt", "phoneNumber", "disabled", "customAttributes",
}

func firebaseColumns() map[string]field {
	return with(common(), map[string]field{
		"photourl": "content.picture", "customattributes": publicKind,
		// The names and pictures at providers repeat those of the user.
		"googleemail": ignored, "googlename": ignored, "googlephoto": ignored, "facebookemail": ignored, "facebookname": ignored, "facebookphoto": ignored,
		"twitteremail": ignored, "twittername": ignored, "twitterphoto": ignored, "githubemail": ignored, "githubname": ignored, "githubphoto": ignored,
		"googleid": "account.google.com", "facebookid": "account.facebook.com", "twitterid": "account.twitter.com", "githubid": "account.github.com",
	})
}

func drupalColumns() map[string]field {
	return map[string]field{
		"uid": idField, "name": usernameField, "pass": digestField, "mail": emailField, "status": enabledField, "created": createdField,
		"timezone": "content.timezone", "preferredlangcode": "content.locale", "language": "content.locale", "roles": rolesField,
	}
}

func finishDrupal(r *Row) {
	r.Hasher = hasherOf(r.Digest, "")
	if strings.HasPrefix(r.Digest, "$S$") || strings.HasPrefix(r.Digest, "U$S$") {
		r.Hasher = "drupal7"
	}
}

func djangoColumns() map[string]field {
	return map[string]field{
		"id": idField, "username": usernameField, "password": digestField, "email": emailField, "firstname": firstNameField,
		"lastname": lastNameField, "datejoined": createdField, "isactive": enabledField, "issuperuser": "private.isSuperuser",
		"isstaff": "private.isStaff", "lastlogin": ignored,
	}
}

// finishDjango removes Django's marks for unusable passwords.
func finishDjango(r *Row) {
	if !strings.HasPrefix(r.Digest, "!") {
		r.Hasher = hasherOf(r.Digest, djangoHasher(r.Digest))
	}
}

// wasDeleted is the reason for skipping users that are deleted in the source.
const wasDeleted = "the user is deleted in the source"

func djangoHasher(digest string) string {
	name, _, _ := strings.Cut(digest, "$")
	switch name {
	case "bcrypt_sha256":
		return "bcrypt_sha256_django"
	case "pbkdf2_sha256":
		return "pbkdf2_sha256_django"
	}
	return "django"
}

// djangoObjects reads objects with the columns of Django's table of users, or the objects of
// dumpdata: the model, the id, and an object with the other columns.
func djangoObjects(o Options) decoder {
	read := objects(tables(o)["django"], o.Map)
	return func(raw []byte, key string, r *Row) error {
		var dumped struct {
			Model  string
			ID     text `json:"pk"`
			Fields json.RawMessage
		}
		if err := json.Unmarshal(raw, &dumped); err != nil {
			return err
		}
		if dumped.Model == "" {
			return read(raw, key, r)
		}
		if err := read(dumped.Fields, key, r); err != nil {
			return err
		}
		r.ExternalID = string(dumped.ID)
		if r.Username == "" && len(r.Emails) == 0 {
			r.skip = &RowError{"model", "the object is not a user"}
		}
		return nil
	}
}

// hasherOf returns the given format, except for digests that show bcrypt or argon2
// themselves, which many systems use.
func hasherOf(digest, otherwise string) string {
	if digest == "" || strings.HasPrefix(digest, "$2") || strings.HasPrefix(digest, "$argon2") {
		return ""
	}
	return otherwise
}

// cognitoObjects reads the output of list-users: attributes by name, and a few members.
func cognitoObjects(o Options) decoder {
	l := tables(o)["cognito"]
	l.columns["usercreatedate"], l.columns["enabled"], l.columns["mustchange"] = createdField, enabledField, mustField
	read := objects(l, o.Map)
	return func(raw []byte, key string, r *Row) error {
		var u struct {
			Username, UserStatus string
			Attributes           []struct{ Name, Value string }
			UserCreateDate       text
			Enabled              *bool
			Factors              []string `json:"UserMFASettingList"`
		}
		if err := json.Unmarshal(raw, &u); err != nil {
			return err
		}
		flat := map[string]any{"cognito:username": u.Username, "usercreatedate": u.UserCreateDate}
		for _, a := range u.Attributes {
			flat[a.Name] = a.Value
		}
		if u.Enabled != nil {
			flat["enabled"] = *u.Enabled
		}
		flat["mustchange"] = u.UserStatus == "FORCE_CHANGE_PASSWORD" || u.UserStatus == "RESET_REQUIRED"
		r.FactorLeft = len(u.Factors) > 0
		return read([]byte(jsonText(flat)), key, r)
	}
}

// jsonText returns a value as compact JSON.
func jsonText(value any) string {
	text, err := json.Marshal(value)
	if err != nil {
		return ""
	}
	return string(text)
}
