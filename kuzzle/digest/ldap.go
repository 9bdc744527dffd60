package digest

import (
	"strings"
)

// cutScheme takes {SCHEME}, in whatever case, from the front of a text.
func cutScheme(text, scheme string) (rest string, ok bool) {
	end := len(scheme) + 2
	if len(text) < end || text[0] != '{' || text[end-1] != '}' || !strings.EqualFold(text[1:end-1], scheme) {
		return "", false
	}
	return text[end:], true
}

func claimScheme(scheme string) func(string) Claim {
	return func(text string) Claim {
		if _, ok := cutScheme(text, scheme); ok {
			return ByPrefix
		}
		return None
	}
}

// readScheme reads {SCHEME} and the digest after it.
func readScheme(scheme string, read reading) reading {
	return marked{{"{" + scheme + "}", read}}.reading(strings.EqualFold)
}

// readLDAPMD5 reads a hash, or the digest of crypt(3) that Dovecot calls the same.
func readLDAPMD5(format, text string) (*stored, error) {
	if strings.HasPrefix(text, "$1$") {
		return readMD5Crypt("$1$")(format, text)
	}
	return readSum(md5Hash)(format, text)
}

// readLDAPCrypt reads {CRYPT} around a digest of crypt(3).
func readLDAPCrypt(format, text string) (*stored, error) {
	rest, ok := cutScheme(text, "crypt")
	if !ok {
		return nil, malformed(format, "it does not begin with {CRYPT}")
	}
	head := text[:len(text)-len(rest)]
	for _, crypt := range []struct {
		prefix string
		read   func(format, text string) (*stored, error)
	}{
		{"$1$", readMD5Crypt("$1$")}, {"$apr1$", readMD5Crypt("$apr1$")},
		{"$5$", readSHACrypt("$5$", sha256Hash)}, {"$6$", readSHACrypt("$6$", sha512Hash)},
		{"$y$", readYescrypt}, {"$2", readBcrypt}, {"$argon2", readAnyArgon2},
	} {
		if strings.HasPrefix(rest, crypt.prefix) {
			return after(head, crypt.read)(format, text)
		}
	}
	return nil, malformed(format, "what {CRYPT} holds is of no scheme that is supported")
}
