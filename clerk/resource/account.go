package resource

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"

	"github.com/gokuzzle/kuzzle/kuzzle/accounts/users"
	"github.com/gokuzzle/kuzzle/strategies"
	"github.com/gokuzzle/kuzzle/strategies/external"
)

// ExternalAccountObject is the name of the shape.
const ExternalAccountObject = "external_account"

// ExternalAccount is an account of a user at a provider. Only the fact that it belongs
// to the user is known.
type ExternalAccount struct {
	Object           string         `json:"object"`
	ID               string         `json:"id"`
	Provider         string         `json:"provider"`
	IdentificationID string         `json:"identification_id"`
	ProviderUserID   string         `json:"provider_user_id"`
	ApprovedScopes   string         `json:"approved_scopes"`
	EmailAddress     string         `json:"email_address"`
	FirstName        string         `json:"first_name"`
	LastName         string         `json:"last_name"`
	AvatarURL        string         `json:"avatar_url"`
	ImageURL         string         `json:"image_url"`
	Username         *string        `json:"username"`
	PhoneNumber      *string        `json:"phone_number"`
	PublicMetadata   map[string]any `json:"public_metadata"`
	Label            *string        `json:"label"`
	CreatedAt        int64          `json:"created_at"`
	UpdatedAt        int64          `json:"updated_at"`
	Verification     *Verification  `json:"verification"`
}

// origin is the name that an import gives the user's former system, which is not a
// provider.
const origin = "clerk"

// accounts returns the accounts of a user at providers.
func accounts(u *users.User) []ExternalAccount {
	all := []ExternalAccount{}
	for _, r := range u.Records {
		for _, id := range r.Identifiers {
			if r.Strategy != external.Name || id.Kind != external.Kind {
				continue
			}
			provider, subject, _ := strings.Cut(id.Value, ":")
			if provider == origin {
				continue
			}
			all = append(all, ExternalAccount{
				Object: ExternalAccountObject, ID: accountID(u, id), IdentificationID: "idn_" + digestOf(u, id),
				Provider: "oauth_" + strings.TrimPrefix(provider, "oauth_"), ProviderUserID: subject, PublicMetadata: map[string]any{},
				CreatedAt: r.CreatedAt.UnixMilli(), UpdatedAt: max(r.CreatedAt.UnixMilli(), r.UpdatedAt.UnixMilli()),
				Verification: &Verification{Object: "verification_oauth", Status: "verified", Strategy: "oauth_" + strings.TrimPrefix(provider, "oauth_")},
			})
		}
	}
	return all
}

// AccountByID returns the identifier with the id of a user's account at a provider.
func AccountByID(u *users.User, id string) (strategies.Identifier, bool) {
	for _, r := range u.Records {
		for _, account := range r.Identifiers {
			if r.Strategy == external.Name && account.Kind == external.Kind && accountID(u, account) == id {
				return account, true
			}
		}
	}
	return strategies.Identifier{}, false
}

// accountID returns the id of an account. The id is not stored but computed from the
// user and the account, so it is always the same.
func accountID(u *users.User, id strategies.Identifier) string { return "eac_" + digestOf(u, id) }

func digestOf(u *users.User, id strategies.Identifier) string {
	sum := sha256.Sum256([]byte(u.Kuid + "\x00" + u.Incarnation + "\x00" + id.Value))
	return hex.EncodeToString(sum[:16])
}
