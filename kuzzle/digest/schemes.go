package digest

import (
	"context"
	"encoding/binary"
	"strconv"
	"strings"
	"time"
)

// reading reads a text of a format.
type reading func(format, text string) (*stored, error)

// scheme is a mark that systems put before digests, with the reader of the digest after it.
type scheme struct {
	mark string
	read reading
}

// marked is a family of marks.
type marked []scheme

// find returns the digest after the mark that a text begins with, and the mark in the text's
// own spelling. The first mark that fits counts.
func (m marked) find(text string, same func(a, b string) bool) (read reading, mark string) {
	for _, s := range m {
		if len(text) >= len(s.mark) && same(text[:len(s.mark)], s.mark) {
			return s.read, text[:len(s.mark)]
		}
	}
	return nil, ""
}

func (m marked) reading(same func(a, b string) bool) reading {
	return func(format, text string) (*stored, error) {
		if read, mark := m.find(text, same); read != nil {
			return after(mark, read)(format, text)
		}
		return nil, malformed(format, "it does not begin with a mark that is supported")
	}
}

func (m marked) claim(same func(a, b string) bool) func(string) Claim {
	return func(text string) Claim {
		if read, _ := m.find(text, same); read != nil {
			return ByPrefix
		}
		return None
	}
}

func exactly(a, b string) bool { return a == b }

// springIDs are the marks of Spring Security's DelegatingPasswordEncoder.
var springIDs = marked{
	{"{bcrypt}", readBcrypt},
	{"{noop}", readNothing},
	{"{pbkdf2@SpringSecurity_v5_8}", readSpringPBKDF2(sha256Hash, 310_000, 16)},
	{"{pbkdf2@SpringSecurity_v5_5}", readSpringPBKDF2(sha1Hash, 185_000, 8)},
	{"{pbkdf2}", readSpringPBKDF2(sha1Hash, 185_000, 8)},
	{"{scrypt@SpringSecurity_v5_8}", readSpringScrypt},
	{"{scrypt}", readSpringScrypt},
	{"{argon2@SpringSecurity_v5_8}", readAnyArgon2},
	{"{argon2}", readAnyArgon2},
	{"{MD5}", readSpringHash(md5Hash)},
	{"{SHA-1}", readSpringHash(sha1Hash)},
	{"{SHA-256}", readSpringHash(sha256Hash)},
	{"{SHA-512}", readSpringHash(sha512Hash)},
	{"{sha256}", readSpringStandard},
}

// directorySchemes are those of OpenLDAP, 389-ds, FreeIPA, Dovecot and Atlassian that have
// no format of their own.
var directorySchemes = marked{
	{"{ARGON2}", readAnyArgon2}, {"{ARGON2I}", readAnyArgon2}, {"{ARGON2ID}", readAnyArgon2},
	{"{BCRYPT}", readBcrypt}, {"{BLF-CRYPT}", readBcrypt},
	{"{PBKDF2_SHA256}", read389(sha256Hash, 64, 256)},
	{"{PBKDF2}$1$", readDovecotPBKDF2},
	{"{PBKDF2}", readIterated(sha1Hash)}, {"{PBKDF2-SHA1}", readIterated(sha1Hash)},
	{"{PKCS5S2}", readAtlassian},
	{"{SSHA384}", readSumThenSalt(sha384Hash)},
	{"{SHA1}", readSum(sha1Hash)}, {"{SHA256}", readSum(sha256Hash)}, {"{SHA384}", readSum(sha384Hash)}, {"{SHA512}", readSum(sha512Hash)},
	{"{LDAP-MD5}", readSum(md5Hash)}, {"{PLAIN-MD5}", readBare(md5Hash)},
	{"{MD5-CRYPT}", readMD5Crypt("$1$")}, {"{SHA256-CRYPT}", readSHACrypt("$5$", sha256Hash)}, {"{SHA512-CRYPT}", readSHACrypt("$6$", sha512Hash)},
	{"{PLAIN}", readNothing}, {"{CLEAR}", readNothing}, {"{CLEARTEXT}", readNothing},
}

// prefixes are marks of applications before digests of known formats.
var prefixes = marked{
	{"#jbcrypt:", readBcrypt}, // Jenkins
	{"$fbscrypt$", readSupabaseScrypt},
	{"$shiro1$", readShiro},
	{"1|", readBcrypt}, {"2|", readAnyArgon2}, {"3|", readAnyArgon2}, // Nextcloud, ownCloud
	{":pbkdf2:", readMediaWiki}, {":A:", readBare(md5Hash)}, {":B:", readOldMediaWiki},
	{"sha256:", readNodePBKDF2(sha256Hash)}, {"sha512:", readNodePBKDF2(sha512Hash)}, {"sha1:", readNodePBKDF2(sha1Hash)}, // defuse.ca's, in many languages
}

// claimSpring leaves marks that LDAP writes too to LDAP.
func claimSpring(text string) Claim {
	claim := springIDs.claim(exactly)(text)
	if rest, is := strings.CutPrefix(text, "{MD5}"); is && !strings.HasPrefix(rest, "{") {
		return None
	}
	return claim
}

// claimDirectory leaves marks in Spring's spelling to Spring.
func claimDirectory(text string) Claim {
	if read, _ := springIDs.find(text, exactly); read != nil {
		return None
	}
	return directorySchemes.claim(strings.EqualFold)(text)
}

func claimPrefixes(text string) Claim {
	if read, mark := prefixes.find(text, exactly); read != nil {
		if d, err := after(mark, read)("", text); err == nil && d != nil || mark[0] == '$' || mark[0] == '#' {
			return ByPrefix
		}
	}
	return None
}

// readAnyArgon2 reads argon2 of any kind in PHC form.
func readAnyArgon2(format, text string) (*stored, error) {
	for _, kind := range []string{"id", "i", "d"} {
		if strings.HasPrefix(text, "$argon2"+kind+"$") {
			return readPHCArgon2(kind)(format, text)
		}
	}
	return nil, malformed(format, "argon2 in PHC form is needed there")
}

// readNothing reads a password in the clear, which is stored as its hash.
func readNothing(_, text string) (*stored, error) {
	sum := sha256Hash.of([]byte(text))
	if text == "" {
		sum = make([]byte, sha256Hash.size) // a decoy, which matches no password
	}
	return plainDigest(sum, func() string { return "" }, sha256Hash.bare(nil, nil)), nil
}

// readSpringPBKDF2 reads the hexadecimal of salt and key together. Parameters are in the
// name alone.
func readSpringPBKDF2(prf algorithm, iterations int64, salt int) reading {
	return func(format, text string) (*stored, error) {
		const key = 32
		raw, err := unhex(format, "salt and key together", text, salt+key, salt+key)
		if err != nil {
			return nil, err
		}
		return pbkdf2Digest(prf, iterations, raw[:salt], raw[salt:], blankEnd(text, text[2*salt:], "0")), nil
	}
}

// readSpringScrypt reads $params$salt$key, where params are log N, r and p in
// hexadecimal: 16, 8 and 8 bits.
func readSpringScrypt(format, text string) (*stored, error) {
	parts, err := fields(format, text, "$", 4)
	if err != nil {
		return nil, err
	}
	params, err := strconv.ParseUint(parts[1], 16, 32)
	if err != nil || parts[0] != "" || params>>16 == 0 || params>>8&0xff == 0 || params&0xff == 0 {
		return nil, malformed(format, "$parameters$salt$hash is needed, the parameters in hexadecimal")
	}
	k := scryptKDF{n: power(int64(params >> 16)), r: int64(params >> 8 & 0xff), p: int64(params & 0xff)}
	return k.digest(format, parts[2], asAny64, parts[3], asAny64, minSum, maxSum, blankEnd(text, parts[3], "A"))
}

// claimSpringScrypt claims digests of SCryptPasswordEncoder without a mark.
func claimSpringScrypt(text string) Claim {
	if len(text) > 8 && text[0] == '$' && strings.Count(text, "$") == 3 && only(text[1:4], hexDigits) {
		if _, err := readSpringScrypt("", text); err == nil {
			return ByShape
		}
	}
	return None
}

// readSpringHash reads digests of MessageDigestPasswordEncoder: a hash of the password and a
// salt in braces, which stands before the sum with its braces.
func readSpringHash(a algorithm) reading {
	return func(format, text string) (*stored, error) {
		salt, digits := "", text
		if strings.HasPrefix(text, "{") {
			end := strings.LastIndexByte(text, '}') + 1
			salt, digits = text[:end], text[end:]
		}
		sum, err := unhex(format, "the hash", digits, a.size, a.size)
		return plainDigest(sum, blankEnd(text, digits, "0"), a.bare(nil, []byte(salt))), err
	}
}

// readSpringStandard reads digests of StandardPasswordEncoder: eight bytes of salt and the
// hash of salt and password, hashed 1023 times more.
func readSpringStandard(format, text string) (*stored, error) {
	const salt, rounds = 8, 1024
	raw, err := unhex(format, "salt and hash together", text, salt+sha256Hash.size, salt+sha256Hash.size)
	if err != nil {
		return nil, err
	}
	k := chain{sha256Hash, rounds, raw[:salt]}
	return &stored{ways: []kdf{k}, sum: raw[salt:], blank: blankEnd(text, text[2*salt:], "0")}, nil
}

// chain hashes salt and password, and then the sum, so many times in all.
type chain struct {
	algorithm
	rounds int64
	salt   []byte
}

func (k chain) derive(ctx context.Context, password []byte, _ int) []byte {
	return k.again(ctx, k.of(k.salt, password), nil, k.rounds-1)
}
func (k chain) bounds(most Ceilings) []bound {
	return []bound{{"rounds", k.rounds, most.Iterations}}
}
func (k chain) shown() map[string]any    { return map[string]any{"hash": k.name, "rounds": k.rounds} }
func (chain) cost() Cost                 { return Cost{} }
func (k chain) effort() time.Duration    { return time.Duration(min(k.rounds, hardIterations)) * k.per }
func (chain) recommended() time.Duration { return strongWithoutSuch }

// readShiro reads algorithm$iterations$salt$sum of Apache Shiro, in base64.
func readShiro(format, text string) (*stored, error) {
	parts, err := fields(format, text, "$", 4)
	if err != nil {
		return nil, err
	}
	a, known := byHash(strings.ToLower(strings.ReplaceAll(parts[0], "-", "")))
	if !known {
		return nil, malformed(format, "its hash function is not supported")
	}
	rounds, err := number(format, "the number of iterations", parts[1])
	if err != nil {
		return nil, err
	}
	salt, err := unbase64(format, "the salt", parts[2], any64, 0, maxSalt)
	if err != nil {
		return nil, err
	}
	sum, err := unbase64(format, "the hash", parts[3], any64, a.size, a.size)
	return &stored{ways: []kdf{chain{a, rounds, salt}}, sum: sum, blank: blankEnd(text, parts[3], "A")}, err
}

// read389 reads the base64 of the iterations in four bytes, a salt and a key.
func read389(prf algorithm, salt, key int) reading {
	return func(format, text string) (*stored, error) {
		const count = 4
		raw, err := unbase64(format, "iterations, salt and key together", text, any64, count+salt+key, count+salt+key)
		if err != nil {
			return nil, err
		}
		iterations := int64(binary.BigEndian.Uint32(raw))
		if iterations == 0 {
			return nil, malformed(format, "it has no iterations")
		}
		head := raw[:count+salt]
		return pbkdf2Digest(prf, iterations, head[count:], raw[count+salt:], func() string {
			return std64.EncodeToString(append(append([]byte{}, head...), make([]byte, key)...))
		}), nil
	}
}

// readAtlassian reads the base64 of a salt and a key.
func readAtlassian(format, text string) (*stored, error) {
	const salt, key, iterations = 16, 32, 10_000
	raw, err := unbase64(format, "salt and key together", text, any64, salt+key, salt+key)
	if err != nil {
		return nil, err
	}
	return pbkdf2Digest(sha1Hash, iterations, raw[:salt], raw[salt:], func() string {
		return std64.EncodeToString(append(append([]byte{}, raw[:salt]...), make([]byte, key)...))
	}), nil
}

// readIterated reads iterations$salt$sum.
func readIterated(prf algorithm) reading {
	return func(format, text string) (*stored, error) {
		parts, err := fields(format, text, "$", 3)
		if err != nil {
			return nil, err
		}
		return pbkdf2Fields(format, text, parts, prf, asAny64, asAny64)
	}
}

// readDovecotPBKDF2 reads salt$iterations$hex, with the salt as plain text.
func readDovecotPBKDF2(format, text string) (*stored, error) {
	parts, err := fields(format, text, "$", 3)
	if err != nil {
		return nil, err
	}
	return pbkdf2Fields(format, text, []string{parts[1], parts[0], parts[2]}, sha1Hash, asText, asHex)
}

// readMediaWiki reads hash:iterations:length:salt:sum.
func readMediaWiki(format, text string) (*stored, error) {
	parts, err := fields(format, text, ":", 5)
	if err != nil {
		return nil, err
	}
	prf, known := byHash(parts[0])
	if !known {
		return nil, malformed(format, "its hash function is not supported")
	}
	d, err := pbkdf2Fields(format, text, []string{parts[1], parts[3], parts[4]}, prf, asAny64, asAny64)
	if err == nil && parts[2] != strconv.Itoa(len(d.sum)) {
		err = malformed(format, "the hash has not the length that it says")
	}
	return d, err
}

// readOldMediaWiki reads salt:hex, the MD5 of salt, hyphen and the MD5 of the password.
func readOldMediaWiki(format, text string) (*stored, error) {
	salt, digits, _ := strings.Cut(text, ":")
	sum, err := unhex(format, "the hash", digits, md5Hash.size, md5Hash.size)
	if salt == "" || len(salt) > maxSalt {
		err = malformed(format, "a salt of 1 to %d bytes is needed", maxSalt)
	}
	way := quick{md5Hash.name, func(password []byte) []byte { return md5Hash.of([]byte(salt), []byte("-"), hexMD5(password)) }}
	return plainDigest(sum, blankEnd(text, digits, "0"), way), err
}

// readNodePBKDF2 reads iterations:length:salt:sum, or without the length.
func readNodePBKDF2(prf algorithm) reading {
	return func(format, text string) (*stored, error) {
		parts := strings.Split(text, ":")
		if len(parts) == 4 {
			parts = []string{parts[0], parts[2], parts[3]}
		}
		if len(parts) != 3 {
			return nil, malformed(format, "iterations, salt and hash between colons are needed")
		}
		return pbkdf2Fields(format, text, parts, prf, asAny64, asAny64)
	}
}

// readSumThenSalt reads the base64 of the hash of password and salt, and the salt.
func readSumThenSalt(a algorithm) reading {
	return func(format, text string) (*stored, error) {
		raw, err := unbase64(format, "hash and salt together", text, any64, a.size+1, a.size+maxSalt)
		if err != nil {
			return nil, err
		}
		salt := raw[a.size:]
		return plainDigest(raw[:a.size], func() string {
			return std64.EncodeToString(append(make([]byte, a.size), salt...))
		}, a.bare(nil, salt)), nil
	}
}

// readSum reads the hash of the password, in base64 or hexadecimal.
func readSum(a algorithm) reading {
	return func(format, text string) (*stored, error) {
		if isHex(text, 2*a.size) {
			return readBare(a)(format, text)
		}
		sum, err := unbase64(format, "the hash", text, any64, a.size, a.size)
		return plainDigest(sum, blankEnd(text, text, "A"), a.bare(nil, nil)), err
	}
}

// readSupabaseScrypt reads v=1,n=log N,r=r,p=p,ss=salt separator,sk=signer key$salt$sum.
func readSupabaseScrypt(format, text string) (*stored, error) {
	parts, err := fields(format, text, "$", 3)
	if err != nil {
		return nil, err
	}
	var plain []string
	keys := map[string]string{"ss": "", "sk": ""}
	for part := range strings.SplitSeq(parts[0], ",") {
		name, value, _ := strings.Cut(part, "=")
		if _, is := keys[name]; is {
			keys[name] = value
		} else {
			plain = append(plain, part)
		}
	}
	version, log := int64(1), int64(0)
	k := scryptKDF{p: 1}
	if err := namedNumbers(format, strings.Join(plain, ","), map[string]*int64{"v": &version, "n": &log, "r": &k.r, "p": &k.p}); err != nil {
		return nil, err
	}
	var raw [4][]byte
	for i, row := range []struct {
		name, text string
		least      int
	}{{"the salt", parts[1], 1}, {"the salt separator", keys["ss"], 0}, {"the signer key", keys["sk"], 1}, {"the hash", parts[2], 1}} {
		if raw[i], err = unbase64(format, row.name, row.text, any64, row.least, maxSalt); err != nil {
			return nil, err
		}
	}
	if version != 1 || len(raw[3]) != len(raw[2]) {
		return nil, malformed(format, "its version is not 1, or the hash is not as long as the signer key")
	}
	d := firebase(k, log, raw[0], raw[1], raw[2], raw[3])
	d.blank = blankEnd(text, parts[2], "A")
	return d, nil
}

// readRubyScrypt reads N$r$p$salt$sum of Ruby's gem, all of it in hexadecimal.
func readRubyScrypt(format, text string) (*stored, error) {
	parts, err := fields(format, text, "$", 5)
	if err != nil {
		return nil, err
	}
	var numbers [3]int64
	for i := range numbers {
		n, err := strconv.ParseInt(parts[i], 16, 64)
		if err != nil || n < 1 {
			return nil, malformed(format, "%c is not a positive number in hexadecimal", "Nrp"[i])
		}
		numbers[i] = n
	}
	k := scryptKDF{n: numbers[0], r: numbers[1], p: numbers[2]}
	return k.digest(format, parts[3], asHex, parts[4], asHex, minSum, maxPBKDF2Sum, blankEnd(text, parts[4], "0"))
}

func claimRubyScrypt(text string) Claim {
	if strings.Count(text, "$") == 4 && only(strings.ReplaceAll(text, "$", ""), hexDigits) {
		if _, err := readRubyScrypt("", text); err == nil {
			return ByPrefix
		}
	}
	return None
}
