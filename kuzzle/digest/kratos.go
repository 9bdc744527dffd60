package digest

import (
	"bytes"
	"encoding/hex"
	"strings"
)

// Ory Kratos writes what it imports in forms of its own: $sha256$pf=…$salt$sum
// where pf is a template of {SALT} and {PASSWORD}, $md5$sum, $hmac-sha256$sum$key,
// $firescrypt$…, and $sha512-crypt$… for crypt(3).

const (
	saltMark, passwordMark = "{SALT}", "{PASSWORD}"
	maxTemplate            = 256
)

var kratosHashes = []algorithm{md5Hash, sha1Hash, sha224Hash, sha256Hash, sha384Hash, sha512Hash}

func readKratos(format, text string) (*stored, error) {
	name, rest, ok := strings.Cut(strings.TrimPrefix(text, "$"), "$")
	if !ok || !strings.HasPrefix(text, "$") {
		return nil, malformed(format, "it does not begin with a name between $ and $")
	}
	switch name {
	case "md5-crypt":
		return readMD5CryptAs(text, "$"+name+"$", "$1$", readMD5Crypt("$1$"), format)
	case "sha256-crypt":
		return readMD5CryptAs(text, "$"+name+"$", "$5$", readSHACrypt("$5$", sha256Hash), format)
	case "sha512-crypt":
		return readMD5CryptAs(text, "$"+name+"$", "$6$", readSHACrypt("$6$", sha512Hash), format)
	case "firescrypt":
		return readFirescrypt(format, text)
	}
	plain, isHMAC := strings.CutPrefix(name, "hmac-")
	for _, a := range kratosHashes {
		switch {
		case a.name != plain:
		case isHMAC:
			return readKratosHMAC(format, text, rest, a)
		default:
			return readTemplate(format, text, rest, a)
		}
	}
	return nil, malformed(format, "its algorithm is not supported")
}

// readMD5CryptAs reads a digest of crypt(3) under another prefix.
func readMD5CryptAs(text, long, short string, read func(format, text string) (*stored, error), format string) (*stored, error) {
	d, err := read(format, short+strings.TrimPrefix(text, long))
	if err != nil {
		return nil, err
	}
	blank := d.blank
	d.blank = func() string { return long + strings.TrimPrefix(blank(), short) }
	return d, nil
}

func readTemplate(format, text, rest string, a algorithm) (*stored, error) {
	parts := strings.Split(rest, "$")
	if len(parts) == 1 && a.name == md5Hash.name {
		sum, err := unbase64(format, "the hash", rest, std64, a.size, a.size)
		return plainDigest(sum, blankEnd(text, rest, "A"), a.bare(nil, nil)), err
	}
	if len(parts) != 3 || !strings.HasPrefix(parts[0], "pf=") {
		return nil, malformed(format, "pf=template$salt$hash is needed")
	}
	template, err := unbase64(format, "the template", parts[0][len("pf="):], std64, len(passwordMark), maxTemplate)
	if err != nil {
		return nil, err
	}
	if !bytes.Contains(template, []byte(passwordMark)) {
		return nil, malformed(format, "the template does not hold %s", passwordMark)
	}
	salt, err := unbase64(format, "the salt", parts[1], std64, 0, maxSalt)
	if err != nil {
		return nil, err
	}
	sum, err := unbase64(format, "the hash", parts[2], std64, a.size, a.size)
	way := quick{a.name, func(password []byte) []byte {
		return a.of([]byte(strings.NewReplacer(saltMark, string(salt), passwordMark, string(password)).Replace(string(template))))
	}}
	return plainDigest(sum, blankEnd(text, parts[2], "A"), way), err
}

// readKratosHMAC reads sum$key, both in base64, the sum in hexadecimal below it.
func readKratosHMAC(format, text, rest string, a algorithm) (*stored, error) {
	parts, err := fields(format, rest, "$", 2)
	if err != nil {
		return nil, err
	}
	digits, err := unbase64(format, "the hash", parts[0], std64, 2*a.size, 2*a.size)
	if err != nil {
		return nil, err
	}
	sum, err := unhex(format, "what the hash decodes to", string(digits), a.size, a.size)
	if err != nil {
		return nil, err
	}
	key, err := unbase64(format, "the key", parts[1], std64, 1, maxSalt)
	if err != nil {
		return nil, err
	}
	head, tail := text[:len(text)-len(rest)], "$"+parts[1]
	d := plainDigest(sum, func() string {
		return head + std64.EncodeToString([]byte(hex.EncodeToString(make([]byte, a.size)))) + tail
	}, a.keyed(key))
	d.keyed = true
	return d, nil
}

var claimKratos = prefixed("$md5$", "$sha1$", "$sha256$", "$sha512$", "$hmac-", "$firescrypt$", "$md5-crypt$", "$sha256-crypt$", "$sha512-crypt$")
