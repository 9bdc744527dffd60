package sessions

import (
	"bytes"
	"context"
	"encoding/json"
	"strings"

	"github.com/gokuzzle/kuzzle/kuzzle/accounts/organizations"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/users"
	"github.com/gokuzzle/kuzzle/kuzzle/storage"
	"github.com/gokuzzle/kuzzle/kuzzle/token/templates"
)

// values returns the values of a template's shortcodes. Times are in seconds. Private
// metadata is not included: it is for backends, and the user sees the token.
func (c *Deps) values(ctx context.Context, t *templates.Template, u *users.User, by *acting) (templates.Values, error) {
	shown, err := c.Make.User(u)
	if err != nil {
		return nil, err
	}
	of := map[string]any{
		"id": shown.ID, "external_id": orNil(shown.ExternalID), "username": orNil(shown.Username), "first_name": orNil(shown.FirstName),
		"last_name": orNil(shown.LastName), "full_name": fullName(shown.FirstName, shown.LastName), "locale": orNil(shown.Locale),
		"image_url": shown.ImageURL, "has_image": shown.HasImage, "two_factor_enabled": shown.TwoFactorEnabled,
		"created_at": shown.CreatedAt / millis, "updated_at": shown.UpdatedAt / millis, "last_sign_in_at": seconds(shown.LastSignInAt),
		"email_verified": false, "phone_number_verified": false,
	}
	for kind, names := range map[string][2]string{
		users.Email: {"primary_email_address", "email_verified"}, users.Phone: {"primary_phone_number", "phone_number_verified"},
		users.Wallet: {"primary_web3_wallet", "web3_wallet_verified"},
	} {
		for i := range u.Contacts {
			if contact := &u.Contacts[i]; contact.Kind == kind && contact.Primary {
				of[names[0]], of[names[1]] = contact.Value, contact.Verified()
			}
		}
	}
	about := templates.Values{"user": of, "org": nil, "org_membership": nil, "session": map[string]any{"actor": nil}}
	metadata := map[string]json.RawMessage{"public_metadata": shown.PublicMetadata, "unsafe_metadata": shown.UnsafeMetadata}
	if err := decoded(of, metadata); err != nil {
		return nil, err
	}
	if bytes.Contains(t.Claims, []byte("user.organizations")) {
		if of["organizations"], err = c.roles(ctx, u.Kuid); err != nil {
			return nil, err
		}
	}
	if by == nil {
		return about, nil
	}
	o, m := &by.organization, &by.membership
	role, _ := organizations.RoleOf(m.Role)
	org := map[string]any{"id": o.ID, "name": o.Name, "slug": o.Slug, "role": m.Role, "has_image": o.Logo != nil, "image_url": c.Logo(o)}
	membership := map[string]any{"id": m.ID, "role": m.Role, "permissions": role.Permissions}
	about["org"], about["org_membership"] = org, membership
	if err := decoded(org, map[string]json.RawMessage{"public_metadata": o.Metadata.Of(users.PublicMetadata)}); err != nil {
		return nil, err
	}
	return about, decoded(membership, map[string]json.RawMessage{"public_metadata": m.Metadata.Of(users.PublicMetadata)})
}

const millis = 1000

// roles returns the roles of a user, by organization.
func (c *Deps) roles(ctx context.Context, kuid string) (any, error) {
	all, _, err := c.Accounts.Organizations.Members.List(ctx, organizations.Among{Kuids: []string{kuid}, Page: organizations.Page{Size: storage.MaxWindow}})
	roles := map[string]any{}
	for i := range all {
		roles[all[i].Organization] = all[i].Role
	}
	return roles, err
}

// decoded decodes metadata into values.
func decoded(into map[string]any, metadata map[string]json.RawMessage) (err error) {
	for name, text := range metadata {
		if into[name], err = templates.Decode(text); err != nil {
			return err
		}
	}
	return nil
}

func orNil[T any](value *T) any {
	if value == nil {
		return nil
	}
	return *value
}

func seconds(at *int64) any {
	if at == nil {
		return nil
	}
	return *at / millis
}

func fullName(parts ...*string) any {
	var names []string
	for _, part := range parts {
		if part != nil {
			names = append(names, *part)
		}
	}
	if names == nil {
		return nil
	}
	return strings.Join(names, " ")
}
