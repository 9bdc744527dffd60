package digest

import (
	"strings"

	"github.com/gokuzzle/kuzzle/kuzzle/digest/recipe"
)

// slowFunction makes a slow function of a recipe with its own parameters.
func slowFunction(name string, n []int64, salt []byte) (k recipe.Slow, pads bool, reason string) {
	switch {
	case name == "scrypt":
		made := scryptKDF{n: n[0], r: n[1], p: n[2], salt: salt}
		if made.check("") != nil {
			reason = "N of scrypt is not a power of two above 1"
		}
		return made, true, reason
	case strings.HasPrefix(name, "argon2"):
		made := argon2KDF{kind: name[len("argon2"):], memory: n[0], passes: n[1], lanes: n[2], salt: salt}
		if made.check("") != nil {
			reason = "argon2 needs at least 8 KiB of memory for each lane"
		}
		return made, false, reason
	}
	prf := md5Hash
	if a, known := byHash(name[len("pbkdf2_"):]); known {
		prf = a
	}
	return pbkdf2KDF{prf: prf, iterations: n[0], salt: salt, size: int(n[1])}, true, ""
}

// selfDescribing returns the reader of digests that show salt and parameters themselves, if
// the recipe is one function of them with one argument, and else nil.
func selfDescribing(p *recipe.Part) reading {
	name := p.Name
	switch {
	case len(p.Args) != 1 || !recipe.SelfDescribing(name):
	case name == BcryptName:
		return readBcrypt
	case name == "recognised":
		return readRecognised(func(kdf) bool { return true }, "a format that is known")
	case name == "scrypt":
		return readRecognised(func(k kdf) bool { _, is := k.(scryptKDF); return is }, "scrypt")
	case strings.HasPrefix(name, "argon2"):
		return readRecognised(func(k kdf) bool {
			a, is := k.(argon2KDF)
			return is && (name == "argon2" || name == a.name())
		}, name)
	case strings.HasPrefix(name, "pbkdf2"):
		return readRecognised(func(k kdf) bool {
			a, is := k.(pbkdf2KDF)
			return is && (name == "pbkdf2" || name == "pbkdf2_"+a.prf.name)
		}, name)
	}
	return nil
}

// readRecognised reads a digest of the format that it shows.
func readRecognised(is func(kdf) bool, name string) reading {
	return func(format, text string) (*stored, error) {
		d, err := Guess(text, unbounded)
		if err != nil {
			return nil, err
		}
		s, ok := d.(*stored)
		if !ok || s.format == RecipeName || !is(s.ways[0]) {
			return nil, malformed(format, "the digest is not %s, as its recipe says", name)
		}
		return s, nil
	}
}
