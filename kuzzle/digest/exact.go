package digest

import "bytes"

// Exact reports whether a digest that a password matches was made of this password
// and no longer one. Where it was not, nobody knows the whole password, so that the
// digest must not be replaced by one of the instance's own: whoever typed the
// beginning would shut out the owner of the rest.
//
// A password of [MaxBcryptPassword] bytes or more, in any of its Unicode forms, is
// not exact for bcrypt that was given the password itself. All other formats see
// all of a password.
func Exact(d Digest, password string) bool {
	s, ok := d.(*stored)
	if w, wrapped := d.(*Wrapped); wrapped {
		s, ok = w.inner, true
	}
	if !ok {
		return true
	}
	if _, cuts := s.ways[0].(bcryptKDF); !cuts {
		return true
	}
	for _, form := range forms(password) {
		// What was hashed before has a length of its own, and a pepper follows.
		if min(len(form), len(s.prepared(form))) >= MaxBcryptPassword {
			return false
		}
	}
	return true
}

// padding is a kdf that keys HMAC with the password. Zeros behind a short key
// change nothing there.
type padding interface{ pads() }

func (pbkdf2KDF) pads() {}
func (scryptKDF) pads() {}

// padded reports whether a password ends in zeros that a function would not see.
func padded(way kdf, password []byte) bool {
	_, pads := way.(padding)
	return pads && bytes.HasSuffix(password, []byte{0})
}
