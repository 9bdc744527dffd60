package digest

import "strings"

const (
	djangoBcryptSHA256 = "bcrypt_sha256$"
	djangoBcrypt       = "bcrypt$"
	djangoArgon2       = "argon2"
	djangoMD5          = "md5$"
	djangoSHA1         = "sha1$"
	djangoScrypt       = "scrypt$"
)

// readDjango reads Django's encodings, each of which begins with the name of an
// algorithm.
func readDjango(format, text string) (*stored, error) {
	switch {
	case strings.HasPrefix(text, sha1Prefix):
		return readDjangoSHA1(format, text)
	case strings.HasPrefix(text, sha256Prefix):
		return readPBKDF2(sha256Prefix, sha256Hash, asText, asStd64)(format, text)
	case strings.HasPrefix(text, djangoArgon2+"$argon2id$"):
		return after(djangoArgon2, readPHCArgon2("id"))(format, text)
	case strings.HasPrefix(text, djangoArgon2+"$argon2i$"):
		return after(djangoArgon2, readPHCArgon2("i"))(format, text)
	case strings.HasPrefix(text, djangoScrypt):
		return readDjangoScrypt(format, text)
	case strings.HasPrefix(text, djangoBcryptSHA256):
		return hashedFirst(hexSHA256, after(djangoBcryptSHA256, readBcrypt))(format, text)
	case strings.HasPrefix(text, djangoBcrypt):
		return after(djangoBcrypt, readBcrypt)(format, text)
	case strings.HasPrefix(text, djangoMD5):
		return readSaltFirst(djangoMD5, md5Hash)(format, text)
	case strings.HasPrefix(text, djangoSHA1):
		return readSaltFirst(djangoSHA1, sha1Hash)(format, text)
	}
	return nil, malformed(format, "it does not begin with an algorithm of Django's that is supported")
}

// claimDjango leaves to other names what has a name of its own.
func claimDjango(text string) Claim {
	if strings.HasPrefix(text, sha256Prefix) || strings.HasPrefix(text, djangoBcryptSHA256) {
		return NeedsName
	}
	return prefixed(sha1Prefix, djangoArgon2+"$", djangoScrypt, djangoBcrypt, djangoMD5, djangoSHA1)(text)
}
