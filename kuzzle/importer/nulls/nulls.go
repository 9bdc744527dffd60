package nulls

import (
	"bytes"
	"encoding/json"
	"strings"

	"github.com/gokuzzle/kuzzle/kuzzle/importer/kinds"
	"github.com/gokuzzle/kuzzle/kuzzle/plainjson"
)

// meanings maps a member of a JSON object to the fields, separated by spaces, that null in
// it removes. A nested member is named with a dot.
type meanings map[string]string

var formats = map[string]meanings{
	"auth0": {
		"username": "username", "email": "email", "phone_number": "phone", "given_name": "content.firstName",
		"family_name": "content.lastName", "name": "content.fullname", "nickname": "content.nickname", "picture": "content.picture",
		"passwordHash": "passwordDigest", "password_hash": "passwordDigest", "identities": "accounts",
		"app_metadata": "accountMetadata.private", "user_metadata": "accountMetadata.unsafe",
	},
	kinds.Clerk: {
		"username": "username", "first_name": "content.firstName", "last_name": "content.lastName",
		"email_addresses": "emails", "phone_numbers": "phones", "web3_wallets": "wallets", "password_digest": "passwordDigest",
		"totp_secret": "totpSecret", "backup_codes": "backupCodes", "external_accounts": "accounts",
		"public_metadata": "accountMetadata.public", "private_metadata": "accountMetadata.private", "unsafe_metadata": "accountMetadata.unsafe",
	},
	"firebase": {
		"email": "email", "phoneNumber": "phone", "displayName": "content.fullname", "photoUrl": "content.picture",
		"customAttributes": "accountMetadata.public", "passwordHash": "passwordDigest", "providerUserInfo": "accounts",
	},
	"keycloak": {
		"username": "username", "email": "email", "firstName": "content.firstName", "lastName": "content.lastName",
		"attributes": "content.attributes", "federatedIdentities": "accounts", "credentials": "passwordDigest totpSecret",
	},
	"kratos": {
		"traits.email": "email", "traits.username": "username", "metadata_public": "accountMetadata.public", "metadata_admin": "accountMetadata.private",
		"credentials.password": "passwordDigest", "credentials.password.config.hashed_password": "passwordDigest", "credentials.oidc": "accounts",
		"credentials": "passwordDigest accounts totpSecret backupCodes", "credentials.totp": "totpSecret", "credentials.lookup_secret": "backupCodes",
	},
	kinds.Kuzzle: {"credentials": "credentials"},
}

// Find returns the fields that are null in an object of a format. The text is valid JSON.
func Find(format string, object json.RawMessage) (fields []string, err error) {
	return formats[format].find(object, "")
}

func (of meanings) find(object json.RawMessage, under string) (fields []string, err error) {
	if len(of) == 0 || !bytes.Contains(object, []byte("null")) {
		return nil, nil
	}
	for m, err := range plainjson.Members(object) {
		if err != nil {
			return nil, err
		}
		path := under + m.Name
		switch {
		case string(m.Value) == "null":
			fields = append(fields, strings.Fields(of[path])...)
		case m.IsObject() && of.goOn(path+"."):
			inner, err := of.find(m.Value, path+".")
			if err != nil {
				return nil, err
			}
			fields = append(fields, inner...)
		}
	}
	return fields, nil
}

// goOn reports whether a member has members that mean something.
func (of meanings) goOn(under string) bool {
	for path := range of {
		if strings.HasPrefix(path, under) {
			return true
		}
	}
	return false
}
