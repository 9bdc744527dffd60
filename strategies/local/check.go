package local

import (
	"context"
	"maps"
	"slices"
	"strings"

	"github.com/gokuzzle/kuzzle/kuzzle/digest"
	"github.com/gokuzzle/kuzzle/kuzzle/fault/assert"
	"github.com/gokuzzle/kuzzle/strategies"
)

// input is a client's input after its types were checked.
type input struct {
	name, password, current          string
	hasName, hasPassword, hasCurrent bool
	// plain says that a password which looks like a digest is none.
	plain bool
}

// Check implements strategies.Strategy. Its errors come in Kuzzle's order.
func (s *Strategy) Check(ctx context.Context, who strategies.Subject, in strategies.Credentials) (strategies.Draft, error) {
	given, err := read(in)
	if err != nil {
		return nil, err
	}
	d := &draft{strategy: s, who: who, given: given, name: given.name}
	switch who.Reason {
	case strategies.Update, strategies.Reset:
		err = s.checkUpdate(d)
	default:
		err = s.checkNew(d)
	}
	if err != nil {
		return nil, s.takenFirst(ctx, d, err)
	}
	if given.hasPassword {
		err := s.checkPassword(who, d.name, given.password)
		if err == nil && s.options.refuseDigests && !given.plain && digest.Certain(given.password) {
			err = ErrIsDigest.New(passwordField)
		}
		if err != nil {
			return nil, s.takenFirst(ctx, d, err)
		}
	}
	return d, nil
}

func (s *Strategy) checkNew(d *draft) error {
	switch {
	case !d.given.hasName && len(d.who.Identifiers) == 0:
		return ErrMissing.New(usernameField)
	case !d.given.hasPassword:
		return ErrMissing.New(passwordField)
	case len(d.who.Records) > 0 && d.who.Reason != strategies.Validate:
		return strategies.ErrExists.New(Name)
	}
	return nil
}

func (s *Strategy) checkUpdate(d *draft) error {
	if !d.given.hasName && !d.given.hasPassword {
		return ErrNothingGiven.New(usernameField, passwordField)
	}
	if s.asksCurrent(d.who) && !d.given.hasCurrent {
		return ErrMissing.New(currentField)
	}
	if len(d.who.Records) == 0 {
		return strategies.ErrMissing.New(Name)
	}
	d.old = &d.who.Records[0]
	if !d.given.hasName {
		d.name = nameOf(*d.old)
	}
	return nil
}

// takenFirst returns the error for a name that another user holds before any other refusal, as
// clients expect. Without another refusal the claim itself reports it.
func (s *Strategy) takenFirst(ctx context.Context, d *draft, refusal error) error {
	if !d.given.hasName {
		return refusal
	}
	found, ok, err := s.host.FindByIdentifier(ctx, username(d.given.name))
	switch {
	case err != nil:
		return err
	case ok && found.Kuid != d.who.Kuid:
		return strategies.ErrTaken.New(usernameField)
	}
	return refusal
}

// CheckDelete implements strategies.Deleter.
func (s *Strategy) CheckDelete(ctx context.Context, who strategies.Subject, in strategies.Credentials) error {
	if !s.asksCurrent(who) {
		return nil
	}
	field := currentField
	if in[field] == nil {
		field = passwordField
	}
	current, ok, err := text(in, field, strategies.MaxPassword)
	switch {
	case err != nil:
		return err
	case !ok:
		return ErrMissing.New(currentField)
	case len(who.Records) == 0:
		return strategies.ErrMissing.New(Name)
	}
	return s.checkCurrent(ctx, who, current)
}

// asksCurrent reports whether the change needs the current password.
func (s *Strategy) asksCurrent(who strategies.Subject) bool {
	return s.options.requirePassword && who.By.Self && who.Reason != strategies.Reset
}

// checkCurrent looks the user up by name, like a login, because the backend counts failures by
// name: a stolen session must not allow more guesses than a login.
func (s *Strategy) checkCurrent(ctx context.Context, who strategies.Subject, current string) error {
	id := loginName(who)
	found, ok, err := s.host.FindByIdentifier(ctx, id)
	if err != nil {
		return err
	}
	ok = ok && found.Kuid == who.Kuid && len(found.Records) > 0
	verdict, err := s.host.VerifyPassword(ctx, found, ok, id, current)
	if err == nil && (!ok || verdict == strategies.Wrong) {
		err = ErrWrongCurrent.New()
	}
	return err
}

// verify lets the host verify, since another strategy may own the record.
func (s *Strategy) verify(ctx context.Context, who strategies.Subject, password string) (strategies.Verdict, error) {
	found := strategies.Found{Kuid: who.Kuid, Profiles: who.Profiles, Records: who.Records}
	return s.host.VerifyPassword(ctx, found, true, loginName(who), password)
}

func read(in strategies.Credentials) (given input, err error) {
	known := []string{usernameField, passwordField, currentField, PlainField}
	for _, field := range slices.Sorted(maps.Keys(in)) {
		if field == kuidField && truthy(in[field]) {
			return given, ErrForbidden.New(kuidField)
		}
		if field != kuidField && !slices.Contains(known, field) {
			return given, ErrUnknownField.New(shorten(field), known)
		}
	}
	if given.name, given.hasName, err = text(in, usernameField, MaxUsername); err != nil {
		return given, err
	}
	if given.hasName && strings.TrimSpace(given.name) == "" {
		return given, ErrMissing.New(usernameField)
	}
	if given.password, given.hasPassword, err = text(in, passwordField, strategies.MaxPassword); err != nil {
		return given, err
	}
	if given.current, given.hasCurrent, err = text(in, currentField, strategies.MaxPassword); err != nil {
		return given, err
	}
	plain, ok := in[PlainField].(bool)
	if !ok && in[PlainField] != nil {
		return given, assert.InvalidType.New(PlainField, "boolean")
	}
	given.plain = plain
	return given, nil
}

// text reads a text field; absent, null and empty count as not given.
func text(in strategies.Credentials, field string, most int) (value string, given bool, err error) {
	if in[field] == nil {
		return "", false, nil
	}
	value, ok := in[field].(string)
	switch {
	case !ok:
		return "", false, ErrType.New(field)
	case len(value) > most:
		return "", false, ErrTooLong.New(field, most)
	}
	return value, value != "", nil
}

// truthy is JavaScript's truth of a value: clients send "kuid": null.
func truthy(value any) bool {
	switch value {
	case nil, false, "", 0.0, 0:
		return false
	}
	return true
}

// shorten bounds a client's text within an error.
func shorten(text string) string {
	const most = 64
	if len(text) <= most {
		return text
	}
	return strings.ToValidUTF8(text[:most], "") + "…"
}
