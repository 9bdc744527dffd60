package importer

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/gokuzzle/kuzzle/kuzzle/accounts/imports"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/users"
	"github.com/gokuzzle/kuzzle/kuzzle/importer/rows"
	"github.com/gokuzzle/kuzzle/strategies/digestimport"
	"github.com/gokuzzle/kuzzle/strategies/external"
	"github.com/gokuzzle/kuzzle/strategies/local"
)

// Options say how to read a file and how to import its users. The zero value reads a file
// whose format is recognised.
type Options struct {
	// Format is a name of [Formats], "" to detect it.
	Format string `json:"format,omitempty"`
	// Source is the provider of the external accounts made of the users' ids; "" means the
	// name of the format.
	Source string `json:"source,omitempty"`
	// Map assigns fields to columns, or to keys of flat JSON.
	Map map[string]string `json:"map,omitempty"`
	// IDAs is the use of ids in the source: [External] accounts, kuids, or [Kept]. "" is
	// Kept for Clerk's users and External for others.
	IDAs string `json:"idAs,omitempty"`
	// Key is the field that identifies an existing user: id, kuid, username, email or phone.
	Key string `json:"key,omitempty"`

	OnConflict       imports.Conflict `json:"onConflict,omitempty"`
	MergeCredentials bool             `json:"mergeCredentials,omitempty"`
	DryRun           bool             `json:"dryRun,omitempty"`

	// Profiles are given to users who get none otherwise.
	Profiles []string `json:"profiles,omitempty"`
	// ProfileMap maps roles and groups of the source to profiles here.
	ProfileMap map[string]string `json:"profileMap,omitempty"`
	// IncludeDisabled imports users who could not log in at the source, as banned.
	IncludeDisabled bool `json:"includeDisabled,omitempty"`
	// Wrap says when weak digests are wrapped: "now", before they are written; "weak", the
	// default, while no login waits; "off", never. They are encrypted in any case.
	Wrap string `json:"wrap,omitempty"`
	// Hasher is the format of digests whose format the file does not name.
	Hasher string `json:"hasher,omitempty"`

	// Digest is the recipe of all digests, or the name of a preset, see [digest.Recipe].
	// Names in it are columns. Pepper is the value of pepper, and a secret.
	Digest string `json:"digest,omitempty"`
	Pepper string `json:"pepper,omitempty"`

	// PlainPasswords takes the values of a column or key called password as passwords, even
	// if they look like digests.
	PlainPasswords bool `json:"plainPasswords,omitempty"`

	// Strict refuses rows with a field that would be left out.
	Strict bool `json:"strict,omitempty"`

	// Keep is the kind of metadata for columns and keys without a meaning here: public, private
	// or unsafe; [Drop] and "" leave them out.
	Keep string `json:"keep,omitempty"`

	// AskOldSystem has the strategy legacy-http verify, at the old system, the first
	// password of users without one.
	AskOldSystem bool `json:"askOldSystem,omitempty"`

	Cognito  Cognito  `json:"cognito,omitzero"`
	Firebase Firebase `json:"firebase,omitzero"`
}

// Cognito is the pool that verifies each user's first password.
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

// Values of IDAs and Key.
const (
	External = "external"
	Kuid     = "kuid"
	// Kept makes an id the kuid if it is free, else the user's external id. It is an
	// external account in any case.
	Kept = "kept"

	KeyID       = "id"
	KeyUsername = "username"
	KeyEmail    = "email"
	KeyPhone    = "phone"
)

// Drop, as Keep, leaves out columns and keys without a meaning here, and says that this is meant.
const Drop = "drop"

// keeps reports whether columns and keys without a meaning here become metadata.
func (o Options) keeps() bool { return o.Keep != "" && o.Keep != Drop }

// defaultProfile is the profile of users without any.
const defaultProfile = "default"

// Check returns the [OptionError] that a run would return before it reads.
func (o Options) Check() error {
	_, err := o.withDefaults()
	return err
}

// withDefaults fills in defaults and refuses unknown values.
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
		{"keep", o.Keep, append(users.MetadataKinds(), Drop, "")},
		{"wrap", o.Wrap, []string{"", digestimport.WrapNow, digestimport.WrapWeak, digestimport.WrapOff}},
		{"on-conflict", string(o.OnConflict), []string{string(imports.ConflictFail), string(imports.ConflictSkip), string(imports.ConflictMerge)}},
	} {
		if !slices.Contains(check.known, check.value) {
			known := slices.DeleteFunc(slices.Clone(check.known), func(name string) bool { return name == "" })
			return o, &OptionError{check.name, fmt.Sprintf("%q is not one of %s", check.value, strings.Join(known, ", "))}
		}
	}
	if err := o.checkDigest(); err != nil {
		return o, err
	}
	if o.Source != "" && !external.IsProvider(o.Source) {
		return o, &OptionError{"source", "the name of a source has only a-z, 0-9, \".\", \"_\" and \"-\""}
	}
	for _, column := range slices.Sorted(maps.Keys(o.Map)) {
		if !rows.IsField(o.Map[column]) {
			return o, &OptionError{"map", fmt.Sprintf("%q is not one of %s", o.Map[column], rows.FieldNames())}
		}
	}
	return o, nil
}

// idsAs returns the use of ids for a format.
func (o Options) idsAs(format string) string {
	if o.IDAs == "" && format == clerkFormat {
		return Kept
	}
	return cmp.Or(o.IDAs, External)
}

// how returns the options of the writing domain.
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

// OptionError is an invalid option.
type OptionError struct{ Option, Reason string }

func (e *OptionError) Error() string { return e.Option + ": " + e.Reason }
