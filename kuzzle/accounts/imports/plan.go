package imports

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/gokuzzle/kuzzle/kuzzle/accounts/credentials"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/users"
	"github.com/gokuzzle/kuzzle/kuzzle/fault/assert"
	"github.com/gokuzzle/kuzzle/kuzzle/kuid"
	"github.com/gokuzzle/kuzzle/strategies"
)

const (
	// fingerprintPurpose is the purpose of the key for rows' fingerprints. Without a key, a
	// fingerprint would allow guesses at a password whose digest is sealed.
	fingerprintPurpose = "accounts.import.row"

	fingerprintBytes = 16
	// fingerprintForm is part of the fingerprint since rows have Removes.
	fingerprintForm = "removes:"
)

// unchanged reports whether a row, imported before, would change nothing of its user.
func (in *importing) unchanged(u *users.User, p *plannedRow) bool {
	if u.Provenance == nil || u.Provenance.Left && in.how.OnConflict == ConflictMerge && in.how.MergeCredentials {
		return false
	}
	return bytes.Equal(u.Provenance.Row, p.user.Provenance.Row) || in.broughtEarlier(u, p)
}

// plan does everything with a row that needs no write.
func (in *importing) plan(ctx context.Context, row *Row) (*plannedRow, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	id, err := in.id(row)
	if err != nil {
		return nil, err
	}
	profileIDs, err := in.profiles(ctx, id, in.how.existing(row.Content["profileIds"]))
	if err != nil {
		return nil, err
	}
	made := users.Info{Author: in.by.Kuid, CreatedAt: in.Now().UnixMilli()}
	if !row.CreatedAt.IsZero() {
		if row.CreatedAt.After(in.Now()) {
			return nil, assert.InvalidArgument.New("createdAt", "a time in the past")
		}
		made.CreatedAt = row.CreatedAt.UnixMilli()
	}
	u, err := users.FreshUser(id, profileIDs, row.Content, made)
	if err != nil {
		return nil, err
	}
	if err := in.users.CheckContent(false, u, nil); err != nil {
		return nil, err
	}
	if err := row.checkRemoves(); err != nil {
		return nil, err
	}
	if err := in.users.CheckBelongings(row.Belongings); err != nil {
		return nil, err
	}
	if u.Provenance, err = in.brings(row); err != nil {
		return nil, err
	}
	u.Standing = row.standing(in.Now())
	if err := users.CheckPasswordChange(row.PasswordChange); err != nil {
		return nil, err
	}
	u.PasswordChange = row.PasswordChange
	u.LastSignInAt = min(max(row.LastSignInAt, 0), in.Now().UnixMilli())
	u.LastActiveAt = users.DayOf(time.UnixMilli(min(max(row.LastActiveAt, 0), in.Now().UnixMilli())))
	if err := users.CheckMetadata("accountMetadata", row.Metadata, users.MetadataKinds()); err != nil {
		return nil, err
	}
	if u.Metadata, err = u.Metadata.Patched(row.Metadata); err != nil {
		return nil, err
	}
	if u.Details, err = u.Details.Patched(DetailsPart, row.Details, in.Now().UnixMilli()); err != nil {
		return nil, err
	}
	if u.Details, err = in.elsewhere(row, id, u.Details); err != nil {
		return nil, err
	}
	p := &plannedRow{row: row, user: u}
	if p.contacts, err = in.names.CheckContacts(contactsName, row.Contacts, in.Now().UnixMilli()); err != nil {
		return nil, err
	}
	u.Contacts, p.addressLeft = in.names.AddContacts(p.contacts, row.Addresses, in.Now().UnixMilli())
	if err := in.checkCredentials(ctx, p); err != nil {
		return nil, err
	}
	if err := in.users.CheckRecords(false, u, nil); err != nil {
		return nil, err
	}
	if err := in.protect(p); err != nil {
		return nil, err
	}
	left, err := in.credentials.CheckBrought(ctx, u.Kuid, row.Factors)
	if err != nil {
		return nil, err
	}
	p.factorLeft = row.FactorLeft || len(left) > 0
	for _, b := range credentials.BroughtFactors() {
		if row.Factors[b.Factor] != nil && !slices.Contains(left, b.Factor) {
			u.Provenance.Waiting = append(u.Provenance.Waiting, b.Strategy)
		}
	}
	if in.how.DryRun {
		return p, nil
	}
	if p.write, err = in.users.Prepare(users.Change{By: in.by, Next: u, Tell: brought}); err != nil {
		return nil, err
	}
	return p, nil
}

// id returns the first id to try for a row's user; it may be taken.
func (in *importing) id(row *Row) (string, error) {
	switch {
	case row.ID != "":
		return row.ID, kuid.Check(row.ID)
	case row.Wanted != "" && kuid.Check(row.Wanted) == nil:
		return row.Wanted, nil
	}
	return in.drawn(row)
}

// drawn generates an id for a row.
func (in *importing) drawn(row *Row) (string, error) {
	if row.Wanted != "" {
		return in.NewKuid(kuid.Opaque)
	}
	return in.NewKuid(row.Form)
}

// elsewhere returns a user's details with the row's wanted id, which another user has, as the
// external id.
func (in *importing) elsewhere(row *Row, id string, d *users.Details) (*users.Details, error) {
	if row.Wanted == "" || row.Wanted == id || d != nil && d.ExternalID != "" {
		return d, nil
	}
	return d.Patched(DetailsPart, map[string]any{users.ExternalIDDetail: row.Wanted}, in.Now().UnixMilli())
}

// checkCredentials checks a row's credentials, and seals them if they will be written.
func (in *importing) checkCredentials(ctx context.Context, p *plannedRow) error {
	sent, owner := p.row.Credentials, ""
	drafts := make([]credentials.Draft, 0, len(sent))
	for _, name := range slices.Sorted(maps.Keys(sent)) {
		if err := in.Registry.CheckStrategy(name); err != nil {
			return err
		}
		if sent[name] == nil {
			continue // a merge removes them
		}
		given, err := in.credentials.CredentialsOf(sent, name, &owner)
		if err != nil {
			return err
		}
		stated := len(given)
		given = stating(given)
		if len(given) == 0 && stated > 0 && in.Registry.Verifier(name) == nil {
			continue
		}
		if more := in.how.With[name]; more != nil {
			given = maps.Clone(given)
			maps.Copy(given, more)
		}
		roles, err := in.rolesOf(ctx, p.user.Profiles)
		if err != nil {
			return err
		}
		d, err := in.Registry.Strategy(name).Check(ctx, strategies.Subject{
			Kuid: p.user.Kuid, Profiles: p.user.Profiles, Roles: roles,
			By: strategies.Actor{Kuid: in.by.Kuid}, Reason: strategies.Import,
		}, given)
		if err != nil {
			return err
		}
		drafts = append(drafts, credentials.Draft{Strategy: name, Draft: d})
	}
	if in.how.DryRun {
		for _, d := range drafts {
			p.user.Records = append(p.user.Records, strategies.Record{Strategy: d.Strategy, Identifiers: d.Draft.Identifiers()})
		}
		return nil
	}
	return in.credentials.Seal(ctx, in.by, p.user, drafts)
}

// standing returns a row's standing with no time in the future, and without an expired lock.
func (r *Row) standing(now time.Time) users.Standing {
	s := r.Standing
	if s.LockedUntil < 0 {
		s.LockedUntil = now.UnixMilli() - s.LockedUntil
	}
	s = s.At(now)
	for _, at := range []*int64{&s.BannedAt, &s.LockedAt} {
		if *at < 0 || *at > now.UnixMilli() {
			*at = now.UnixMilli()
		}
	}
	if s.LockedUntil != 0 && s.LockedAt == 0 {
		s.LockedAt = now.UnixMilli()
	}
	return s
}

// brings returns the user's provenance from the row; protect adds the second factors.
func (in *importing) brings(row *Row) (*users.Provenance, error) {
	text, err := row.fingerprinted()
	if err != nil {
		return nil, err
	}
	if len(row.Addresses) > 0 {
		text = users.AppendContacts(append(text, "addresses:"...), row.Addresses)
	}
	if text, err = appendRemoves(text, row.Removes); err != nil {
		return nil, err
	}
	b := &users.Provenance{Row: in.fingerprint(text), Source: in.how.Source}
	if len(row.Private) == 0 {
		return b, nil
	}
	b.Private, err = mergedPrivate(nil, row.Private, privateName)
	return b, err
}

func (in *importing) fingerprint(text []byte) []byte {
	mac := hmac.New(sha256.New, in.key)
	mac.Write(text)
	return mac.Sum(nil)[:fingerprintBytes]
}

// appendRemoves appends the row's Removes to the text for its fingerprint.
func appendRemoves(text []byte, removes []string) ([]byte, error) {
	text = append(text, fingerprintForm...)
	if len(removes) == 0 {
		return text, nil
	}
	return users.AppendList(text, users.Anys(slices.Sorted(slices.Values(removes))))
}

// broughtEarlier reports whether a user was imported by an earlier release: one that made no
// contacts of addresses, or one whose fingerprints had no Removes. Then a merge does the missing
// part.
func (in *importing) broughtEarlier(u *users.User, p *plannedRow) bool {
	merges := in.how.OnConflict == ConflictMerge
	removes := slices.DeleteFunc(slices.Clone(p.row.Removes), func(name string) bool {
		part, _, _ := strings.Cut(name, ".")
		return part == ContactsPart
	})
	if merges && in.how.MergeCredentials && len(p.row.Addresses)+len(p.row.Removes)-len(removes) > 0 {
		return false
	}
	text, err := p.row.fingerprinted()
	if err != nil {
		return false
	}
	if bytes.Equal(u.Provenance.Row, in.fingerprint(text)) {
		return len(p.row.Removes) == 0 || !merges
	}
	text, err = appendRemoves(text, removes)
	return err == nil && bytes.Equal(u.Provenance.Row, in.fingerprint(text))
}

// fingerprinted returns the text for a row's fingerprint, without addresses and Removes.
func (r *Row) fingerprinted() ([]byte, error) {
	b := make([]byte, 0, 512)
	for _, part := range [...]any{
		r.ID, int64(r.Form), r.Key.Kind, r.Key.Value, r.Content, r.Credentials, r.Private, r.Factors, r.CreatedAt.UTC().Format(time.RFC3339Nano),
	} {
		var err error
		if b, err = users.AppendJSON(b, part); err != nil {
			return nil, err
		}
		b = append(b, '\n')
	}
	if r.Standing != (users.Standing{}) { // so that rows without one equal those of earlier releases
		b = fmt.Appendln(b, r.BannedAt, r.LockedAt)
		if r.LockedUntil != 0 {
			b = fmt.Appendln(b, r.LockedUntil)
		}
	}
	if len(r.Belongings) > 0 {
		var err error
		if b, err = users.AppendJSON(b, r.Belongings); err != nil {
			return nil, err
		}
	}
	if len(r.Metadata) > 0 {
		var err error
		if b, err = users.AppendMember(b, "accountMetadata", r.Metadata); err != nil {
			return nil, err
		}
	}
	if len(r.Contacts) > 0 {
		var err error
		if b, err = users.AppendMember(b, contactsName, r.Contacts); err != nil {
			return nil, err
		}
	}
	if len(r.Details) > 0 {
		return users.AppendMember(b, DetailsPart, r.Details)
	}
	return b, nil
}

// contactsName is the row's member for contacts.
const contactsName = ContactsPart

// protect encrypts second factors.
func (in *importing) protect(p *plannedRow) error {
	if len(p.row.Factors) == 0 {
		return nil
	}
	plain, err := mergedPrivate(nil, p.row.Factors, factorsName)
	if err != nil || plain == nil {
		return err
	}
	p.user.Provenance.Factors, err = in.Sealer.Seal(credentials.FactorsPurpose, plain)
	return err
}

// profiles returns a row's profiles. It looks each set up once per batch, since the write itself
// checks the profiles anyway.
func (in *importing) profiles(ctx context.Context, kuid string, value any) ([]string, error) {
	ids, err := users.ProfileList(kuid, value)
	if err != nil {
		return nil, err
	}
	name := strings.Join(ids, "\x00")
	in.mu.Lock()
	defer in.mu.Unlock()
	if in.there[name] {
		return ids, nil
	}
	if err := in.Rights.Exist(ctx, ids); err != nil {
		return nil, err
	}
	if err := in.containment.Contain(ctx, in.by, ids...); err != nil {
		return nil, err
	}
	in.there[name] = true
	return ids, nil
}

// rolesOf reads the roles of a set of profiles once per batch.
func (in *importing) rolesOf(ctx context.Context, profileIDs []string) ([]string, error) {
	name := strings.Join(profileIDs, "\x00")
	in.mu.Lock()
	defer in.mu.Unlock()
	if roles, ok := in.roles[name]; ok {
		return roles, nil
	}
	roles, err := in.Rights.RolesOf(ctx, profileIDs)
	if err == nil {
		in.roles[name] = roles
	}
	return roles, err
}

// Factors returns the imported second factors of a user, nil if there are none.
func (im *Imports) Factors(ctx context.Context, kuid string) (map[string]any, error) {
	u, err := im.users.Current(ctx, kuid)
	if err != nil {
		return nil, err
	}
	return im.factors(u)
}

func (im *Imports) factors(u *users.User) (map[string]any, error) {
	if u.Provenance == nil || len(u.Provenance.Factors) == 0 {
		return nil, nil
	}
	plain, err := im.openFactors(u.Provenance)
	if err != nil {
		return nil, err
	}
	var factors map[string]any
	err = json.Unmarshal(plain, &factors)
	return factors, err
}

// openFactors decrypts second factors; nil if there are none.
func (im *Imports) openFactors(b *users.Provenance) (json.RawMessage, error) {
	if len(b.Factors) == 0 {
		return nil, nil
	}
	return im.Sealer.Open(credentials.FactorsPurpose, b.Factors)
}
