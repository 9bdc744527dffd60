package local

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/gokuzzle/kuzzle/kuzzle/digest"
	"github.com/gokuzzle/kuzzle/strategies"
	"github.com/gokuzzle/kuzzle/strategies/local/strength"
)

// Options are the strategy's configuration. All of them are optional.
type Options struct {
	// PasswordPolicies each apply to the users that they name.
	PasswordPolicies []Policy `json:"passwordPolicies"`
	// RequirePassword asks users for their currentPassword before they change
	// or delete their own credentials.
	RequirePassword bool `json:"requirePassword"`
	// ResetPasswordExpiresIn is the life of a reset token, in ms notation: "1h" by default, at most
	// 30 days.
	ResetPasswordExpiresIn any `json:"resetPasswordExpiresIn"`
	// ResetPasswordURL is the application's page where users set a new password. "{token}" in it is
	// replaced by the token. Without it mails contain only the token.
	ResetPasswordURL string `json:"resetPasswordUrl"`
	// Strength is the lowest score for a new password on zxcvbn's scale of 0 to 4; 0, the default,
	// accepts all.
	Strength int `json:"strength"`
	// MinLength is the smallest number of characters of a new password: 8 by default, at most 64.
	// Imported passwords may be shorter.
	MinLength int `json:"minLength"`
	// ForbidCommon refuses the most common passwords, which guessers try first, as new passwords;
	// true by default.
	ForbidCommon bool `json:"forbidCommon"`
	// BreachedFile is a sorted list of the SHA-1 of all leaked passwords, in the format of the
	// downloads of Have I Been Pwned: one file, or a folder with a file for each first five digits.
	// New passwords in it are refused. Without a list, the default, only the most common passwords
	// are refused.
	BreachedFile string `json:"breachedFile"`
	// ForbidWords are words that new passwords may not contain in any case, such as the names of
	// the product and the company: at most 1000, of 3 to 64 characters.
	ForbidWords []string `json:"forbidWords"`
	// RefuseDigests refuses new passwords that are digests of one of the formats that
	// digest-import takes: such a digest would admit everybody who has seen it; true by
	// default.
	RefuseDigests bool `json:"refuseDigests"`
}

// Policy is a rule for the passwords of some users.
type Policy struct {
	// AppliesTo is "*", or an object with one or more of the lists users, profiles and roles of
	// ids. The policy applies to every user in any list.
	AppliesTo json.RawMessage `json:"appliesTo"`
	// ExpiresAfter is the age, in ms notation, above which a password no longer logs in.
	ExpiresAfter any `json:"expiresAfter"`
	// ForbidLoginInPassword refuses passwords that contain the user name.
	ForbidLoginInPassword bool `json:"forbidLoginInPassword"`
	// ForbidReused is the number of latest passwords, the current one included, that may not be set
	// again; at most 24.
	ForbidReused int `json:"forbidReusedPasswordCount"`
	// MustChange refuses logins with a password that somebody else set, except for users with the
	// role admin.
	MustChange bool `json:"mustChangePasswordIfSetByAdmin"`
	// PasswordRegex is a pattern or /pattern/flags that passwords must match.
	PasswordRegex string `json:"passwordRegex"`
}

const (
	defaultResetExpiry = "1h"
	tokenInURL         = "{token}"
	maxResetExpiry     = 30 * 24 * time.Hour
	maxReused          = 24
	maxStrength        = 4
	defaultMinLength   = 8
	maxMinLength       = 64
	maxForbidden       = 1000
	minWord, maxWord   = 3, 64
	// developmentMinLength allows the password of the published examples.
	developmentMinLength = 6
)

// ForDevelopment fills the configuration with the defaults of a development server, which allow
// passwords as short and as common as those of examples.
func ForDevelopment(cfg json.RawMessage) (json.RawMessage, error) {
	given := map[string]any{"minLength": developmentMinLength, "forbidCommon": false}
	if len(cfg) > 0 {
		if err := json.Unmarshal(cfg, &given); err != nil {
			return nil, errors.New("give an object")
		}
	}
	return json.Marshal(given)
}

// options are the parsed Options.
type options struct {
	hasher          digest.Maker
	policies        []policy
	requirePassword bool
	resetExpiry     time.Duration
	resetURL        string
	strength        int
	minLength       int
	forbidCommon    bool
	breached        *strength.Breached
	forbidWords     []string
	refuseDigests   bool
}

type policy struct {
	Policy
	everybody              bool
	users, profiles, roles []string
	expiresAfter           time.Duration
	regex                  *pattern
}

func (p *policy) applies(kuid string, profiles, roles []string) bool {
	return p.everybody || kuid != "" && slices.Contains(p.users, kuid) ||
		intersect(p.profiles, profiles) || intersect(p.roles, roles)
}

func intersect(a, b []string) bool {
	return slices.ContainsFunc(a, func(one string) bool { return slices.Contains(b, one) })
}

func defaults() Options {
	return Options{
		PasswordPolicies: []Policy{}, ResetPasswordExpiresIn: defaultResetExpiry, MinLength: defaultMinLength, ForbidCommon: true,
		ForbidWords: []string{}, RefuseDigests: true,
	}
}

func parseOptions(cfg json.RawMessage, instance digest.Maker) (options, error) {
	given := defaults()
	if err := strategies.DecodeConfig(cfg, &given); err != nil {
		return options{}, err
	}
	ready := options{hasher: instance, requirePassword: given.RequirePassword,
		strength: given.Strength, minLength: given.MinLength, forbidCommon: given.ForbidCommon, forbidWords: given.ForbidWords, refuseDigests: given.RefuseDigests}
	if given.Strength < 0 || given.Strength > maxStrength {
		return options{}, fmt.Errorf("strength: give a number from 0 to %d", maxStrength)
	}
	if given.MinLength < 1 || given.MinLength > maxMinLength {
		return options{}, fmt.Errorf("minLength: give a number from 1 to %d", maxMinLength)
	}
	if len(given.ForbidWords) > maxForbidden || slices.ContainsFunc(given.ForbidWords, func(word string) bool {
		length := utf8.RuneCountInString(word)
		return length < minWord || length > maxWord
	}) {
		return options{}, fmt.Errorf("forbidWords: give at most %d words of %d to %d characters", maxForbidden, minWord, maxWord)
	}
	if given.BreachedFile != "" {
		list, err := strength.NewBreached(given.BreachedFile)
		if err != nil {
			return options{}, fmt.Errorf("breachedFile: %w", err)
		}
		ready.breached = list
	}
	if given.ResetPasswordExpiresIn == nil {
		given.ResetPasswordExpiresIn = defaultResetExpiry
	}
	wait, err := parseMS(given.ResetPasswordExpiresIn)
	if err != nil || wait <= 0 || wait > maxResetExpiry {
		return options{}, errors.New(`resetPasswordExpiresIn: give a duration of at most "30d", such as "1h"`)
	}
	ready.resetExpiry = wait
	if at, err := url.Parse(given.ResetPasswordURL); given.ResetPasswordURL != "" &&
		(err != nil || at.Host == "" || at.Scheme != "https" && at.Scheme != "http" || !strings.Contains(given.ResetPasswordURL, tokenInURL)) {
		return options{}, errors.New(`resetPasswordUrl: give an address with {token}, such as "https://app.example.com/reset#{token}"`)
	}
	ready.resetURL = given.ResetPasswordURL
	for i, one := range given.PasswordPolicies {
		policy, err := one.ready()
		if err != nil {
			return options{}, fmt.Errorf("passwordPolicies[%d].%w", i, err)
		}
		ready.policies = append(ready.policies, policy)
	}
	return ready, nil
}

func (p Policy) ready() (policy, error) {
	ready := policy{Policy: p}
	if err := ready.readAppliesTo(); err != nil {
		return policy{}, err
	}
	if p.ExpiresAfter != nil {
		wait, err := parseMS(p.ExpiresAfter)
		if err != nil || wait <= 0 {
			return policy{}, errors.New(`expiresAfter: give a duration such as "30d"`)
		}
		ready.expiresAfter = wait
	}
	if p.ForbidReused < 0 || p.ForbidReused > maxReused {
		return policy{}, fmt.Errorf("forbidReusedPasswordCount: give a number from 0 to %d", maxReused)
	}
	if p.PasswordRegex != "" {
		regex, err := parsePattern(p.PasswordRegex)
		if err != nil {
			return policy{}, fmt.Errorf("passwordRegex: %w", err)
		}
		ready.regex = regex
	}
	return ready, nil
}

func (p *policy) readAppliesTo() error {
	var text string
	if json.Unmarshal(p.AppliesTo, &text) == nil && text == "*" {
		p.everybody = true
		return nil
	}
	var lists struct{ Users, Profiles, Roles []string }
	if len(p.AppliesTo) == 0 || strategies.DecodeConfig(p.AppliesTo, &lists) != nil ||
		len(lists.Users)+len(lists.Profiles)+len(lists.Roles) == 0 {
		return errors.New(`appliesTo: give "*", or an object with at least one of the lists users, profiles, roles`)
	}
	p.users, p.profiles, p.roles = lists.Users, lists.Profiles, lists.Roles
	return nil
}
