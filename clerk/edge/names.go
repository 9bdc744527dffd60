package edge

import (
	"strings"
	"unicode/utf8"

	"github.com/gokuzzle/kuzzle/kuzzle/accounts/users"
)

// Limits of usernames, in characters.
const (
	MinUsername = 4
	MaxUsername = 64
)

// Text returns a text with a maximum number of characters.
func (j *Judging) Text(param string, given Text, most int) string {
	value := strings.TrimSpace(given.Value)
	switch {
	case utf8.RuneCountInString(value) > most || len(value) > 4*most:
		j.Refuse(SizeExceeded, param)
	case strings.ContainsFunc(value, func(r rune) bool { return r < ' ' || r == 0x7f }):
		j.Refuse(FormatInvalid, param)
	}
	return value
}

// Username checks a username.
func (j *Judging) Username(param, name string) {
	count, digits := utf8.RuneCountInString(name), strings.Trim(name, "0123456789") == ""
	if phone, reason := users.CanonicalContact(users.Phone, name); reason == "" && phone != "" && strings.HasPrefix(name, "+") {
		j.Refuse(UsernamePhone, param)
		return
	}
	switch {
	case count < MinUsername || count > MaxUsername:
		j.Refuse(UsernameLength, param)
	case strings.Trim(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-") != "":
		j.Refuse(UsernameCharacter, param)
	case digits:
		j.Refuse(UsernameDigits, param)
	}
}
