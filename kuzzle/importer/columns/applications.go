package columns

import (
	"maps"
	"slices"
	"strings"
	"sync"
)

// applications has the column names of formats in whose tables the usual columns mean the
// usual, except those of our own exports.
var applications = map[string]map[string]string{
	// Columns of the tables of users of Better Auth and of Auth.js, which have no digests. Their
	// meanings are those of the objects.
	"authjs":      {"emailVerifiedAt": "emailverified"},
	"better-auth": {"disabled": "banned", "bannedUntil": "banexpires"},
	// Columns of Devise's modules, and of devise-two-factor, omniauth and devise_invitable.
	"devise": {
		"factorLeft":         "otprequiredforlogin",
		"ignore":             "authenticationtoken confirmationsentat confirmationtoken consumedtimestep currentsigninip encryptedotpsecret encryptedotpsecretiv encryptedotpsecretsalt failedattempts invitationacceptedat invitationcreatedat invitationlimit invitationscount invitationsentat invitationtoken invitedbyid invitedbytype lastsigninat lastsigninip otpbackupcodes otpsecret passwordsalt remembercreatedat remembertoken resetpasswordsentat resetpasswordtoken signincount unlocktoken updatedat",
		"lastSignInAt":       "currentsigninat",
		"passwordDigest":     "encryptedpassword",
		"private.provider":   "provider",
		"private.providerId": "uid",
		"unverifiedEmails":   "unconfirmedemail",
	},
	// The Admin console's columns say in brackets how an upload treats them.
	"google-workspace": {
		"content.buildingId":    "buildingid",
		"content.costCenter":    "costcenter",
		"content.department":    "department",
		"content.employeeId":    "employeeid",
		"content.employeeTitle": "employeetitle",
		"content.employeeType":  "employeetype",
		"content.firstName":     "firstname[required]",
		"content.floorName":     "floorname",
		"content.floorSection":  "floorsection",
		"content.homeAddress":   "homeaddress",
		"content.homePhone":     "homephone",
		"content.lastName":      "lastname[required]",
		"content.managerEmail":  "manageremail",
		"content.mobilePhone":   "mobilephone",
		"content.orgUnitPath":   "orgunitpath[required]",
		"content.workAddress":   "workaddress",
		"content.workPhone":     "workphone",
		"email":                 "emailaddress[required]",
		"factorLeft":            "2svenrolled[readonly]",
		"ignore":                "2svenforced[readonly] advancedprotectionprogramenrollment driveusage[readonly] emailusage[readonly] licenses[readonly] newlicenses[uploadonly] newprimaryemail[uploadonly] newstatus[uploadonly] passwordhashfunction[uploadonly] photosusage[readonly] storagelimit[readonly] storageused[readonly] totalstorage[readonly]",
		"lastSignInAt":          "lastsignin[readonly]",
		"mustChangePassword":    "changepasswordatnextsignin",
		"password":              "password[required]",
		"status":                "status[readonly]",
		"unverifiedEmails":      "homesecondaryemail recoveryemail worksecondaryemail",
		"unverifiedPhones":      "recoveryphone[mustbeinthee164format]",
	},
	// Columns of Laravel's users, and of Fortify, Jetstream and Socialite's guide.
	"laravel": {
		"account.facebook": "facebookid",
		"account.github":   "githubid",
		"account.google":   "googleid",
		"content.picture":  "avatar profilephotopath",
		"factorLeft":       "twofactorsecret",
		"ignore":           "apitoken remembertoken twofactorconfirmedat twofactorrecoverycodes updatedat",
		"passwordDigest":   "password",
	},
	// Attributes of profiles, by their names in the API and in reports.
	"okta": {
		"content.city":              "city",
		"content.costCenter":        "costcenter",
		"content.countryCode":       "countrycode",
		"content.department":        "department",
		"content.division":          "division",
		"content.employeeNumber":    "employeenumber",
		"content.honorificPrefix":   "honorificprefix",
		"content.honorificSuffix":   "honorificsuffix",
		"content.locale":            "locale",
		"content.manager":           "manager",
		"content.managerId":         "managerid",
		"content.middleName":        "middlename",
		"content.nickname":          "nickname",
		"content.organization":      "organization",
		"content.postalAddress":     "postaladdress",
		"content.preferredLanguage": "preferredlanguage",
		"content.primaryPhone":      "primaryphone",
		"content.profileUrl":        "profileurl",
		"content.state":             "state",
		"content.streetAddress":     "streetaddress",
		"content.timezone":          "timezone",
		"content.title":             "title",
		"content.userType":          "usertype",
		"content.zipCode":           "zipcode",
		"email":                     "email primaryemail",
		"id":                        "userid",
		"ignore":                    "activated credentialtype lastupdated passwordchanged statuschanged transitioningtostatus",
		"lastSignInAt":              "lastlogin",
		"status":                    "oktauserstatus",
		"unverifiedEmails":          "secondaryemail secondemail",
		"unverifiedPhones":          "mobilephone",
		"username":                  "login oktausername username",
	},
	// Columns of auth collections, before version 0.23 and since.
	"pocketbase": {
		"content.avatar": "avatar",
		"ignore":         "collectionid collectionname emailvisibility expand lastloginalertsentat lastresetsentat lastverificationsentat tokenkey updated",
		"passwordDigest": "password passwordhash",
	},
}

// Applications returns the field of each column of the applications' tables, by format.
var Applications = sync.OnceValue(func() map[string]map[string]string {
	all := map[string]map[string]string{}
	for format, names := range applications {
		all[format] = maps.Clone(Foreign())
		maps.Copy(all[format], byColumn(names))
	}
	return all
})

// Foreign returns the field of each usual column, without those that only our exports have.
// Elsewhere such a name, such as profile, means something else.
var Foreign = sync.OnceValue(func() map[string]string {
	fields := maps.Clone(Usual())
	maps.DeleteFunc(fields, func(_, field string) bool {
		own := []string{"kuid", "profiles", "content", "private", "belongings", "accountContacts", "accountDetails", "accountMetadata", "passwordChange"}
		return slices.Contains(own, field) || strings.HasPrefix(field, "accountMetadata.")
	})
	return fields
})
