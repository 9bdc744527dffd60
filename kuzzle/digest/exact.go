package digest

import (
	"bytes"
	"slices"
)

// Exact reports whether a digest that matches a password was made of exactly this password
// and not of a longer one. If it may have been made of a longer one, it must not be replaced
// by a digest of the instance's own: a user who typed only the beginning would shut out the
// owner of the whole password.
//
// A password of [MaxBcryptPassword] bytes or more, in any of its Unicode forms, is not exact
// for bcrypt of the password itself. All other formats use the whole password.
func Exact(d Digest, password string) bool {
	s, ok := d.(*stored)
	if w, wrapped := d.(*Wrapped); wrapped {
		s, ok = w.inner, true
	}
	if !ok {
		return true
	}
	if k, described := s.ways[0].(recipeKDF); described {
		return !slices.ContainsFunc(forms(password), func(form string) bool { return !k.exact(form) })
	}
	if _, cuts := s.ways[0].(bcryptKDF); !cuts {
		return true
	}
	for _, form := range forms(password) {
		// A hash in place of the password has a length of its own, and a pepper follows it.
		if min(len(form), len(s.prepared(form))) >= MaxBcryptPassword {
			return false
		}
	}
	return true
}

// padding is a kdf that keys HMAC with the password, where zeros after a short key change
// nothing.
type padding interface{ pads() }

func (pbkdf2KDF) pads() {}
func (scryptKDF) pads() {}

// padded reports whether a password ends in zeros that a function ignores.
func padded(way kdf, password []byte) bool {
	_, pads := way.(padding)
	return pads && bytes.HasSuffix(password, []byte{0})
}
