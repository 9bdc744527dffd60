package importer

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"

	"github.com/gokuzzle/kuzzle/kuzzle/accounts/imports"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/users"
	"github.com/gokuzzle/kuzzle/kuzzle/plainjson"
	"github.com/gokuzzle/kuzzle/strategies/external"
)

// Fields that JSON alone has, as lists or objects.
const (
	accountsField    field = "accounts"
	walletsField     field = "wallets"
	factorsField     field = "factors"
	credentialsField field = "credentials"
)

// meanings are the fields, between blanks, that members of a JSON object stand for
// when they are null. A member of a member has both names, with a dot between them.
type meanings map[string]string

// nullable is a decoder of objects whose members can be null.
func nullable(decode decoder, of meanings) decoder {
	return func(raw []byte, key string, r *Row) error {
		if err := decode(raw, key, r); err != nil {
			return err
		}
		return of.find(raw, "", r)
	}
}

// find notes which members are null. The text is valid JSON.
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
				r.null(field(f))
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

// metadataNulls has the kinds of metadata removed that the source says are null.
func (r *Row) metadataNulls() {
	for _, f := range r.nulls {
		head, kind, one := strings.Cut(string(f), ".")
		kinds := users.MetadataKinds()
		switch {
		case field(head) != metadataField:
			continue
		case one:
			kinds = []string{kind}
		}
		for _, kind := range kinds {
			if r.Metadata[kind] == nil {
				r.kept(kind, nil)
			}
		}
	}
}

// null notes that the source says of a field that the user has no such thing. A
// source that does not mention the field says nothing of it.
func (r *Row) null(f field) {
	if f != "" && f != ignored {
		r.nulls = append(r.nulls, f)
	}
}

// removes are the parts that the user has no more, in the words of
// [imports.Row]. A field that the source also gives a value is not removed.
func (r *Row) removes() []string {
	var gone []string
	for _, f := range r.nulls {
		gone = append(gone, r.removed(f)...)
	}
	slices.Sort(gone)
	return slices.Compact(gone)
}

func (r *Row) removed(f field) []string {
	credential := func(strategy string, names ...string) string {
		return strings.Join(append([]string{imports.CredentialsPart, strategy}, names...), ".")
	}
	name := func(kind string) []string {
		return []string{credential(digestStrategy, kind), credential(external.Name, kind)}
	}
	contact := func(kind string) string { return imports.ContactsPart + "." + kind }
	switch f {
	case emailField, emailsField:
		if len(r.Emails) == 0 {
			return append(name(KeyEmail), "content.email", "content.emailVerified", "private.emails", contact(users.Email))
		}
	case phoneField, phonesField:
		if len(r.Phones) == 0 {
			return append(name(KeyPhone), "content.phone", "content.phoneVerified", "private.phones", contact(users.Phone))
		}
	case walletsField:
		if len(r.Wallets) == 0 {
			return []string{contact(users.Wallet)}
		}
	case contactsField:
		return []string{imports.ContactsPart}
	case usernameField:
		if r.Username == "" {
			return name(KeyUsername)
		}
	case passwordField, digestField:
		if r.Digest == "" && r.Password == "" {
			return []string{credential(digestStrategy, string(digestField))}
		}
	case totpField:
		return []string{"factors." + totpFactor}
	case backupField:
		return []string{"factors." + backupFactor}
	case accountsField:
		return []string{credential(external.Name, external.Accounts)}
	case contentField, privateField, factorsField, credentialsField, detailsField:
		return []string{string(f)}
	}
	switch head, _, _ := strings.Cut(string(f), "."); field(head) {
	case contentField, privateField, detailsField:
		return []string{string(f)}
	}
	return nil
}

// What members of the sources stand for when they are null.
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
	supertokensNulls = meanings{"userMetadata": "accountMetadata.private", "totpDevices": "totpSecret"}
	kuzzleNulls      = meanings{"credentials": "credentials"}
)
