package importer

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"

	"github.com/gokuzzle/kuzzle/kuzzle/accounts/imports"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/users"
	"github.com/gokuzzle/kuzzle/kuzzle/importer/rows"
	"github.com/gokuzzle/kuzzle/kuzzle/plainjson"
	"github.com/gokuzzle/kuzzle/strategies/external"
)

// meanings maps a member of a JSON object to the fields, separated by spaces, that null in
// it removes. A nested member is named with a dot.
type meanings map[string]string

// nullable adds the handling of null members to a decoder of objects.
func nullable(decode decoder, of meanings) decoder {
	return func(raw []byte, key string, r *Row) error {
		if err := decode(raw, key, r); err != nil {
			return err
		}
		return of.find(raw, "", r)
	}
}

// find notes the members that are null. The text is valid JSON.
func (of meanings) find(raw json.RawMessage, under string, r *Row) error {
	if !bytes.Contains(raw, []byte("null")) {
		return nil
	}
	for m, err := range plainjson.Members(raw) {
		if err != nil {
			return err
		}
		path := under + m.Name
		switch {
		case string(m.Value) == "null":
			for _, f := range strings.Fields(of[path]) {
				r.Null(rows.Field(f))
			}
		case m.IsObject() && of.goOn(path+"."):
			if err := of.find(m.Value, path+".", r); err != nil {
				return err
			}
		}
	}
	return nil
}

func (of meanings) goOn(under string) bool {
	for path := range of {
		if strings.HasPrefix(path, under) {
			return true
		}
	}
	return false
}

// metadataNulls removes the kinds of metadata that are null in the source.
func metadataNulls(r *Row) {
	for _, f := range r.Nulls {
		head, kind, one := strings.Cut(string(f), ".")
		kinds := users.MetadataKinds()
		switch {
		case rows.Field(head) != rows.MetadataField:
			continue
		case one:
			kinds = []string{kind}
		}
		for _, kind := range kinds {
			if r.Metadata[kind] == nil {
				r.AddMetadata(kind, nil)
			}
		}
	}
}

// removes returns the parts to remove from the user, in the terms of [imports.Row]. A field
// that also has a value is not removed.
func removes(r *Row) []string {
	var gone []string
	for _, f := range r.Nulls {
		gone = append(gone, removed(r, f)...)
	}
	slices.Sort(gone)
	return slices.Compact(gone)
}

func removed(r *Row, f rows.Field) []string {
	credential := func(strategy string, names ...string) string {
		return strings.Join(append([]string{imports.CredentialsPart, strategy}, names...), ".")
	}
	name := func(kind string) []string {
		return []string{credential(digestStrategy, kind), credential(external.Name, kind)}
	}
	contact := func(kind string) string { return imports.ContactsPart + "." + kind }
	switch f {
	case rows.EmailField, rows.EmailsField:
		if len(r.Emails) == 0 {
			return append(name(KeyEmail), "content.email", "content.emailVerified", "private.emails", contact(users.Email))
		}
	case rows.PhoneField, rows.PhonesField:
		if len(r.Phones) == 0 {
			return append(name(KeyPhone), "content.phone", "content.phoneVerified", "private.phones", contact(users.Phone))
		}
	case rows.WalletsField:
		if len(r.Wallets) == 0 {
			return []string{contact(users.Wallet)}
		}
	case rows.ContactsField:
		return []string{imports.ContactsPart}
	case rows.UsernameField:
		if r.Username == "" {
			return name(KeyUsername)
		}
	case rows.PasswordField, rows.DigestField:
		if r.Digest == "" && r.Password == "" {
			return []string{credential(digestStrategy, string(rows.DigestField))}
		}
	case rows.TOTPField:
		return []string{"factors." + totpFactor}
	case rows.BackupField:
		return []string{"factors." + backupFactor}
	case rows.AccountsField:
		return []string{credential(external.Name, external.Accounts)}
	case rows.ContentField, rows.PrivateField, rows.FactorsField, rows.CredentialsField, rows.DetailsField:
		return []string{string(f)}
	}
	switch head, _, _ := strings.Cut(string(f), "."); rows.Field(head) {
	case rows.ContentField, rows.PrivateField, rows.DetailsField:
		return []string{string(f)}
	}
	return nil
}

// Null members of the sources.
var (
	auth0Nulls = meanings{
		"username": "username", "email": "email", "phone_number": "phone", "given_name": "content.firstName",
		"family_name": "content.lastName", "name": "content.fullname", "nickname": "content.nickname", "picture": "content.picture",
		"passwordHash": "passwordDigest", "password_hash": "passwordDigest", "identities": "accounts",
		"app_metadata": "accountMetadata.private", "user_metadata": "accountMetadata.unsafe",
	}
	firebaseNulls = meanings{
		"email": "email", "phoneNumber": "phone", "displayName": "content.fullname", "photoUrl": "content.picture",
		"customAttributes": "accountMetadata.public", "passwordHash": "passwordDigest", "providerUserInfo": "accounts",
	}
	keycloakNulls = meanings{
		"username": "username", "email": "email", "firstName": "content.firstName", "lastName": "content.lastName",
		"attributes": "content.attributes", "federatedIdentities": "accounts", "credentials": "passwordDigest totpSecret",
	}
	kratosNulls = meanings{
		"traits.email": "email", "traits.username": "username", "metadata_public": "accountMetadata.public", "metadata_admin": "accountMetadata.private",
		"credentials.password": "passwordDigest", "credentials.password.config.hashed_password": "passwordDigest", "credentials.oidc": "accounts",
		"credentials": "passwordDigest accounts totpSecret backupCodes", "credentials.totp": "totpSecret", "credentials.lookup_secret": "backupCodes",
	}
	kuzzleNulls = meanings{"credentials": "credentials"}
)
