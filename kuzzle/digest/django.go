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
		return readHashOrHMAC(djangoMD5, md5Hash)(format, text)
	case strings.HasPrefix(text, djangoSHA1):
		return readHashOrHMAC(djangoSHA1, sha1Hash)(format, text)
	}
	return nil, malformed(format, "it does not begin with an algorithm of Django's that is supported")
}

// readHashOrHMAC reads digests of Django and of Werkzeug before version 3, which look the
// same: Django hashes salt and password, Werkzeug uses an HMAC keyed with the salt. The text
// does not show which, so both match.
func readHashOrHMAC(prefix string, a algorithm) func(format, text string) (*stored, error) {
	return func(format, text string) (*stored, error) {
		d, err := readSaltFirst(prefix, a)(format, text)
		if err == nil {
			salt, _, _ := strings.Cut(text[len(prefix):], "$")
			d.ways = append(d.ways, a.keyed([]byte(salt)))
		}
		return d, err
	}
}

// readWerkzeugHMAC reads hash$salt$hex of Werkzeug before version 3: the HMAC of the
// password, keyed with the salt.
func readWerkzeugHMAC(format, text string) (*stored, error) {
	parts, err := fields(format, text, "$", 3)
	if err != nil {
		return nil, err
	}
	for _, a := range kratosHashes {
		if a.name != parts[0] {
			continue
		}
		if err := sized(format, "the salt", len(parts[1]), 1, maxSalt); err != nil {
			return nil, err
		}
		sum, err := unhex(format, "the hash", parts[2], a.size, a.size)
		return plainDigest(sum, blankEnd(text, parts[2], "0"), a.keyed([]byte(parts[1]))), err
	}
	return nil, malformed(format, "its hash function is not supported")
}

// claimWerkzeugHMAC leaves digests of the same form to Django.
func claimWerkzeugHMAC(text string) Claim {
	if strings.HasPrefix(text, djangoMD5) || strings.HasPrefix(text, djangoSHA1) {
		return NeedsName
	}
	if strings.Count(text, "$") != 2 {
		return None
	}
	return prefixed("sha224$", "sha256$", "sha384$", "sha512$")(text)
}

// claimDjango leaves algorithms with a format of their own to that format.
func claimDjango(text string) Claim {
	if strings.HasPrefix(text, sha256Prefix) || strings.HasPrefix(text, djangoBcryptSHA256) {
		return NeedsName
	}
	return prefixed(sha1Prefix, djangoArgon2+"$", djangoScrypt, djangoBcrypt, djangoMD5, djangoSHA1)(text)
}
