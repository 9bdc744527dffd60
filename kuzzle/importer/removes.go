package importer

import (
	"slices"
	"strings"

	"github.com/gokuzzle/kuzzle/kuzzle/accounts/imports"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/users"
	"github.com/gokuzzle/kuzzle/kuzzle/importer/rows"
	"github.com/gokuzzle/kuzzle/strategies/external"
)

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
