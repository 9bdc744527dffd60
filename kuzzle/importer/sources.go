package importer

import (
	"slices"
	"strings"

	"github.com/gokuzzle/kuzzle/kuzzle/accounts/users"
	"github.com/gokuzzle/kuzzle/kuzzle/importer/rows"
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
	if err := values.Decode(raw, &u); err != nil {
		return err
	}
	r.ExternalID, r.Username, r.Digest = u.UserID, u.Username, u.PasswordHash+u.Password
	if id, ok := u.ID.(map[string]any); ok && r.ExternalID == "" {
		// The file of password hashes has only the database's id.
		oid, _ := id["$oid"].(string)
		r.ExternalID = "auth0|" + oid
	}
	if u.Custom.Algorithm != "" {
		reason := ""
		if r.Digest, r.Hasher, reason = u.Custom.Digest(); reason != "" {
			r.Lack("custom_password_hash", "%s", reason)
		}
	}
	r.Emails = rows.AppendAddress(r.Emails, told(u.Email, u.EmailVerified))
	r.Phones = rows.AppendAddress(r.Phones, told(u.Phone, u.PhoneVerified))
	for _, identity := range u.Identities {
		if identity.Provider != "auth0" {
			r.AddIdentity(identity.Provider, string(identity.UserID))
		}
	}
	r.AddContent("firstName", u.GivenName)
	r.AddContent("lastName", u.FamilyName)
	r.AddContent("fullname", u.Name)
	r.AddContent("nickname", u.Nickname)
	r.AddContent("picture", u.Picture)
	r.SetMetadata(nil, u.App, u.User)
	created(r, u.CreatedAt)
	r.Disabled, r.FactorLeft = u.Blocked, len(u.Factors) > 0
	for _, app := range u.Apps {
		r.AddApp(app.TOTP.Secret) // of another kind there is none
	}
	return nil
}

// told returns an address with its verification, if the source states it.
func told(value string, verified *bool) Address {
	if verified == nil {
		return rows.Assumed(value)
	}
	return Address{Value: value, Verified: *verified}
}

func created(r *Row, at text) {
	if at != "" {
		r.CreatedAt = r.Time(string(rows.CreatedField), string(at))
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
	if err := values.Decode(raw, &u); err != nil {
		return err
	}
	r.ExternalID, r.Disabled = u.LocalID, u.Disabled
	r.AddEmail(u.Email, u.EmailVerified)
	r.AddPhone(u.Phone, true)
	r.AddContent("fullname", u.DisplayName)
	r.AddContent("picture", u.PhotoURL)
	if u.Claims != "" {
		var claims map[string]any
		if err := values.Decode([]byte(u.Claims), &claims); err != nil {
			r.Spoil("customAttributes", "the value is not a JSON object")
		}
		r.SetMetadata(claims, nil, nil)
	}
	for _, p := range u.Providers {
		if p.ID != "password" && p.ID != "phone" {
			r.AddIdentity(p.ID, string(p.RawID))
		}
	}
	r.Digest, r.Salt = u.PasswordHash, u.Salt
	firebaseDigest(r, hash)
	created(r, u.CreatedAt)
	if u.SignedInAt != "" {
		r.LastSignInAt = r.Time("lastSignedInAt", string(u.SignedInAt))
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
	r.Digest = values.FirebaseDigest(r.Digest, r.Salt, hash.SignerKey, hash.SaltSeparator, hash.Rounds, hash.MemoryCost)
	if hash.SignerKey == "" {
		r.Spoil("passwordHash", "the digest needs the project's hash configuration: give --firebase-signer-key and the other --firebase options from the Firebase console")
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
	if err := values.Decode(raw, &u); err != nil {
		return err
	}
	r.ExternalID, r.Username = u.ID, u.Username
	r.AddEmail(u.Email, u.EmailVerified)
	r.AddContent("firstName", u.FirstName)
	r.AddContent("lastName", u.LastName)
	if len(u.Attributes) > 0 {
		r.AddContent("attributes", u.Attributes)
	}
	r.Roles = append(u.RealmRoles, u.Groups...)
	if slices.Contains(u.Actions, "UPDATE_PASSWORD") {
		r.PasswordChange = users.ChangeRequired
	}
	r.Disabled = u.Enabled != nil && !*u.Enabled
	for _, f := range u.Federated {
		r.AddIdentity(f.Provider, string(f.UserID))
	}
	for _, c := range u.Credentials {
		switch c.Type {
		case "password":
			r.Hasher = "keycloak"
			if c.Hashed != "" {
				c.CredentialData, c.SecretData = c.keycloakOld.data()
			}
			r.Digest = values.JSON(map[string]any{"credentialData": c.CredentialData, "secretData": c.SecretData})
		case "otp":
			r.AddApp(values.KeycloakTOTP([]byte(c.CredentialData), []byte(c.SecretData)))
		case "webauthn", "recovery-authn-codes":
			r.FactorLeft = true
		}
	}
	created(r, u.CreatedAt)
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
	return text(values.JSON(map[string]any{"hashIterations": c.Iterations, "algorithm": c.Algorithm})), text(values.JSON(map[string]any{"value": c.Hashed, "salt": c.Salt}))
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
	if err := values.Decode(raw, &u); err != nil {
		return err
	}
	r.ExternalID, r.Disabled = u.ID, u.State == "inactive"
	for _, a := range u.Addresses {
		if a.Via == "sms" {
			r.AddPhone(a.Value, a.Verified)
		} else {
			r.AddEmail(a.Value, a.Verified)
		}
	}
	for name, value := range u.Traits {
		if slices.Contains([]string{profilesKey, "emailVerified", "phoneVerified"}, name) {
			r.AddUnknown("traits."+name, value) // users write traits, and may not give themselves rights
			continue
		}
		if value == nil {
			r.Null(rows.ContentField + rows.Field("."+name))
		}
		r.AddContent(name, value)
	}
	if email, ok := u.Traits["email"].(string); ok {
		r.AddEmail(email, false)
	}
	if name, ok := u.Traits["username"].(string); ok {
		r.Username = name
	}
	password := u.Credentials["password"]
	for _, name := range password.Identifiers {
		loginName(r, name)
	}
	r.Digest = password.Config.HashedPassword
	for _, p := range u.Credentials["oidc"].Config.Providers {
		r.AddIdentity(p.Provider, string(p.Subject))
	}
	if totp := u.Credentials["totp"].Config.TOTP; totp != "" {
		r.AddApp(values.OTPAuthSecret(totp))
	}
	if _, has := u.Credentials["webauthn"]; has {
		r.FactorLeft = true
	}
	for _, c := range u.Credentials["lookup_secret"].Config.Codes {
		if c.UsedAt == "" || c.UsedAt == zeroTime {
			r.BackupCodes = append(r.BackupCodes, c.Code)
		}
	}
	r.SetMetadata(u.Public, u.Admin, nil)
	created(r, u.CreatedAt)
	return nil
}

// loginName stores a login name as the kind that it looks like.
func loginName(r *Row, name string) {
	switch {
	case strings.Contains(name, "@"):
		r.AddEmail(name, false)
	case strings.HasPrefix(name, "+"):
		r.AddPhone(name, false)
	case r.Username == "":
		r.Username = name
	}
}
