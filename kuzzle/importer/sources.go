package importer

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/gokuzzle/kuzzle/kuzzle/accounts/users"
	"github.com/gokuzzle/kuzzle/kuzzle/importer/values"
)

func decodeAuth0(raw []byte, _ string, r *Row) error {
	raw = values.Auth0Members(raw)
	var u struct {
		UserID        string `json:"user_id"`
		ID            any    `json:"_id"`
		Username      string
		Email         string
		EmailVerified *bool  `json:"email_verified"`
		Phone         string `json:"phone_number"`
		PhoneVerified *bool  `json:"phone_verified"`
		GivenName     string `json:"given_name"`
		FamilyName    string `json:"family_name"`
		Name          string
		Nickname      string
		Picture       string
		CreatedAt     text `json:"created_at"`
		Blocked       bool
		PasswordHash  string           `json:"passwordHash"`
		Password      string           `json:"password_hash"`
		Custom        values.Auth0Hash `json:"custom_password_hash"`
		Identities    []struct {
			Provider, Connection string
			UserID               text `json:"user_id"`
			IsSocial             bool
		}
		// Apps are in files for the bulk import, Factors in exports, which have no secrets.
		Apps []struct {
			TOTP struct{ Secret string }
		} `json:"mfa_factors"`
		Factors []any          `json:"multifactor"`
		App     map[string]any `json:"app_metadata"`
		User    map[string]any `json:"user_metadata"`
	}
	if err := json.Unmarshal(raw, &u); err != nil {
		return err
	}
	r.ExternalID, r.Username, r.Digest = u.UserID, u.Username, u.PasswordHash+u.Password
	if id, ok := u.ID.(map[string]any); ok && r.ExternalID == "" {
		// The file of password hashes has only the database's id.
		oid, _ := id["$oid"].(string)
		r.ExternalID = "auth0|" + oid
	}
	r.Hasher = hasherOf(r.Digest, "")
	if u.Custom.Algorithm != "" {
		reason := ""
		if r.Digest, r.Hasher, reason = u.Custom.Digest(); reason != "" {
			r.lack("custom_password_hash", "%s", reason)
		}
	}
	r.Emails = appendAddress(r.Emails, told(u.Email, u.EmailVerified))
	r.Phones = appendAddress(r.Phones, told(u.Phone, u.PhoneVerified))
	for _, identity := range u.Identities {
		if identity.Provider != "auth0" {
			r.identity(identity.Provider, string(identity.UserID))
		}
	}
	r.content("firstName", u.GivenName)
	r.content("lastName", u.FamilyName)
	r.content("fullname", u.Name)
	r.content("nickname", u.Nickname)
	r.content("picture", u.Picture)
	r.metadata(nil, u.App, u.User)
	r.created(u.CreatedAt)
	r.Disabled, r.FactorLeft = u.Blocked, len(u.Factors) > 0
	for _, app := range u.Apps {
		r.secret(app.TOTP.Secret) // of another kind there is none
	}
	return nil
}

// told returns an address with its verification, if the source states it.
func told(value string, verified *bool) Address {
	if verified == nil {
		return assumed(value)
	}
	return Address{Value: value, Verified: *verified}
}

func (r *Row) created(at text) {
	if at != "" {
		r.CreatedAt = r.time(string(createdField), string(at))
	}
}

// kept stores account metadata of a kind.
func (r *Row) kept(kind string, value any) {
	if r.Metadata == nil {
		r.Metadata = map[string]any{}
	}
	r.Metadata[kind] = value
}

// metadata stores metadata that users may read, that is hidden from them, and that they may
// write, apart from the content.
func (r *Row) metadata(public, private, unsafe map[string]any) {
	for kind, object := range map[string]map[string]any{users.PublicMetadata: public, users.PrivateMetadata: private, users.UnsafeMetadata: unsafe} {
		if len(object) > 0 {
			r.kept(kind, object)
		}
	}
}

func decodeFirebase(raw []byte, r *Row, hash Firebase) error {
	var u struct {
		LocalID       string `json:"localId"`
		Email         string
		EmailVerified bool   `json:"emailVerified"`
		PasswordHash  string `json:"passwordHash"`
		Salt          string
		DisplayName   string `json:"displayName"`
		PhotoURL      string `json:"photoUrl"`
		Phone         string `json:"phoneNumber"`
		Disabled      bool
		CreatedAt     text  `json:"createdAt"`
		SignedInAt    text  `json:"lastSignedInAt"`
		Factors       []any `json:"mfaInfo"`
		Claims        text  `json:"customAttributes"`
		Providers     []struct {
			ID    string `json:"providerId"`
			RawID text   `json:"rawId"`
		} `json:"providerUserInfo"`
	}
	if err := json.Unmarshal(raw, &u); err != nil {
		return err
	}
	r.ExternalID, r.Disabled = u.LocalID, u.Disabled
	r.email(u.Email, u.EmailVerified)
	r.phone(u.Phone, true)
	r.content("fullname", u.DisplayName)
	r.content("picture", u.PhotoURL)
	if u.Claims != "" {
		var claims map[string]any
		if err := json.Unmarshal([]byte(u.Claims), &claims); err != nil {
			r.spoil("customAttributes", "the value is not a JSON object")
		}
		r.metadata(claims, nil, nil)
	}
	for _, p := range u.Providers {
		if p.ID != "password" && p.ID != "phone" {
			r.identity(p.ID, string(p.RawID))
		}
	}
	r.Digest, r.Salt = u.PasswordHash, u.Salt
	firebaseDigest(r, hash)
	r.created(u.CreatedAt)
	if u.SignedInAt != "" {
		r.LastSignInAt = r.time("lastSignedInAt", string(u.SignedInAt))
	}
	r.FactorLeft = len(u.Factors) > 0
	return nil
}

// firebaseDigest makes a digest of a hash, its salt and the project's parameters.
func firebaseDigest(r *Row, hash Firebase) {
	if r.Digest == "" {
		return
	}
	r.Hasher = "scrypt_firebase"
	r.Digest = fmt.Sprintf("%s$%s$%s$%s$%d$%d", r.Digest, r.Salt, hash.SignerKey, hash.SaltSeparator, hash.Rounds, hash.MemoryCost)
	if hash.SignerKey == "" {
		r.spoil("passwordHash", "the digest needs the project's hash configuration: give --firebase-signer-key and the other --firebase options from the Firebase console")
	}
}

func decodeKeycloak(raw []byte, _ string, r *Row) error {
	var u struct {
		ID, Username, Email string
		EmailVerified       bool   `json:"emailVerified"`
		FirstName           string `json:"firstName"`
		LastName            string `json:"lastName"`
		Enabled             *bool
		CreatedAt           text `json:"createdTimestamp"`
		Attributes          map[string]any
		RealmRoles          []string `json:"realmRoles"`
		Groups              []string
		Credentials         []struct {
			Type           string
			SecretData     text `json:"secretData"`
			CredentialData text `json:"credentialData"`
			keycloakOld
		}
		Actions   []string `json:"requiredActions"`
		Federated []struct {
			Provider string `json:"identityProvider"`
			UserID   text   `json:"userId"`
		} `json:"federatedIdentities"`
	}
	if err := json.Unmarshal(raw, &u); err != nil {
		return err
	}
	r.ExternalID, r.Username = u.ID, u.Username
	r.email(u.Email, u.EmailVerified)
	r.content("firstName", u.FirstName)
	r.content("lastName", u.LastName)
	if len(u.Attributes) > 0 {
		r.content("attributes", u.Attributes)
	}
	r.Roles = append(u.RealmRoles, u.Groups...)
	if slices.Contains(u.Actions, "UPDATE_PASSWORD") {
		r.PasswordChange = users.ChangeRequired
	}
	r.Disabled = u.Enabled != nil && !*u.Enabled
	for _, f := range u.Federated {
		r.identity(f.Provider, string(f.UserID))
	}
	for _, c := range u.Credentials {
		switch c.Type {
		case "password":
			r.Hasher = "keycloak"
			if c.Hashed != "" {
				c.CredentialData, c.SecretData = c.keycloakOld.data()
			}
			r.Digest = jsonText(map[string]any{"credentialData": c.CredentialData, "secretData": c.SecretData})
		case "otp":
			r.secret(values.KeycloakTOTP([]byte(c.CredentialData), []byte(c.SecretData)))
		case "webauthn", "recovery-authn-codes":
			r.FactorLeft = true
		}
	}
	r.created(u.CreatedAt)
	return nil
}

// keycloakOld is a credential from before version 8.
type keycloakOld struct {
	Hashed     string `json:"hashedSaltedValue"`
	Salt       string
	Iterations int64 `json:"hashIterations"`
	Algorithm  string
}

func (c keycloakOld) data() (credential, secret text) {
	return text(jsonText(map[string]any{"hashIterations": c.Iterations, "algorithm": c.Algorithm})), text(jsonText(map[string]any{"value": c.Hashed, "salt": c.Salt}))
}

// secret stores the secret of an authenticator app; "" is an app with unusual codes. A
// second app is left out.
func (r *Row) secret(base32 string) {
	if base32 == "" || r.TOTP != "" {
		r.FactorLeft = true
		return
	}
	r.TOTP = base32
}

// zeroTime is Kratos' value for a time that is not set.
const zeroTime = "0001-01-01T00:00:00Z"

func decodeKratos(raw []byte, _ string, r *Row) error {
	type credential struct {
		Identifiers []string
		Config      struct {
			HashedPassword string `json:"hashed_password"`
			TOTP           string `json:"totp_url"`
			Providers      []struct {
				Provider string
				Subject  text
			}
			Codes []struct {
				Code   string
				UsedAt text `json:"used_at"`
			} `json:"recovery_codes"`
		}
	}
	var u struct {
		ID          string
		State       string
		Traits      map[string]any
		Credentials map[string]credential
		Addresses   []struct {
			Value, Via string
			Verified   bool
		} `json:"verifiable_addresses"`
		Public    map[string]any `json:"metadata_public"`
		Admin     map[string]any `json:"metadata_admin"`
		CreatedAt text           `json:"created_at"`
	}
	if err := json.Unmarshal(raw, &u); err != nil {
		return err
	}
	r.ExternalID, r.Disabled = u.ID, u.State == "inactive"
	for _, a := range u.Addresses {
		if a.Via == "sms" {
			r.phone(a.Value, a.Verified)
		} else {
			r.email(a.Value, a.Verified)
		}
	}
	for name, value := range u.Traits {
		if value == nil {
			r.null(contentField + field("."+name))
		}
		r.content(name, value)
	}
	if email, ok := u.Traits["email"].(string); ok {
		r.email(email, false)
	}
	if name, ok := u.Traits["username"].(string); ok {
		r.Username = name
	}
	password := u.Credentials["password"]
	for _, name := range password.Identifiers {
		r.loginName(name)
	}
	r.Digest = password.Config.HashedPassword
	r.Hasher = hasherOf(r.Digest, "")
	for _, p := range u.Credentials["oidc"].Config.Providers {
		r.identity(p.Provider, string(p.Subject))
	}
	if totp := u.Credentials["totp"].Config.TOTP; totp != "" {
		r.secret(values.OTPAuthSecret(totp))
	}
	if _, has := u.Credentials["webauthn"]; has {
		r.FactorLeft = true
	}
	for _, c := range u.Credentials["lookup_secret"].Config.Codes {
		if c.UsedAt == "" || c.UsedAt == zeroTime {
			r.BackupCodes = append(r.BackupCodes, c.Code)
		}
	}
	r.metadata(u.Public, u.Admin, nil)
	r.created(u.CreatedAt)
	return nil
}

// loginName stores a login name as the kind that it looks like.
func (r *Row) loginName(name string) {
	switch {
	case strings.Contains(name, "@"):
		r.email(name, false)
	case strings.HasPrefix(name, "+"):
		r.phone(name, false)
	case r.Username == "":
		r.Username = name
	}
}
