package local

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"github.com/gokuzzle/kuzzle/strategies"
	"github.com/gokuzzle/kuzzle/strategies/local/strength"
)

// adminRole exempts from mustChangePasswordIfSetByAdmin.
const adminRole = "admin"

// checkPassword checks a new password by all rules that cost no hash.
func (s *Strategy) checkPassword(who strategies.Subject, name, password string) error {
	for _, policy := range s.options.policies {
		if !policy.applies(who.Kuid, who.Profiles, who.Roles) {
			continue
		}
		if policy.ForbidLoginInPassword && contains(password, name) {
			return ErrLoginInPassword.New()
		}
		if policy.regex != nil && !policy.regex.match(password) {
			return ErrWeak.New()
		}
	}
	// Imported passwords are in use already.
	if who.Reason != strategies.Import {
		if utf8.RuneCountInString(norm.NFC.String(password)) < s.options.minLength {
			return ErrTooShort.New(passwordField, s.options.minLength)
		}
		if err := s.checkLeaked(who, password); err != nil {
			return err
		}
		if slices.ContainsFunc(s.options.forbidWords, func(word string) bool { return contains(password, word) }) {
			return ErrForbiddenWord.New()
		}
	}
	if s.options.strength > 0 && strength.Score(password, name) < s.options.strength {
		return ErrGuessable.New()
	}
	return nil
}

// checkLeaked refuses a password that is among the most common ones, or that leaked, in either
// Unicode form. While the list cannot be read, every password is refused, since any may have
// leaked.
func (s *Strategy) checkLeaked(who strategies.Subject, password string) error {
	if who.LetLeaked {
		return nil
	}
	if s.options.forbidCommon && strength.Common(password) {
		return ErrCommon.New()
	}
	if s.options.breached == nil {
		return nil
	}
	for _, form := range []string{password, norm.NFC.String(password)} {
		leaked, err := s.options.breached.Has(form)
		if err != nil {
			return fmt.Errorf("strategies.local.breachedFile: %w", err)
		}
		if leaked {
			return ErrBreached.New()
		}
	}
	return nil
}

// checkAge refuses a right password that must be replaced before the login.
func (s *Strategy) checkAge(ctx context.Context, found strategies.Found) error {
	if len(s.options.policies) == 0 {
		return nil
	}
	roles, err := s.host.RolesOf(ctx, found.Profiles)
	if err != nil {
		return err
	}
	at, by := chosen(found.Records[0], found.Kuid)
	applying := func(yield func(policy) bool) {
		for _, policy := range s.options.policies {
			if policy.applies(found.Kuid, found.Profiles, roles) && !yield(policy) {
				return
			}
		}
	}
	for policy := range applying {
		if policy.expiresAfter > 0 && s.host.Now().After(at.Add(policy.expiresAfter)) {
			return ErrExpiredPassword.New()
		}
	}
	for policy := range applying {
		if policy.MustChange && by != found.Kuid && !slices.Contains(roles, adminRole) {
			return ErrMustChange.New()
		}
	}
	return nil
}

// checkReuse compares a new password with the current one and earlier ones. It hashes once per
// digest. Only changes call it: a validation would let callers guess the password, as it changes
// nothing and counts no failures.
func (s *Strategy) checkReuse(ctx context.Context, who strategies.Subject, password string) error {
	count := s.reuseCount(who)
	if count == 0 || len(who.Records) == 0 {
		return nil
	}
	verdict, err := s.verify(ctx, who, password)
	if err != nil {
		return err
	}
	if verdict != strategies.Wrong {
		return ErrReused.New()
	}
	if !isOurs(who.Records[0]) {
		return nil
	}
	kept, err := decodeSecret(who.Records[0].Secret)
	if err != nil {
		return err
	}
	for _, old := range kept.History[:min(len(kept.History), count-1)] {
		same, err := s.matches(ctx, old, password, false)
		if err != nil {
			return err
		}
		if same {
			return ErrReused.New()
		}
	}
	return nil
}

// reuseCount returns how many passwords, the current one included, may not be set again.
func (s *Strategy) reuseCount(who strategies.Subject) int {
	count := 0
	for _, policy := range s.options.policies {
		if policy.applies(who.Kuid, who.Profiles, who.Roles) {
			count = max(count, policy.ForbidReused)
		}
	}
	return count
}

// history returns the earlier digests that the record in place of old keeps.
func (s *Strategy) history(who strategies.Subject, old strategies.Record) []string {
	count := s.reuseCount(who)
	if count < 2 || !isOurs(old) {
		return nil
	}
	kept, err := decodeSecret(old.Secret)
	if err != nil {
		return nil
	}
	all := append([]string{kept.Digest}, kept.History...)
	return all[:min(len(all), count-1)]
}

// contains ignores case and the Unicode forms of a letter.
func contains(password, name string) bool {
	fold := func(text string) string { return strings.ToLower(norm.NFKC.String(text)) }
	return name != "" && strings.Contains(fold(password), fold(name))
}
