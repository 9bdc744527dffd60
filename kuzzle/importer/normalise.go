package importer

import (
	"cmp"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/gokuzzle/kuzzle/kuzzle/accounts/imports"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/users"
	"github.com/gokuzzle/kuzzle/kuzzle/digest"
	"github.com/gokuzzle/kuzzle/kuzzle/importer/rows"
	"github.com/gokuzzle/kuzzle/kuzzle/importer/values"
	"github.com/gokuzzle/kuzzle/strategies"
	"github.com/gokuzzle/kuzzle/strategies/digestimport"
	"github.com/gokuzzle/kuzzle/strategies/external"
	"github.com/gokuzzle/kuzzle/strategies/legacyhttp"
	"github.com/gokuzzle/kuzzle/strategies/local"
)

// Names of strategies and of their fields in imported credentials.
const (
	digestStrategy = digestimport.Name
	localStrategy  = local.Name
	profilesKey    = "profileIds"

	totpFactor   = "totpSecret"
	backupFactor = "backupCodes"
)

// normaliser turns rows of a source into rows of the domain.
type normaliser struct {
	Options
	source string
	// passwords tells what the file's password fields hold.
	passwords passwords
	// recipe describes the digests, nil for none. recipeFields are the fields of its names.
	recipe       *digest.Recipe
	recipeFields map[string]rows.Field
}

// row returns the user to create, or the fault of the row.
func (n *normaliser) row(r *Row) (imports.Row, *rows.Error) {
	n.tidy(r)
	if r.Organization != nil {
		for _, account := range []*strategies.Identifier{&r.Organization.Member, &r.Organization.Creator, &r.Organization.Inviter} {
			n.account(account)
		}
	}
	if n.Strict && len(r.Lacks) > 0 {
		r.Spoil(r.Lacks[0].Field, "%s", r.Lacks[0].Reason)
	}
	if r.Err != nil || r.Definition != nil || r.Key != nil || r.Organization != nil {
		return imports.Row{}, r.Err
	}
	metadataNulls(r)
	if n.keeps() && len(r.Unknown) > 0 {
		r.KeepUnknown(n.Keep)
	}
	out := imports.Row{ID: r.Kuid, CreatedAt: r.CreatedAt, Private: r.Private, Belongings: r.Belongings, Metadata: r.Metadata, Contacts: r.Contacts, Details: r.Details, PasswordChange: r.PasswordChange}
	switch {
	case out.ID != "":
	case n.IDAs == Kuid:
		out.ID = r.ExternalID
	case n.IDAs == Kept:
		out.Wanted = r.ExternalID
	}
	out.Content = n.contentOf(r)
	out.Credentials = n.credentials(r)
	out.Factors, out.FactorLeft = factors(r), r.FactorLeft
	out.Removes = removes(r)
	out.Addresses = slices.Concat(contacts(users.Email, r.Emails), contacts(users.Phone, r.Phones), contacts(users.Wallet, r.Wallets))
	out.Standing = standing(r)
	out.LastSignInAt, out.LastActiveAt = millis(r.LastSignInAt), millis(r.LastActiveAt)
	err := n.key(r, &out)
	return out, err
}

// account makes an external account, or a kuid, of a user's id in the source.
func (n *normaliser) account(id *strategies.Identifier) {
	if id.Value != "" && n.IDAs != Kuid {
		id.Kind, id.Value = external.Kind, n.source+":"+id.Value
	}
}

// contacts returns a user's addresses as contacts. The first one is the main one, as in the
// content.
func contacts(kind string, list []Address) []users.Contact {
	var all []users.Contact
	for i, a := range list {
		c := users.Contact{Kind: kind, Value: a.Value}
		if a.Verified && !a.Assumed {
			c.Verification = &users.Verification{Strategy: users.ByImport}
		}
		c.Primary = i == 0 && c.Verified()
		c.Reserved, c.SecondFactor = a.Reserved && !c.Verified(), a.SecondFactor && c.Verified()
		all = append(all, c)
	}
	return all
}

// standing bans users who could not log in at the source.
func standing(r *Row) (s users.Standing) {
	if r.Disabled {
		s.BannedAt = imports.SincePresent
	}
	s.BannedAt = cmp.Or(millis(r.BannedAt), s.BannedAt)
	if r.Locked {
		s.LockedAt, s.LockedUntil = imports.SincePresent, -r.LockedFor.Milliseconds()
	}
	s.LockedAt, s.LockedUntil = cmp.Or(millis(r.LockedAt), s.LockedAt), cmp.Or(millis(r.LockedUntil), s.LockedUntil)
	return s
}

// millis returns a time in epoch milliseconds, 0 for none.
func millis(at time.Time) int64 {
	if at.IsZero() {
		return 0
	}
	return at.UnixMilli()
}

// tidy brings addresses to the form in which they are unique.
func (n *normaliser) tidy(r *Row) {
	for field, list := range map[rows.Field][]Address{rows.EmailsField: r.Emails, rows.PhonesField: r.Phones, rows.WalletsField: r.Wallets} {
		if len(list) > rows.MaxAddresses {
			r.Spoil(string(field), "the user has %d addresses, at most %d are read", len(list), rows.MaxAddresses)
			return
		}
	}
	for i := range r.Emails {
		r.Emails[i].Value = strings.TrimSpace(r.Emails[i].Value)
	}
	for i := range r.Phones {
		r.Phones[i].Value = values.PhoneNumber(r.Phones[i].Value)
	}
	r.Emails = slices.DeleteFunc(r.Emails, func(a Address) bool { return a.Value == "" })
	r.Phones = slices.DeleteFunc(r.Phones, func(a Address) bool { return a.Value == "" })
	if n.isDigest(r) {
		r.Digest, r.Password = r.Password, ""
	}
	if r.Digest != "" && r.Password != "" && r.Password != r.Digest {
		r.Left = append(r.Left, "password (they have a digest too, which counts)")
	}
	if r.Digest != "" && r.Hasher == "" && values.Unusable(r.Digest) {
		r.Digest = ""
		r.Lack(string(rows.DigestField), "the value is a mark for an unusable password, not a digest")
	}
	if n.recipe != nil && r.Digest != "" {
		n.describe(r)
	}
	if r.Hasher == "" && r.Digest != "" {
		r.Digest, r.Hasher = digest.Tidy(r.Digest), n.Hasher
	}
	if r.Digest != "" && r.Salt != "" && n.recipe == nil {
		n.salted(r)
	}
	if r.Hasher == "" && r.Digest != "" {
		r.Hasher, r.Guessed = digest.Recognise(r.Digest)
	}
}

// salted adds a salt from a field of its own to the digest. Digests that contain their salt
// need none.
func (n *normaliser) salted(r *Row) {
	switch bare := digest.Bare(r.Digest); {
	case r.Hasher == "md5", r.Hasher == "sha256":
		r.Hasher += "_salted"
		fallthrough
	case (r.Hasher == "md5_salted" || r.Hasher == "sha256_salted") && bare:
		r.Digest = r.Salt + "$" + r.Digest
	case r.Hasher == "" && bare:
		r.Spoil(string(rows.SaltField), "the digest has a salt in a field of its own; name its format with --hasher, md5 or sha256")
	}
}

func (n *normaliser) contentOf(r *Row) map[string]any {
	content := map[string]any{}
	for _, list := range []struct {
		name      string
		addresses []Address
	}{{"email", r.Emails}, {"phone", r.Phones}} {
		if len(list.addresses) == 0 {
			continue
		}
		content[list.name], content[list.name+"Verified"] = list.addresses[0].Value, list.addresses[0].Verified
		if len(list.addresses) > 1 {
			r.AddPrivate(list.name+"s", listed(list.addresses))
		}
	}
	maps.Copy(content, r.Content)
	if profiles := n.profiles(r); profiles != nil {
		content[profilesKey] = profiles
	}
	return content
}

func listed(list []Address) []any {
	out := make([]any, len(list))
	for i, a := range list {
		out[i] = map[string]any{"value": a.Value, "verified": a.Verified}
	}
	return out
}

// profiles returns the profiles of a user; nil when the content names them.
func (n *normaliser) profiles(r *Row) []any {
	var ids []any
	has := map[string]bool{}
	add := func(id string) {
		if !has[id] {
			ids = append(ids, id)
		}
		has[id] = true
	}
	for _, id := range r.Profiles {
		if mapped, ok := n.ProfileMap[id]; ok {
			id = mapped
		}
		add(id)
	}
	for _, role := range r.Roles {
		if mapped, ok := n.ProfileMap[role]; ok {
			add(mapped)
		}
	}
	if len(ids) > 0 || r.Content[profilesKey] != nil {
		return ids
	}
	for _, id := range n.Options.Profiles {
		add(id)
	}
	return ids
}

// login has the login names of a user.
type login struct {
	username       string
	emails, phones []string
}

// loginNames picks the addresses that become login names: the verified ones, and an
// unverified one that is the user's only name, because it was a login name before.
func loginNames(r *Row) login {
	l := login{username: r.Username, emails: proven(r.Emails), phones: slices.DeleteFunc(proven(r.Phones), values.NotE164)}
	if l.username == "" && len(l.emails)+len(l.phones) == 0 {
		switch {
		case len(r.Emails) > 0:
			l.emails = []string{r.Emails[0].Value}
		case len(r.Phones) > 0 && !values.NotE164(r.Phones[0].Value):
			l.phones = []string{r.Phones[0].Value}
		}
	}
	return l
}

func proven(list []Address) []string {
	var values []string
	for _, a := range list {
		if a.Verified {
			values = append(values, a.Value)
		}
	}
	return values
}

// credentials gives login names to the password first, and the other names to external
// accounts.
func (n *normaliser) credentials(r *Row) map[string]any {
	all := map[string]any{}
	l := loginNames(r)
	switch {
	case r.Digest != "":
		given := l.take()
		given["passwordDigest"] = r.Digest
		if r.Hasher != "" {
			given["passwordHasher"] = r.Hasher
		}
		all[digestStrategy] = given
	case r.Password != "":
		given := map[string]any{"password": r.Password}
		switch {
		case l.username != "":
			given["username"], l.username = l.username, ""
		case len(l.emails) > 0:
			given["username"], l.emails = first(l.emails)
		case len(l.phones) > 0:
			given["username"], l.phones = first(l.phones)
		}
		all[localStrategy] = given
	case n.AskOldSystem:
		if given := l.take(); len(given) > 0 {
			all[legacyhttp.Name] = given
		}
	}
	if ext := n.external(r, l); len(ext) > 0 {
		all[external.Name] = ext
	}
	maps.Copy(all, r.Credentials)
	return all
}

// take returns one name of each kind and removes it.
func (l *login) take() map[string]any {
	given := map[string]any{}
	if l.username != "" {
		given["username"], l.username = l.username, ""
	}
	given["email"], l.emails = first(l.emails)
	given["phone"], l.phones = first(l.phones)
	maps.DeleteFunc(given, func(_ string, value any) bool { return value == nil })
	return given
}

func first(list []string) (any, []string) {
	if len(list) == 0 {
		return nil, nil
	}
	return list[0], list[1:]
}

func (n *normaliser) external(r *Row, l login) map[string]any {
	ext := map[string]any{}
	var ids []any
	if r.ExternalID != "" && n.IDAs != Kuid {
		ids = append(ids, n.source+":"+r.ExternalID)
	}
	for _, identity := range r.Identities {
		ids = append(ids, strings.ToLower(identity.Provider)+":"+identity.ID)
	}
	if len(ids) > 0 {
		ext[external.Accounts] = ids
	}
	if l.username != "" {
		ext[external.Username] = l.username
	}
	if len(l.emails) > 0 {
		ext[external.Email] = anys(l.emails)
	}
	if len(l.phones) > 0 {
		ext[external.Phone] = anys(l.phones)
	}
	return ext
}

func anys(list []string) []any {
	out := make([]any, len(list))
	for i, value := range list {
		out[i] = value
	}
	return out
}

func factors(r *Row) map[string]any {
	if r.TOTP == "" && len(r.BackupCodes) == 0 {
		return nil
	}
	kept := map[string]any{}
	if r.TOTP != "" {
		kept[totpFactor] = r.TOTP
	}
	if len(r.BackupCodes) > 0 {
		kept[backupFactor] = anys(r.BackupCodes)
	}
	return kept
}

// key sets the key that identifies the user on a repeated import. Without an id, it is the
// user's name in the source.
func (n *normaliser) key(r *Row, out *imports.Row) *rows.Error {
	l := loginNames(r)
	kind := n.Key
	if kind == KeyID {
		switch {
		case out.ID != "":
			return nil
		case r.ExternalID != "":
			out.Key = strategies.Identifier{Kind: external.Kind, Value: n.source + ":" + r.ExternalID}
			return nil
		case l.username != "":
			kind = KeyUsername
		case len(l.emails) > 0:
			kind = KeyEmail
		case len(l.phones) > 0:
			kind = KeyPhone
		}
	}
	value := ""
	switch kind {
	case Kuid:
		if value = out.ID; value != "" {
			return nil
		}
	case KeyUsername:
		value = l.username
	case KeyEmail:
		if len(l.emails) > 0 {
			value = l.emails[0]
		}
	case KeyPhone:
		if len(l.phones) > 0 {
			value = l.phones[0]
		}
	}
	switch {
	case value != "":
		out.Key = strategies.Identifier{Kind: kind, Value: value}
		return nil
	case n.Key == KeyID:
		return &rows.Error{Field: KeyID, Reason: "the row has no id, user name, e-mail address or phone number"}
	}
	return &rows.Error{Field: n.Key, Reason: "the value is empty, and --key compares users by it"}
}
