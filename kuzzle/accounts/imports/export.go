package imports

import (
	"context"
	"encoding/json"
	"errors"

	"github.com/gokuzzle/kuzzle/kuzzle/accounts/users"
	"github.com/gokuzzle/kuzzle/kuzzle/query"
	"github.com/gokuzzle/kuzzle/kuzzle/storage"
	"github.com/gokuzzle/kuzzle/strategies"
)

// ExportPageSize is the number of users per call of Export. Large users make it fewer.
const ExportPageSize = 500

// Exported is an exported user, in the form of a Row for Import, with the kuid as its ID.
type Exported struct {
	Kuid        string         `json:"kuid"`
	Content     map[string]any `json:"content"`
	CreatedAt   int64          `json:"createdAt,omitempty"`
	Credentials map[string]any `json:"credentials,omitempty"`
	// Private and Factors are exported only together with digests.
	Private map[string]any `json:"private,omitempty"`
	Factors map[string]any `json:"factors,omitempty"`
	// PasswordChange is the note about the password, exported with digests.
	PasswordChange string `json:"passwordChange,omitempty"`
	// Metadata is by kind; the private kind is exported only together with digests.
	Metadata map[string]any `json:"accountMetadata,omitempty"`
	// Contacts are sorted by age, the oldest first.
	Contacts []users.Contact `json:"accountContacts,omitempty"`
	// Details are the user's further data.
	Details *users.Details `json:"accountDetails,omitempty"`
	// Standing is exported for banned and locked users.
	users.Standing
	LastSignInAt int64 `json:"lastSignInAt,omitempty"`
	LastActiveAt int64 `json:"lastActiveAt,omitempty"`
	// Belongings are exported by the user's dependents, by their names.
	Belongings map[string]any `json:"belongings,omitempty"`
	// Lost names the parts that cannot be exported: strategies, for their credentials, and
	// "picture".
	Lost []string `json:"lost,omitempty"`
}

// externalStrategy gets the names without a password.
const externalStrategy = "external"

// externalAccounts is its field for accounts.
const externalAccounts = "accounts"

// Export exports the users after a kuid, in the order of kuids, and returns the kuid to continue
// after, "" at the end. With secrets it includes password digests, private metadata and second
// factors; otherwise of the credentials only names and external accounts.
func (im *Imports) Export(ctx context.Context, after string, secrets bool) ([]Exported, string, error) {
	what := query.Search{Size: ExportPageSize}
	if after != "" {
		what.After = []any{after}
	} else if err := im.Store.Refresh(ctx, storage.Users); err != nil {
		return nil, "", err
	}
	page, err := im.Store.Search(ctx, storage.Users, what)
	if err != nil || len(page.Hits) == 0 {
		return nil, "", err
	}
	ids := make([]string, len(page.Hits))
	for i, hit := range page.Hits {
		ids[i] = hit.ID
	}
	users, left, err := im.users.Users(ctx, ids)
	if err != nil {
		return nil, "", err
	}
	out := make([]Exported, len(users))
	for i := range users {
		if out[i], err = im.export(ctx, &users[i], secrets); err != nil {
			return nil, "", err
		}
	}
	next := ""
	if page.Partial || len(ids) == ExportPageSize || len(left) > 0 {
		next = ids[len(ids)-len(left)-1]
	}
	return out, next, nil
}

func (im *Imports) export(ctx context.Context, u *users.User, secrets bool) (Exported, error) {
	out, err := im.exportData(u, secrets)
	if err != nil {
		return out, err
	}
	if err := im.exportCredentials(ctx, u, secrets, &out); err != nil {
		return out, err
	}
	out.Belongings, err = im.users.Belongings(ctx, u, secrets)
	return out, err
}

// exportData exports a user without credentials and belongings.
func (im *Imports) exportData(u *users.User, secrets bool) (Exported, error) {
	out := Exported{Kuid: u.Kuid, Credentials: map[string]any{}, Standing: u.Standing.At(im.Now()), LastSignInAt: u.LastSignInAt, LastActiveAt: u.LastActiveAt, Contacts: u.Contacts, Details: u.Details}
	if err := json.Unmarshal(u.Content, &out.Content); err != nil {
		return out, err
	}
	if made, ok := out.Content[users.InfoKey].(map[string]any); ok {
		if at, ok := made["createdAt"].(float64); ok {
			out.CreatedAt = int64(at)
		}
	}
	delete(out.Content, users.InfoKey)
	var err error
	if out.Metadata, err = exportedMetadata(u, secrets); err != nil {
		return out, err
	}
	if secrets {
		out.PasswordChange = u.PasswordChange
	}
	if u.Picture != nil {
		out.Lost = append(out.Lost, "picture")
	}
	if !secrets || u.Provenance == nil {
		return out, nil
	}
	if len(u.Provenance.Private) > 0 {
		if err := json.Unmarshal(u.Provenance.Private, &out.Private); err != nil {
			return out, err
		}
	}
	out.Factors, err = im.factors(u)
	return out, err
}

// exportCredentials adds a user's credentials to an export.
func (im *Imports) exportCredentials(ctx context.Context, u *users.User, secrets bool, out *Exported) error {
	external := strategies.Credentials{}
	for _, r := range u.Records {
		exporter, able := im.Registry.Strategy(r.Strategy).(strategies.Exporter)
		if !able || !secrets {
			addNames(external, r)
			if r.Strategy != externalStrategy && secrets {
				out.Lost = append(out.Lost, r.Strategy)
			}
			continue
		}
		strategy, in, err := exporter.Export(ctx, r)
		switch {
		case errors.Is(err, strategies.ErrNotExportable):
			addNames(external, r)
			out.Lost = append(out.Lost, r.Strategy)
		case err != nil:
			return err
		default:
			out.Credentials[strategy] = in
		}
	}
	if len(external) > 0 {
		out.Credentials[externalStrategy] = external
	}
	return nil
}

// exportedMetadata returns a user's metadata by kind, without empty ones.
func exportedMetadata(u *users.User, secrets bool) (map[string]any, error) {
	if u.Metadata == nil {
		return nil, nil
	}
	out := map[string]any{}
	for _, kind := range users.MetadataKinds() {
		var object map[string]any
		if err := json.Unmarshal(u.Metadata.Of(kind), &object); err != nil {
			return nil, err
		}
		if len(object) > 0 && (secrets || kind != users.PrivateMetadata) {
			out[kind] = object
		}
	}
	return out, nil
}

// addNames adds a record's identifiers to the external credentials.
func addNames(external strategies.Credentials, r strategies.Record) {
	for _, id := range r.Identifiers {
		field := id.Kind
		switch field {
		case users.AccountKind:
			field = externalAccounts
		case "username", "email", "phone":
		default:
			continue
		}
		list, _ := external[field].([]any)
		external[field] = append(list, id.Value)
	}
}
