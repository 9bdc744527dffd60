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

// readSSHA reads {SCHEME} and the base64 of the hash of password and salt,
// followed by the salt.
func readSSHA(scheme string, a algorithm) func(format, text string) (*stored, error) {
	return func(format, text string) (*stored, error) {
		rest, ok := cutScheme(text, scheme)
		if !ok {
			return nil, malformed(format, "it does not begin with {%s}", strings.ToUpper(scheme))
		}
		raw, err := unbase64(format, "hash and salt together", rest, std64, a.size+1, a.size+maxSalt)
		if err != nil {
			return nil, err
		}
		sum, salt := raw[:a.size], raw[a.size:]
		head := text[:len(text)-len(rest)]
		return plainDigest(sum, func() string {
			return head + std64.EncodeToString(append(make([]byte, a.size), salt...))
		}, a.bare(nil, salt)), nil
	}
}

// readUnsalted reads {SCHEME} and the base64 of the password's hash.
func readUnsalted(scheme string, a algorithm) func(format, text string) (*stored, error) {
	return func(format, text string) (*stored, error) {
		rest, ok := cutScheme(text, scheme)
		if !ok {
			return nil, malformed(format, "it does not begin with {%s}", strings.ToUpper(scheme))
		}
		sum, err := unbase64(format, "the hash", rest, std64, a.size, a.size)
		return plainDigest(sum, blankEnd(text, rest, "A"), a.bare(nil, nil)), err
	}
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
		{"$y$", readYescrypt}, {"$2", readBcrypt},
	} {
		if strings.HasPrefix(rest, crypt.prefix) {
			return after(head, crypt.read)(format, text)
		}
	}
	return nil, malformed(format, "what {CRYPT} holds is of no scheme that is supported")
}
