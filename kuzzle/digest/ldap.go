package digest

import (
	"strings"
)

// directory is the format of digests behind {SCHEME}, in whatever case.
func directory(name, scheme string, read reading) Format {
	mark := marked{{"{" + scheme + "}", read}}
	return grammar{name, "{", mark.claim(strings.EqualFold), mark.reading(strings.EqualFold)}
}

// readLDAPMD5 reads a hash, or the digest of crypt(3) that Dovecot calls the same.
func readLDAPMD5(format, text string) (*stored, error) {
	if strings.HasPrefix(text, "$1$") {
		return readMD5Crypt("$1$")(format, text)
	}
	return readSum(md5Hash)(format, text)
}

// readCrypt reads a digest of crypt(3).
func readCrypt(format, text string) (*stored, error) {
	for _, crypt := range []scheme{
		{"$1$", readMD5Crypt("$1$")}, {"$apr1$", readMD5Crypt("$apr1$")},
		{"$5$", readSHACrypt("$5$", sha256Hash)}, {"$6$", readSHACrypt("$6$", sha512Hash)},
		{"$y$", readYescrypt}, {"$2", readBcrypt}, {"$argon2", readAnyArgon2},
	} {
		if strings.HasPrefix(text, crypt.mark) {
			return crypt.read(format, text)
		}
	}
	return nil, malformed(format, "what {CRYPT} holds is of no scheme that is supported")
}
