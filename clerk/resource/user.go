package resource

import (
	"encoding/json"
	"slices"
	"time"

	"github.com/gokuzzle/kuzzle/clerk/rules"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/registry"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/users"
	"github.com/gokuzzle/kuzzle/kuzzle/plainjson"
	"github.com/gokuzzle/kuzzle/strategies/backupcode"
	"github.com/gokuzzle/kuzzle/strategies/totp"
)

// User is the resource of a user.
type User struct {
	ID                    string            `json:"id"`
	Object                string            `json:"object"`
	ExternalID            *string           `json:"external_id"`
	PrimaryEmailAddressID *string           `json:"primary_email_address_id"`
	PrimaryPhoneNumberID  *string           `json:"primary_phone_number_id"`
	PrimaryWeb3WalletID   *string           `json:"primary_web3_wallet_id"`
	Username              *string           `json:"username"`
	FirstName             *string           `json:"first_name"`
	LastName              *string           `json:"last_name"`
	Locale                *string           `json:"locale"`
	Timezone              *string           `json:"timezone"`
	ProfileImageURL       string            `json:"profile_image_url"`
	ImageURL              string            `json:"image_url"`
	HasImage              bool              `json:"has_image"`
	PublicMetadata        json.RawMessage   `json:"public_metadata"`
	PrivateMetadata       json.RawMessage   `json:"private_metadata"`
	UnsafeMetadata        json.RawMessage   `json:"unsafe_metadata"`
	EmailAddresses        []EmailAddress    `json:"email_addresses"`
	PhoneNumbers          []PhoneNumber     `json:"phone_numbers"`
	Web3Wallets           []Web3Wallet      `json:"web3_wallets"`
	Passkeys              []any             `json:"passkeys"`
	ExternalAccounts      []ExternalAccount `json:"external_accounts"`
	SAMLAccounts          []any             `json:"saml_accounts"`
	EnterpriseAccounts    []any             `json:"enterprise_accounts"`

	PasswordEnabled       bool   `json:"password_enabled"`
	PasswordLastUpdatedAt *int64 `json:"password_last_updated_at"`
	TwoFactorEnabled      bool   `json:"two_factor_enabled"`
	TOTPEnabled           bool   `json:"totp_enabled"`
	BackupCodeEnabled     bool   `json:"backup_code_enabled"`
	MFAEnabledAt          *int64 `json:"mfa_enabled_at"`
	MFADisabledAt         *int64 `json:"mfa_disabled_at"`

	LastSignInAt *int64 `json:"last_sign_in_at"`
	LastActiveAt *int64 `json:"last_active_at"`
	Banned       bool   `json:"banned"`
	Locked       bool   `json:"locked"`
	// LockoutExpiresInSeconds is null for a user who is not locked, or locked without
	// an end.
	LockoutExpiresInSeconds *int64 `json:"lockout_expires_in_seconds"`
	// VerificationAttemptsRemaining is null if wrong proofs never lock.
	VerificationAttemptsRemaining *int64 `json:"verification_attempts_remaining"`
	Deprovisioned                 bool   `json:"deprovisioned"`

	CreatedAt                 int64  `json:"created_at"`
	UpdatedAt                 int64  `json:"updated_at"`
	DeleteSelfEnabled         bool   `json:"delete_self_enabled"`
	CreateOrganizationEnabled bool   `json:"create_organization_enabled"`
	CreateOrganizationsLimit  *int   `json:"create_organizations_limit"`
	LegalAcceptedAt           *int64 `json:"legal_accepted_at"`
	BypassClientTrust         bool   `json:"bypass_client_trust"`
}

var userJSON = plainjson.NewEncoder[User]()

// AppendJSON implements api.Appender.
func (u User) AppendJSON(dst []byte) ([]byte, error) { return userJSON.Append(dst, &u) }

// Users is a list of users.
type Users []User

var usersJSON = plainjson.NewEncoder[[]User]()

// AppendJSON implements api.Appender.
func (us Users) AppendJSON(dst []byte) ([]byte, error) { return usersJSON.Append(dst, (*[]User)(&us)) }

// JSONSize implements api.Sized.
func (us Users) JSONSize() int {
	const bare, contact = 1280, 384
	size := 0
	for i := range us {
		u := &us[i]
		size += bare + len(u.PublicMetadata) + len(u.PrivateMetadata) + len(u.UnsafeMetadata) +
			contact*(len(u.EmailAddresses)+len(u.PhoneNumbers)+len(u.Web3Wallets)+2*len(u.ExternalAccounts))
	}
	return size
}

// Verification tells that an address is verified, and how.
type Verification struct {
	Object   string `json:"object"`
	Status   string `json:"status"`
	Strategy string `json:"strategy"`
	Attempts *int   `json:"attempts"`
	ExpireAt *int64 `json:"expire_at"`
}

// EmailAddress is an e-mail address of a user.
type EmailAddress struct {
	ID                   string        `json:"id"`
	Object               string        `json:"object"`
	EmailAddress         string        `json:"email_address"`
	Reserved             bool          `json:"reserved"`
	Verification         *Verification `json:"verification"`
	LinkedTo             []any         `json:"linked_to"`
	MatchesSSOConnection bool          `json:"matches_sso_connection"`
	CreatedAt            int64         `json:"created_at"`
	UpdatedAt            int64         `json:"updated_at"`
}

// PhoneNumber is a phone number of a user.
type PhoneNumber struct {
	ID                      string        `json:"id"`
	Object                  string        `json:"object"`
	PhoneNumber             string        `json:"phone_number"`
	ReservedForSecondFactor bool          `json:"reserved_for_second_factor"`
	DefaultSecondFactor     bool          `json:"default_second_factor"`
	Reserved                bool          `json:"reserved"`
	Verification            *Verification `json:"verification"`
	LinkedTo                []any         `json:"linked_to"`
	BackupCodes             *[]string     `json:"backup_codes"`
	CreatedAt               int64         `json:"created_at"`
	UpdatedAt               int64         `json:"updated_at"`
}

// Web3Wallet is a wallet of a user.
type Web3Wallet struct {
	ID           string        `json:"id"`
	Object       string        `json:"object"`
	Web3Wallet   string        `json:"web3_wallet"`
	Verification *Verification `json:"verification"`
	CreatedAt    int64         `json:"created_at"`
	UpdatedAt    int64         `json:"updated_at"`
}

// Deleted names a deleted resource.
type Deleted struct {
	Object     string `json:"object"`
	ID         string `json:"id"`
	Deleted    bool   `json:"deleted"`
	ExternalID string `json:"external_id,omitempty"`
}

// Count is a number of resources.
type Count struct {
	Object     string `json:"object"`
	TotalCount int64  `json:"total_count"`
}

// Names of the shapes.
const (
	CountObject        = "total_count"
	UserObject         = "user"
	EmailAddressObject = "email_address"
	PhoneNumberObject  = "phone_number"
	Web3WalletObject   = "web3_wallet"
)

// Verified tells that a proof is right. CodeType is the kind of code.
type Verified struct {
	Verified bool   `json:"verified"`
	CodeType string `json:"code_type,omitempty"`
}

// UserID names the user that an action changed.
type UserID struct {
	UserID string `json:"user_id"`
}

// Maker makes resources of users.
type Maker struct {
	Registry *registry.Registry
	Now      func() time.Time
	// LockAfter is the number of wrong proofs that lock a user, 0 for never.
	LockAfter int
	// Rules are the rules of the instance.
	Rules *rules.InForce
	// Image returns the URL of a user's picture, or "".
	Image func(*users.User) string
}

// User returns the resource of a user.
func (m Maker) User(u *users.User) (User, error) {
	var made User
	err := m.make(&made, u)
	return made, err
}

// Append adds a user to a list.
func (m Maker) Append(to Users, u *users.User) (Users, error) {
	to = append(to, User{})
	return to, m.make(&to[len(to)-1], u)
}

func (m Maker) make(out *User, u *users.User) error {
	createdAt, changedAt, err := users.StoredTimes(u.Content)
	if err != nil {
		return err
	}
	d, r := u.Detailed(), m.Rules.Now()
	*out = User{
		ID: u.Kuid, Object: UserObject, ExternalID: orNull(d.ExternalID), Username: orNull(u.Username()),
		FirstName: orNull(d.FirstName), LastName: orNull(d.LastName), Locale: orNull(d.Locale), Timezone: orNull(d.Timezone),
		PublicMetadata: u.Metadata.Of(users.PublicMetadata), PrivateMetadata: u.Metadata.Of(users.PrivateMetadata),
		UnsafeMetadata: u.Metadata.Of(users.UnsafeMetadata),
		EmailAddresses: []EmailAddress{}, PhoneNumbers: []PhoneNumber{}, Web3Wallets: []Web3Wallet{},
		Passkeys: []any{}, ExternalAccounts: accounts(u), SAMLAccounts: []any{}, EnterpriseAccounts: []any{},
		MFAEnabledAt: orNull(d.FactorsAt), MFADisabledAt: orNull(d.NoFactorsAt),
		LastSignInAt: orNull(u.LastSignInAt), LastActiveAt: orNull(u.LastActiveAt),
		CreatedAt: createdAt, UpdatedAt: max(createdAt, changedAt, u.UpdatedAt),
		DeleteSelfEnabled: or(d.DeleteSelf, r.DeleteSelf), CreateOrganizationEnabled: or(d.CreateOrganizations, r.CreateOrganizations),
		CreateOrganizationsLimit: d.OrganizationsLimit, BypassClientTrust: d.TrustClients,
		Banned: u.Banned(),
	}
	if r.Consent {
		out.LegalAcceptedAt = orNull(d.LegalAcceptedAt)
	}
	if m.Image != nil {
		out.HasImage, out.ImageURL = u.Picture != nil, m.Image(u)
		out.ProfileImageURL = out.ImageURL
	}
	m.addContacts(out, u)
	m.addCredentials(out, u)
	if m.LockAfter > 0 {
		remaining := int64(max(0, m.LockAfter-u.Failures))
		out.VerificationAttemptsRemaining = &remaining
	}
	if s := u.Standing.At(m.Now()); s.LockedAt != 0 {
		out.Locked = true
		if s.LockedUntil != 0 {
			left := (s.LockedUntil - m.Now().UnixMilli() + 999) / 1000
			out.LockoutExpiresInSeconds = &left
		}
	}
	return nil
}

func (m Maker) addContacts(out *User, u *users.User) {
	for i := range u.Contacts {
		c := &u.Contacts[i]
		primary := (*string)(nil)
		if c.Primary {
			primary = &c.ID
		}
		switch c.Kind {
		case users.Email:
			out.EmailAddresses = append(out.EmailAddresses, Email(c))
			out.PrimaryEmailAddressID = first(out.PrimaryEmailAddressID, primary)
		case users.Phone:
			out.PhoneNumbers = append(out.PhoneNumbers, Phone(u, c))
			out.PrimaryPhoneNumberID = first(out.PrimaryPhoneNumberID, primary)
		case users.Wallet:
			out.Web3Wallets = append(out.Web3Wallets, wallet(c))
			out.PrimaryWeb3WalletID = first(out.PrimaryWeb3WalletID, primary)
		}
	}
}

func (m Maker) addCredentials(out *User, u *users.User) {
	for _, r := range u.Records {
		if m.Registry.Verifier(r.Strategy) != nil {
			at := r.UpdatedAt.UnixMilli()
			out.PasswordEnabled, out.PasswordLastUpdatedAt = true, &at
		}
	}
	factors := m.Registry.FactorsOf(u.Records)
	if len(factors) == 0 && u.Provenance != nil {
		factors = u.Provenance.Waiting
	}
	for _, factor := range factors {
		out.TwoFactorEnabled = true
		switch factor {
		case totp.Name:
			out.TOTPEnabled = true
		case backupcode.Name:
			out.BackupCodeEnabled = true
		}
	}
}

// Email returns a contact as an e-mail address.
func Email(c *users.Contact) EmailAddress {
	return EmailAddress{
		ID: c.ID, Object: EmailAddressObject, EmailAddress: c.Value, Reserved: c.Reserved, Verification: verification(c),
		LinkedTo: []any{}, CreatedAt: c.CreatedAt, UpdatedAt: changed(c),
	}
}

// Phone returns a contact of a user as a phone number. The oldest second factor is the
// default one.
func Phone(u *users.User, c *users.Contact) PhoneNumber {
	oldest := slices.IndexFunc(u.Contacts, func(other users.Contact) bool { return other.SecondFactor })
	return PhoneNumber{
		ID: c.ID, Object: PhoneNumberObject, PhoneNumber: c.Value, ReservedForSecondFactor: c.SecondFactor,
		DefaultSecondFactor: c.SecondFactor && u.Contacts[oldest].ID == c.ID, Reserved: c.Reserved, Verification: verification(c),
		LinkedTo: []any{}, CreatedAt: c.CreatedAt, UpdatedAt: changed(c),
	}
}

func wallet(c *users.Contact) Web3Wallet {
	return Web3Wallet{
		ID: c.ID, Object: Web3WalletObject, Web3Wallet: c.Value, Verification: verification(c), CreatedAt: c.CreatedAt, UpdatedAt: changed(c),
	}
}

func verification(c *users.Contact) *Verification {
	switch {
	case !c.Verified():
		return nil
	case c.Verification.Strategy == users.ByCode:
		return &Verification{Object: "verification_otp", Status: "verified", Strategy: c.Kind + "_code"}
	case c.Verification.Strategy == users.ByTicket:
		return &Verification{Object: "verification_ticket", Status: "verified", Strategy: users.ByTicket}
	}
	return &Verification{Object: "verification_admin", Status: "verified", Strategy: users.ByAdmin}
}

func changed(c *users.Contact) int64 {
	if !c.Verified() {
		return c.CreatedAt
	}
	return max(c.CreatedAt, c.Verification.At)
}

func orNull[T comparable](value T) *T {
	var none T
	if value == none {
		return nil
	}
	return &value
}

// or returns a flag, or none if it is nil.
func or(flag *bool, none bool) bool {
	if flag == nil {
		return none
	}
	return *flag
}

func first[T any](a, b *T) *T {
	if a != nil {
		return a
	}
	return b
}
