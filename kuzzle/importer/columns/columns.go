package columns

import (
	"maps"
	"strings"
	"sync"
)

// usual has the usual column names of any table, without case and separators, by the field
// that they mean.
var usual = map[string]string{
	"accountContacts":         "accountcontacts",
	"accountDetails":          "accountdetails",
	"accountMetadata":         "accountmetadata",
	"accountMetadata.private": "privatemetadata",
	"accountMetadata.public":  "publicmetadata",
	"accountMetadata.unsafe":  "unsafemetadata",
	"backupCodes":             "backupcodes",
	"bannedAt":                "bannedat blockedat deactivatedat disabledat suspendedat",
	"bannedUntil":             "banneduntil",
	"belongings":              "belongings",
	"content":                 "content",
	"content.firstName":       "firstname givenname",
	"content.fullname":        "displayname fullname name",
	"content.lastName":        "familyname lastname surname",
	"content.nickname":        "nickname",
	"createdAt":               "created createdat datejoined registeredat",
	"deletedAt":               "deleted deletedat isdeleted",
	"disabled":                "banned blocked deactivated disabled isbanned isblocked isdisabled islocked issuspended locked suspended",
	"email":                   "email emailaddress mail primaryemailaddress",
	"emailVerified":           "emailverified verified",
	"emailVerifiedAt":         "confirmedat emailconfirmedat emailverifiedat",
	"emails":                  "emailaddresses emails",
	"enabled":                 "active enabled isactive isenabled",
	"id":                      "externalid id sub uid userid",
	"kuid":                    "kuid",
	"lastActiveAt":            "lastactiveat",
	"lastSignInAt":            "lastsigninat",
	"lockedAt":                "lockedat",
	"lockedUntil":             "lockeduntil",
	"mustChangePassword":      "forcepasswordchange mustchangepassword passwordresetrequired",
	"password":                "password plaintextpassword",
	"passwordChange":          "passwordchange",
	"passwordDigest":          "cryptedpassword digest encryptedpassword hash passworddigest passwordhash",
	"passwordHasher":          "hashalgorithm hasher passwordhasher",
	"passwordSalt":            "hashsalt passwordsalt salt",
	"phone":                   "mobile phone phonenumber primaryphonenumber",
	"phoneVerified":           "phonenumberverified phoneverified",
	"phoneVerifiedAt":         "phoneconfirmedat phoneverifiedat",
	"phones":                  "phonenumbers phones",
	"private":                 "private",
	"profiles":                "profile profileids profiles",
	"roles":                   "groups roles",
	"status":                  "accountstatus state status userstatus",
	"totpSecret":              "totpsecret",
	"unverifiedEmails":        "unverifiedemailaddresses unverifiedemails",
	"unverifiedPhones":        "unverifiedphonenumbers unverifiedphones",
	"username":                "login loginname preferredusername userlogin username",
	"verifiedEmails":          "verifiedemailaddresses verifiedemails",
	"verifiedPhones":          "verifiedphonenumbers verifiedphones",
}

// own has the column names of a format, whose meanings are the format's own. Formats in bare
// have no other columns; others have the usual ones too.
var own = map[string]map[string]string{
	"csv": {}, "clerk": {},
	"cognito": {
		"content.address":           "address",
		"content.birthdate":         "birthdate",
		"content.gender":            "gender",
		"content.locale":            "locale",
		"content.middleName":        "middlename",
		"content.picture":           "picture",
		"content.preferredUsername": "preferredusername",
		"content.profile":           "profile",
		"content.website":           "website",
		"content.zoneinfo":          "zoneinfo",
		"enabled":                   "cognito:enabled",
		"ignore":                    "updatedat",
		"private.mfaEnabled":        "cognito:mfaenabled",
		"roles":                     "cognito:groups",
		"username":                  "cognito:username",
	},
	"django": {
		"content.firstName":   "firstname",
		"content.lastName":    "lastname",
		"createdAt":           "datejoined",
		"email":               "email",
		"enabled":             "isactive",
		"id":                  "id",
		"ignore":              "lastlogin",
		"passwordDigest":      "password",
		"private.isStaff":     "isstaff",
		"private.isSuperuser": "issuperuser",
		"username":            "username",
	},
	"drupal": {
		"content.locale":   "language preferredlangcode",
		"content.timezone": "timezone",
		"createdAt":        "created",
		"email":            "mail",
		"enabled":          "status",
		"id":               "uid",
		"passwordDigest":   "pass",
		"roles":            "roles",
		"username":         "name",
	},
	"firebase": {
		"account.google.com":           "googleid",
		"account.facebook.com":         "facebookid",
		"account.twitter.com":          "twitterid",
		"account.github.com":           "githubid",
		"account.apple.com":            "appleid",
		"account.microsoft.com":        "microsoftid",
		"account.gc.apple.com":         "gamecenterid",
		"account.playgames.google.com": "playgamesid",
		"account.linkedin.com":         "linkedinid",
		"account.yahoo.com":            "yahooid",
		"accountMetadata.public":       "customattributes",
		"content.picture":              "photourl",
		// They repeat the user's own.
		"ignore": "googleemail googlename googlephoto facebookemail facebookname facebookphoto twitteremail twittername twitterphoto githubemail githubname githubphoto appleemail applename applephoto microsoftemail microsoftname microsoftphoto gamecenteremail gamecentername gamecenterphoto playgamesemail playgamesname playgamesphoto linkedinemail linkedinname linkedinphoto yahooemail yahooname yahoophoto",
	},
	"supabase": {
		"accountMetadata.public":   "rawappmetadata",
		"accountMetadata.unsafe":   "rawusermetadata",
		"ignore":                   "aud confirmedat instanceid isanonymous issuperadmin role",
		"private.emailConfirmedAt": "emailconfirmedat",
		"private.phoneConfirmedAt": "phoneconfirmedat",
	},
	"wordpress": {
		"content.firstName": "firstname",
		"content.fullname":  "displayname",
		"content.lastName":  "lastname",
		"content.nicename":  "usernicename",
		"content.url":       "userurl",
		"createdAt":         "userregistered",
		"deletedAt":         "deleted",
		"disabled":          "spam",
		"email":             "useremail",
		"id":                "id",
		"ignore":            "useractivationkey userstatus",
		"passwordDigest":    "userpass",
		"roles":             "roles",
		"username":          "userlogin",
	},
}

var bare = map[string]bool{"django": true, "drupal": true, "wordpress": true}

// Headers have the columns of tables that are written without a header.
var Headers = map[string][]string{
	"firebase": {
		"uid", "email", "emailVerified", "passwordHash", "salt", "displayName", "photoUrl", "googleId", "googleEmail", "googleName", "googlePhoto",
		"facebookId", "facebookEmail", "facebookName", "facebookPhoto", "twitterId", "twitterEmail", "twitterName", "twitterPhoto",
		"githubId", "githubEmail", "githubName", "githubPhoto", "createdAt", "lastSignInAt", "phoneNumber", "disabled", "customAttributes",
		"appleId", "appleEmail", "appleName", "applePhoto", "microsoftId", "microsoftEmail", "microsoftName", "microsoftPhoto",
		"gameCenterId", "gameCenterEmail", "gameCenterName", "gameCenterPhoto", "playGamesId", "playGamesEmail", "playGamesName", "playGamesPhoto",
		"linkedinId", "linkedinEmail", "linkedinName", "linkedinPhoto", "yahooId", "yahooEmail", "yahooName", "yahooPhoto",
	},
}

// Usual returns the field of each usual column. All maps of this package are made once
// and are not to be changed.
var Usual = sync.OnceValue(func() map[string]string { return byColumn(usual) })

// All returns the field of each column, by format.
var All = sync.OnceValue(func() map[string]map[string]string {
	all := map[string]map[string]string{}
	for format, names := range own {
		all[format] = map[string]string{}
		if !bare[format] {
			maps.Copy(all[format], Usual())
		}
		maps.Copy(all[format], byColumn(names))
	}
	maps.Copy(all, Applications())
	return all
})

func byColumn(names map[string]string) map[string]string {
	fields := map[string]string{}
	for field, list := range names {
		for _, name := range strings.Fields(list) {
			fields[name] = field
		}
	}
	return fields
}

// Plain returns a column's name without case and separators.
func Plain(name string) string {
	return strings.Map(func(c rune) rune {
		if c == '_' || c == '-' || c == ' ' || c == '.' {
			return -1
		}
		return c
	}, strings.ToLower(name))
}
