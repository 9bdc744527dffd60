package digest

import (
	"errors"
	"iter"
	"os"
	"slices"
	"strings"
	"sync"
)

// Names of the formats that the instance itself may write.
const (
	Argon2idName = "argon2id"
	BcryptName   = "bcrypt"
)

// Formats returns the formats: first Clerk's, under the names and with the grammars that
// Clerk documents, then those of other systems.
func Formats() []Format {
	return append(slices.Clone(formats), cognitoFormat(), wrappedFormat{}, recipeFormat{})
}

var formats = []Format{
	grammar{Argon2idName, "$", prefixed("$argon2id$"), readStrictArgon2("id")},
	grammar{"argon2i", "$", prefixed("$argon2i$"), readStrictArgon2("i")},
	grammar{BcryptName, "$", claimBcrypt, readBcrypt},
	grammar{"bcrypt_sha256_django", "b", prefixed(djangoBcryptSHA256), hashedFirst(hexSHA256, after(djangoBcryptSHA256, readBcrypt))},
	grammar{"bcrypt_peppered", "$", claimPeppered, readPeppered},
	grammar{"md5", hexDigits, claimBare(md5Hash), readBare(md5Hash)},
	grammar{"md5_salted", "", claimSalted(md5Hash), readSalted(md5Hash)},
	grammar{"sha256", hexDigits, claimBare(sha256Hash), readBare(sha256Hash)},
	grammar{"sha256_salted", "", claimSalted(sha256Hash), readSalted(sha256Hash)},
	grammar{"pbkdf2_sha1", "p", prefixed(sha1Prefix), readPBKDF2SHA1},
	grammar{"pbkdf2_sha256", "p", prefixed(sha256Prefix), readPBKDF2(sha256Prefix, sha256Hash, asStd64, asStd64)},
	grammar{"pbkdf2_sha256_django", "p", prefixed(sha256Prefix), readPBKDF2(sha256Prefix, sha256Hash, asText, asStd64)},
	grammar{"pbkdf2_sha512", "p", prefixed("pbkdf2_sha512$"), readPBKDF2("pbkdf2_sha512$", sha512Hash, asText, asHex)},
	grammar{"pbkdf2_sha512_hex", "p", prefixed("pbkdf2_sha512_hex$"), readPBKDF2("pbkdf2_sha512_hex$", sha512Hash, asHex, asHex)},
	grammar{"phpass", "$", prefixed("$P$"), readClerkPHP},
	grammar{"md5_phpass", "$", shaped(NeedsName, prefixed("$P$")), readMD5Phpass},
	grammar{"scrypt_firebase", "", claimFirebase, readFirebase},
	grammar{"scrypt_werkzeug", "s$", prefixed("scrypt:", "$scrypt:"), readWerkzeugScrypt},
	directory("ldap_ssha", "ssha", readSumThenSalt(sha1Hash)),
	grammar{"sha512_symfony", "s", prefixed("sha512_symfony$"), readSymfony},

	grammar{"kuzzle_local", documents, claimDocument("userSalt", "userPassword"), readKuzzle},
	grammar{"keycloak", documents, claimDocument("credentialData", "secretData"), readKeycloak},
	grammar{"okta", documents, claimDocument("algorithm", "value"), readOkta},
	grammar{"kratos", "$", claimKratos, readKratos},
	grammar{"wordpress", "$" + hexDigits, claimWordPress, readWordPress},
	grammar{"drupal7", "$U", prefixed("$S$", "U$S$"), readDrupal},
	grammar{"sha512_crypt", "$", prefixed("$6$"), readSHACrypt("$6$", sha512Hash)},
	grammar{"sha256_crypt", "$", prefixed("$5$"), readSHACrypt("$5$", sha256Hash)},
	grammar{"md5_crypt", "$", prefixed("$1$"), readMD5Crypt("$1$")},
	grammar{"apr_md5_crypt", "$", prefixed("$apr1$"), readMD5Crypt("$apr1$")},
	grammar{"yescrypt", "$", prefixed("$y$"), readYescrypt},
	directory("ldap_ssha256", "ssha256", readSumThenSalt(sha256Hash)),
	directory("ldap_ssha512", "ssha512", readSumThenSalt(sha512Hash)),
	directory("ldap_smd5", "smd5", readSumThenSalt(md5Hash)),
	directory("ldap_sha", "sha", readSum(sha1Hash)),
	directory("ldap_md5", "md5", readLDAPMD5),
	directory("ldap_crypt", "crypt", readCrypt),
	directory("ldap_pbkdf2_sha256", "pbkdf2-sha256", readIterated(sha256Hash)),
	directory("ldap_pbkdf2_sha512", "pbkdf2-sha512", readIterated(sha512Hash)),
	grammar{"aspnet_identity", "A", claimASPNet, readASPNet},
	grammar{"django", "pasbm", claimDjango, readDjango},
	grammar{"werkzeug_hmac", "ms", claimWerkzeugHMAC, readWerkzeugHMAC},
	grammar{"argon2", "$", claimArgon2, readAnyArgon2},
	grammar{"scrypt_ruby", hexDigits, claimRubyScrypt, readRubyScrypt},
	grammar{"spring", "{", claimSpring, springIDs.reading(exactly)},
	grammar{"spring_scrypt", "$", claimSpringScrypt, readSpringScrypt},
	grammar{"ldap", "{", claimDirectory, directorySchemes.reading(strings.EqualFold)},
	grammar{"prefixed", "#$123:s", claimPrefixes, prefixes.reading(exactly)},
	grammar{"passlib_pbkdf2", "$", prefixed("$pbkdf2"), readPasslib},
	grammar{"scrypt_phc", "$", prefixed("$scrypt$"), readPHCScrypt},
	grammar{"pbkdf2_werkzeug", "p", prefixed("pbkdf2:"), readWerkzeugPBKDF2},
	grammar{"scrypt_kdf", "c", claimScryptKDF, readScryptKDF},
	grammar{"better_auth_scrypt", hexDigits, claimBetterAuth, readBetterAuth},
	grammar{"nodebb", "$", shaped(NeedsName, claimBcrypt), hashedFirst(hexSHA512, readBcrypt)},
	grammar{"hash_colon_salt", hexDigits, claimColon, readColon},
	grammar{"meteor_bcrypt", "$", shaped(NeedsName, claimBcrypt), hashedFirst(hexSHA256, readBcrypt)},
}

// Lookup finds a format by name.
func Lookup(name string) (Format, bool) {
	for _, f := range formats {
		if f.Name() == name {
			return f, true
		}
	}
	switch name {
	case WrappedName:
		return wrappedFormat{}, true
	case RecipeName:
		return recipeFormat{}, true
	}
	last := cognitoFormat()
	return last, last.Name() == name
}

func cognitoFormat() Format { return Cognito{Endpoint: os.Getenv(CognitoEndpoint)} }

// Names lists the formats' names in the order of Formats.
func Names() []string {
	var names []string
	for _, f := range Formats() {
		names = append(names, f.Name())
	}
	return names
}

// Parse reads a digest of the format named; see [Format.Parse]. Another name is
// ErrUnknownHasher.
func Parse(hasher, text string, most Ceilings) (Digest, error) {
	if f, ok := Lookup(hasher); ok {
		return f.Parse(text, most)
	}
	shown := shorten(hasher)
	if Likely(hasher) || Bare(hasher) { // a column of digests that was taken for that of their formats
		shown = "…"
	}
	return nil, ErrUnknownHasher.New(shown, strings.Join(Names(), ", "))
}

// Candidate is a format that a text may be of.
type Candidate struct {
	Format Format
	Claim  Claim
	// Digest is nil if Problem says why the text does not fit the format.
	Digest  Digest
	Problem error
}

// Identify returns the formats that a text may be of, the most likely first. Formats that
// are used only by name come last.
func Identify(text string, most Ceilings) []Candidate {
	var found []Candidate
	for f, claim := range claiming(text) {
		d, err := f.Parse(text, most)
		found = append(found, Candidate{f, claim, d, err})
	}
	slices.SortStableFunc(found, func(a, b Candidate) int { return b.rank() - a.rank() })
	return found
}

// Tidy removes line ends and blanks, such as those of padded columns, from a digest of an
// unnamed format; some digests end in them.
func Tidy(text string) string {
	whole := strings.TrimSpace(text)
	if whole == text {
		return text
	}
	if _, err := Guess(text, Ceilings{}); err == nil {
		return text
	}
	return whole
}

// beginning returns the grammars whose texts may begin with a character, in the order of formats.
var beginning = sync.OnceValue(func() (with [256][]grammar) {
	for _, f := range formats {
		g := f.(grammar)
		for c := range with {
			if g.starts == "" || strings.IndexByte(g.starts, byte(c)) >= 0 {
				with[c] = append(with[c], g)
			}
		}
	}
	return with
})

// claiming returns the formats that claim a text.
func claiming(text string) iter.Seq2[Format, Claim] {
	return func(yield func(Format, Claim) bool) {
		if text == "" {
			return
		}
		for _, f := range beginning()[text[0]] {
			if claim := f.claim(text); claim != None && !yield(f, claim) {
				return
			}
		}
		for _, f := range [...]Format{Cognito{}, wrappedFormat{}, recipeFormat{}} {
			claim := f.Recognise(text)
			if claim == None {
				continue
			}
			if f.Name() == (Cognito{}).Name() {
				f = cognitoFormat()
			}
			if !yield(f, claim) {
				return
			}
		}
	}
}

// Likely reports whether a text that might be a password is taken for a digest: it begins
// like the digests of one format, or has the whole shape of one.
func Likely(text string) bool {
	for f, claim := range claiming(strings.TrimSpace(text)) {
		if claim == ByPrefix {
			return true
		}
		if claim == ByShape {
			if _, err := f.Parse(strings.TrimSpace(text), Ceilings{}); err == nil {
				return true
			}
		}
	}
	return false
}

// Certain reports whether a text is a digest and nothing else: it begins like the digests of
// one format and is whole, whatever its cost.
func Certain(text string) bool {
	for f, claim := range claiming(strings.TrimSpace(text)) {
		if claim != ByPrefix {
			continue
		}
		if _, err := f.Parse(strings.TrimSpace(text), Ceilings{}); err == nil || errors.Is(err, ErrTooExpensive) {
			return true
		}
	}
	return false
}

func (c Candidate) rank() int {
	rank := int(c.Claim)
	if c.Problem == nil {
		rank += int(ByPrefix)
	}
	return rank
}

// Guess reads a digest of an unnamed format. It returns ErrAmbiguous with the possible
// formats if the text does not show which, ErrMalformed if no format fits, and the format's
// own error for a broken digest of one format. It never guesses a format that is used only
// by name: a wrong guess would lock the user out without notice.
func Guess(text string, most Ceilings) (Digest, error) {
	d, _, err := guess(text, most)
	return d, err
}

// guess is Guess with the format and its claim.
func guess(text string, most Ceilings) (Digest, claimed, error) {
	var room [maxClaims]claimed
	found := room[:0]
	for f, claim := range claiming(text) {
		if claim > NeedsName {
			found = append(found, claimed{f, claim})
		}
	}
	slices.SortStableFunc(found, func(a, b claimed) int { return int(b.claim) - int(a.claim) })
	var first error
	for at := 0; at < len(found); {
		claim := found[at].claim
		var read Digest
		var by claimed
		var likely []string
		for ; at < len(found) && found[at].claim == claim; at++ {
			d, err := found[at].format.Parse(text, most)
			if err == nil {
				read, by, likely = d, found[at], append(likely, found[at].format.Name())
			} else if first == nil {
				first = err
			}
		}
		switch {
		case len(likely) > 1:
			return nil, by, ErrAmbiguous.New(strings.Join(likely, ", "))
		case read != nil:
			return read, by, nil
		}
	}
	if first == nil {
		first = ErrMalformed.New("a password digest", "it looks like none of the formats that are known: name its format")
	}
	return nil, claimed{}, first
}

// claimed is a format that claims a text; usually there are at most maxClaims.
type claimed struct {
	format Format
	claim  Claim
}

const maxClaims = 8

// shorten bounds a client's text in an error.
func shorten(text string) string {
	const most = 64
	if len(text) <= most {
		return text
	}
	return strings.ToValidUTF8(text[:most], "") + "…"
}

// Recognise returns the format of a digest, "" if the text is none or does not show it for
// certain. guessed means that only the shape shows the format.
func Recognise(text string) (hasher string, guessed bool) {
	_, by, err := guess(text, Ceilings{})
	if err != nil {
		return "", false
	}
	return by.format.Name(), by.claim < ByPrefix
}

// Bare reports whether a text is a hash in hexadecimal and nothing else.
func Bare(text string) bool {
	return len(text) >= 2*md5Hash.size && len(text)%2 == 0 && only(text, hexDigits)
}
