package users

import (
	"encoding/json"
	"errors"
	"maps"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/language"

	"github.com/gokuzzle/kuzzle/kuzzle/fault/assert"
)

// The members of details that are claimed: see [User.Claimed].
const (
	ExternalIDDetail = "externalId"
	usernameDetail   = "username"
)

// ClaimedDetails lists the members of details that are unique among users.
func ClaimedDetails() []string { return []string{ExternalIDDetail, usernameDetail} }

// The largest lengths of texts in details, in characters.
const (
	MaxDetail     = 256
	MaxExternalID = 512
)

// IsLocale reports whether a text is a BCP 47 language tag.
func IsLocale(text string) bool {
	_, err := language.Parse(text)
	return err == nil
}

// IsTimezone reports whether a text is a name of the IANA database, or "".
func IsTimezone(text string) bool {
	_, err := time.LoadLocation(text)
	return err == nil && text != "Local"
}

// DetailNames lists the members of details.
func DetailNames() []string {
	return []string{
		ExternalIDDetail, usernameDetail, "firstName", "lastName", "locale", "timezone", "legalAcceptedAt", "deleteSelf",
		"createOrganizations", "organizationsLimit", "trustClients", "factorsAt", "noFactorsAt",
	}
}

// Patched returns details with a JSON merge patch (RFC 7396) applied, nil if they are empty then.
// at is the name of the change in faults. now is in epoch milliseconds.
func (d *Details) Patched(at string, change map[string]any, now int64) (*Details, error) {
	if len(change) == 0 {
		return d, nil
	}
	for _, name := range slices.Sorted(maps.Keys(change)) {
		if !slices.Contains(DetailNames(), name) {
			return nil, assert.Unexpected.New(at+"."+name, DetailNames())
		}
	}
	stored := json.RawMessage("{}")
	if d != nil {
		stored = d.append(nil)
	}
	merged, err := AppendMerged(nil, stored, change)
	if err != nil {
		return nil, err
	}
	next := new(Details)
	var typed *json.UnmarshalTypeError
	switch err := json.Unmarshal(merged, next); {
	case errors.As(err, &typed):
		return nil, assert.InvalidType.New(at+"."+typed.Field, strings.TrimPrefix(typed.Type.String(), "*"))
	case err != nil:
		return nil, err
	case *next == (Details{}):
		return nil, nil
	}
	return next, next.Check(at, now)
}

// Check refuses invalid details; at and now are as in [Details.Patched].
func (d *Details) Check(at string, now int64) error {
	for _, text := range []struct {
		name, value string
		most        int
	}{
		{ExternalIDDetail, d.ExternalID, MaxExternalID}, {usernameDetail, d.Username, MaxDetail}, {"firstName", d.FirstName, MaxDetail},
		{"lastName", d.LastName, MaxDetail}, {"locale", d.Locale, MaxDetail}, {"timezone", d.Timezone, MaxDetail},
	} {
		if utf8.RuneCountInString(text.value) > text.most || strings.ContainsFunc(text.value, unicode.IsControl) {
			return assert.InvalidArgument.New(at+"."+text.name, "a text without control characters, of at most 256 characters, or 512 in an externalId")
		}
	}
	for _, moment := range []struct {
		name string
		at   int64
	}{{"legalAcceptedAt", d.LegalAcceptedAt}, {"factorsAt", d.FactorsAt}, {"noFactorsAt", d.NoFactorsAt}} {
		if moment.at < 0 || moment.at > now {
			return assert.InvalidArgument.New(at+"."+moment.name, "a time in the past, in epoch milliseconds")
		}
	}
	if d.Locale != "" && !IsLocale(d.Locale) {
		return assert.InvalidArgument.New(at+".locale", "a language tag of BCP 47, such as en-US")
	}
	if !IsTimezone(d.Timezone) {
		return assert.InvalidArgument.New(at+".timezone", "a name of the IANA database, such as Europe/Paris")
	}
	if d.OrganizationsLimit != nil && *d.OrganizationsLimit < 0 {
		return assert.InvalidArgument.New(at+".organizationsLimit", "a number of organizations, or 0 for no limit")
	}
	return nil
}
