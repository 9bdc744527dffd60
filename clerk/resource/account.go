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

// ExternalAccount is an account of a user at a provider, of which nothing is known but
// that it is the user's.
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

// origin is what an import calls the system that the user came from, which is no
// provider.
const origin = "clerk"

// accounts are the accounts at providers of a user.
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

// AccountByID finds the identifier behind the id of a user's account at a provider.
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

// accountID is the id of an account, which keeps none of its own: it follows from the
// user and the account, so that it is the same whenever it is asked for.
func accountID(u *users.User, id strategies.Identifier) string { return "eac_" + digestOf(u, id) }

func digestOf(u *users.User, id strategies.Identifier) string {
	sum := sha256.Sum256([]byte(u.Kuid + "\x00" + u.Incarnation + "\x00" + id.Value))
	return hex.EncodeToString(sum[:16])
}
