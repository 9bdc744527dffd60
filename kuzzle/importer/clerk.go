package importer

import (
	"encoding/json"
	"strings"
	"time"
)

var clerkNulls = meanings{
	"username": "username", "first_name": "content.firstName", "last_name": "content.lastName",
	"email_addresses": "emails", "phone_numbers": "phones", "web3_wallets": "wallets", "password_digest": "passwordDigest",
	"totp_secret": "totpSecret", "backup_codes": "backupCodes", "external_accounts": "accounts",
	"public_metadata": "accountMetadata.public", "private_metadata": "accountMetadata.private", "unsafe_metadata": "accountMetadata.unsafe",
}

// clerkUser is a user as Clerk's Backend API answers it. That tells neither the digest
// nor the second factors, which whoever has them adds under the names of the table.
type clerkUser struct {
	ID           string
	Username     string
	FirstName    string         `json:"first_name"`
	LastName     string         `json:"last_name"`
	PrimaryEmail string         `json:"primary_email_address_id"`
	PrimaryPhone string         `json:"primary_phone_number_id"`
	Emails       []clerkAddress `json:"email_addresses"`
	Phones       []clerkAddress `json:"phone_numbers"`
	Wallets      []clerkAddress `json:"web3_wallets"`
	MainWallet   string         `json:"primary_web3_wallet_id"`
	Digest       string         `json:"password_digest"`
	Hasher       string         `json:"password_hasher"`
	TOTP         string         `json:"totp_secret"`
	HasTOTP      bool           `json:"totp_enabled"`
	Codes        []string       `json:"backup_codes"`
	HasCodes     bool           `json:"backup_code_enabled"`
	Public       map[string]any `json:"public_metadata"`
	Private      map[string]any `json:"private_metadata"`
	Unsafe       map[string]any `json:"unsafe_metadata"`
	CreatedAt    text           `json:"created_at"`
	LastSignInAt text           `json:"last_sign_in_at"`
	Banned       bool
	Locked       bool
	LockedFor    *float64 `json:"lockout_expires_in_seconds"`
	External     []struct {
		Provider string
		UserID   text `json:"provider_user_id"`
	} `json:"external_accounts"`
}

type clerkAddress struct {
	ID           string
	Email        string                  `json:"email_address"`
	Phone        string                  `json:"phone_number"`
	Wallet       string                  `json:"web3_wallet"`
	Verification struct{ Status string } `json:"verification"`
	Reserved     bool
	SecondFactor bool `json:"reserved_for_second_factor"`
}

func decodeClerk(raw []byte, _ string, r *Row) error {
	var u clerkUser
	if err := json.Unmarshal(raw, &u); err != nil {
		return err
	}
	r.ExternalID, r.Username, r.Digest, r.Hasher = u.ID, u.Username, u.Digest, u.Hasher
	r.Emails = clerkAddresses(u.Emails, u.PrimaryEmail)
	r.Phones = clerkAddresses(u.Phones, u.PrimaryPhone)
	r.Wallets = clerkAddresses(u.Wallets, u.MainWallet)
	for _, e := range u.External {
		r.identity(strings.TrimPrefix(e.Provider, "oauth_"), string(e.UserID))
	}
	r.content("firstName", u.FirstName)
	r.content("lastName", u.LastName)
	r.metadata(u.Public, u.Private, u.Unsafe)
	if u.LastSignInAt != "" {
		r.LastSignInAt = r.time("last_sign_in_at", string(u.LastSignInAt))
	}
	r.TOTP, r.BackupCodes, r.Disabled = u.TOTP, u.Codes, u.Banned
	r.FactorLeft = u.HasTOTP && u.TOTP == "" || u.HasCodes && len(u.Codes) == 0
	for _, p := range u.Phones {
		r.FactorLeft = r.FactorLeft || p.SecondFactor
	}
	r.clerkLock(&u)
	r.created(u.CreatedAt)
	return r.clerkDetails(raw)
}

// clerkAddresses are addresses of one kind, the primary one first.
func clerkAddresses(list []clerkAddress, primary string) (all []Address) {
	for _, first := range []bool{true, false} {
		for _, a := range list {
			if (a.ID == primary) == first {
				all = also(all, Address{Value: a.Email + a.Phone + a.Wallet, Verified: a.Verification.Status == "verified", Reserved: a.Reserved})
			}
		}
	}
	return all
}

// clerkDetails are details by the names that Clerk has for them.
var clerkDetails = map[string]string{
	"external_id": "externalId", "first_name": "firstName", "last_name": "lastName", "locale": "locale", "legal_accepted_at": "legalAcceptedAt",
	"delete_self_enabled": "deleteSelf", "create_organization_enabled": "createOrganizations", "create_organizations_limit": "organizationsLimit",
}

func (r *Row) clerkDetails(raw []byte) error {
	var all map[string]any
	err := json.Unmarshal(raw, &all)
	for theirs, name := range clerkDetails {
		if value, told := all[theirs]; told && value != "" {
			r.detail(name, value) // null removes it
		}
	}
	return err
}

// clerkNames has the names of a table among the details too, where Clerk's clients
// find them.
func clerkNames(r *Row) {
	for _, name := range []string{"firstName", "lastName"} {
		if value := r.Content[name]; value != nil {
			r.detail(name, value)
		}
	}
}

func (r *Row) detail(name string, value any) {
	if r.Details == nil {
		r.Details = map[string]any{}
	}
	r.Details[name] = value
}

// clerkLock keeps a lock that goes on. Clerk counts down the seconds of one that ends.
func (r *Row) clerkLock(u *clerkUser) {
	switch {
	case !u.Locked:
	case u.LockedFor == nil:
		r.Locked = true
	case *u.LockedFor > 0 && *u.LockedFor < longestLock.Seconds():
		r.Locked, r.LockedFor = true, time.Duration(*u.LockedFor*float64(time.Second))
	case *u.LockedFor > 0:
		r.spoil("lockout_expires_in_seconds", "no lock lasts for so long")
	}
}

// longestLock bounds the time of a lock, far beyond any that is meant.
const longestLock = 100 * 365 * 24 * time.Hour
