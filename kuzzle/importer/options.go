package importer

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/gokuzzle/kuzzle/kuzzle/accounts/imports"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/users"
	"github.com/gokuzzle/kuzzle/strategies/digestimport"
	"github.com/gokuzzle/kuzzle/strategies/external"
	"github.com/gokuzzle/kuzzle/strategies/local"
)

// Options say how a file is read and what its users become. The zero value reads
// a file whose format it recognises.
type Options struct {
	// Format is a name of [Formats], "" to recognise it.
	Format string `json:"format,omitempty"`
	// Source is the provider under which the users' ids become accounts; the
	// name of the format when empty.
	Source string `json:"source,omitempty"`
	// Map gives columns, or the keys of flat JSON, the meaning of a field.
	Map map[string]string `json:"map,omitempty"`
	// IDAs says what ids in the source become: [External] accounts, kuids, or [Kept];
	// "" is Kept for Clerk's users and External for others.
	IDAs string `json:"idAs,omitempty"`
	// Key says by what a user who is here already is the same one: id, kuid,
	// username, email or phone.
	Key string `json:"key,omitempty"`

	OnConflict       imports.Conflict `json:"onConflict,omitempty"`
	MergeCredentials bool             `json:"mergeCredentials,omitempty"`
	DryRun           bool             `json:"dryRun,omitempty"`

	// Profiles are for users to whom nothing else gives one.
	Profiles []string `json:"profiles,omitempty"`
	// ProfileMap gives roles and groups of the source profiles here.
	ProfileMap map[string]string `json:"profileMap,omitempty"`
	// IncludeDisabled brings users who could not log in where they were, as banned.
	IncludeDisabled bool `json:"includeDisabled,omitempty"`
	// Wrap says when weak digests are wrapped: "now", before they are written;
	// "weak", the default, while nobody waits; "off", never. They are sealed in
	// any case.
	Wrap string `json:"wrap,omitempty"`
	// Hasher is the format of digests that a file does not name.
	Hasher string `json:"hasher,omitempty"`

	// PlainPasswords says that what a column or key called password holds are
	// passwords, although they look like digests.
	PlainPasswords bool `json:"plainPasswords,omitempty"`

	// Strict refuses rows of which a field would be left out.
	Strict bool `json:"strict,omitempty"`

	// Keep is the kind of metadata that takes what means nothing here: public, private or
	// unsafe; "" leaves it out.
	Keep string `json:"keep,omitempty"`

	// AskOldSystem has users who come without a password asked for at the old
	// system at their first login, by the strategy legacy-http.
	AskOldSystem bool `json:"askOldSystem,omitempty"`

	Cognito  Cognito  `json:"cognito,omitzero"`
	Firebase Firebase `json:"firebase,omitzero"`
}

// Cognito is where an exported pool's passwords are asked for, once each.
type Cognito struct {
	Pool   string `json:"pool,omitempty"`
	Client string `json:"client,omitempty"`
}

// Firebase is the project's password hash configuration.
type Firebase struct {
	SignerKey     string `json:"signerKey,omitempty"`
	SaltSeparator string `json:"saltSeparator,omitempty"`
	Rounds        int    `json:"rounds,omitempty"`
	MemoryCost    int    `json:"memoryCost,omitempty"`
}

// The values of IDAs and Key.
const (
	External = "external"
	Kuid     = "kuid"
	// Kept ids become kuids where nobody has them, else the users' external ids; they
	// are accounts in any case.
	Kept = "kept"

	KeyID       = "id"
	KeyUsername = "username"
	KeyEmail    = "email"
	KeyPhone    = "phone"
)

// defaultProfile is what users get who are given none.
const defaultProfile = "default"

// Check refuses with an [OptionError] what a run would refuse before it reads.
func (o Options) Check() error {
	_, err := o.withDefaults()
	return err
}

// withDefaults fills in what is empty and refuses what is unknown.
func (o Options) withDefaults() (Options, error) {
	if o.Key == "" {
		o.Key = KeyID
	}
	if o.OnConflict == "" {
		o.OnConflict = imports.ConflictFail
	}
	if len(o.Profiles) == 0 {
		o.Profiles = []string{defaultProfile}
	}
	for _, check := range []struct {
		name, value string
		known       []string
	}{
		{"format", o.Format, append(Formats(), "")},
		{"id-as", o.IDAs, []string{External, Kept, Kuid, ""}},
		{"key", o.Key, []string{KeyID, Kuid, KeyUsername, KeyEmail, KeyPhone}},
		{"keep", o.Keep, append(users.MetadataKinds(), "")},
		{"wrap", o.Wrap, []string{"", digestimport.WrapNow, digestimport.WrapWeak, digestimport.WrapOff}},
		{"on-conflict", string(o.OnConflict), []string{string(imports.ConflictFail), string(imports.ConflictSkip), string(imports.ConflictMerge)}},
	} {
		if !slices.Contains(check.known, check.value) {
			known := slices.DeleteFunc(slices.Clone(check.known), func(name string) bool { return name == "" })
			return o, &OptionError{check.name, fmt.Sprintf("%q is not one of %s", check.value, strings.Join(known, ", "))}
		}
	}
	if o.Source != "" && !external.IsProvider(o.Source) {
		return o, &OptionError{"source", "the name of a source has only a-z, 0-9, \".\", \"_\" and \"-\""}
	}
	for _, column := range slices.Sorted(maps.Keys(o.Map)) {
		if !isField(o.Map[column]) {
			return o, &OptionError{"map", fmt.Sprintf("%q is not one of %s", o.Map[column], fieldNames())}
		}
	}
	return o, nil
}

// idsAs is what ids in a source of a format become.
func (o Options) idsAs(format string) string {
	if o.IDAs == "" && format == clerkFormat {
		return Kept
	}
	return cmp.Or(o.IDAs, External)
}

// how is what the options mean to those who write.
func (o Options) how(source string) imports.Import {
	how := imports.Import{Source: source, OnConflict: o.OnConflict, MergeCredentials: o.MergeCredentials, DryRun: o.DryRun}
	how.With = map[string]map[string]any{}
	if o.Wrap != "" {
		how.With[digestimport.Name] = map[string]any{digestimport.WrapField: o.Wrap}
	}
	if o.PlainPasswords {
		how.With[local.Name] = map[string]any{local.PlainField: true}
	}
	return how
}

// OptionError is an option that cannot be.
type OptionError struct{ Option, Reason string }

func (e *OptionError) Error() string { return e.Option + ": " + e.Reason }
