package recipe

import (
	"slices"
	"strings"
)

// Preset is the recipe, or the format, of the digests of a known system.
type Preset struct {
	Name string
	// Recipe is "" for a system whose digests are of a format of their own.
	Recipe string
	// Hasher is that format, "" if the digests show theirs.
	Hasher string
	// Note names the fields of the system with the digest and the values, or the formats.
	Note string
}

// Presets returns the presets by name.
func Presets() []Preset { return slices.Clone(presets) }

var presets = []Preset{
	{"asp.net-membership", "sha1(concat(unbase64(salt), utf16le(password)))", "", "aspnet_Membership: Password, PasswordSalt"},
	{"asp.net-membership-sha256", "sha256(concat(unbase64(salt), utf16le(password)))", "", "the same with hashAlgorithmType=\"SHA256\""},
	{"asp.net-membership-hmac", "hmac_sha256(concat(unbase64(salt), unbase64(salt), unbase64(salt), unbase64(salt)), utf16le(password))", "", "the same with HMACSHA256, for its salts of 16 bytes"},
	{"authlogic-scrypt", "scrypt(concat(password, salt))", "", "crypted_password, password_salt"},
	{"authlogic-sha512", strings.Repeat("hex(sha512(", 20) + "concat(password, salt)" + strings.Repeat("))", 20), "", "crypted_password, password_salt; 20 stretches"},
	{"devise-pepper", "bcrypt(concat(password, pepper))", "", "encrypted_password; config.pepper"},
	{"discourse", "pbkdf2_sha256(password, salt, password_algorithm, 32)", "", "password_hash, password_salt, password_algorithm of user_passwords"},
	{"discourse-64000", "pbkdf2_sha256(password, salt, 64000, 32)", "", "password_hash, salt of older versions, which have no password_algorithm"},
	{"flask-security", "recognised(base64(hmac_sha512(pepper, password)))", "", "password; SECURITY_PASSWORD_SALT is the pepper"},
	{"ghost", "", "", "bcrypt, which needs no recipe"},
	{"joomla", "", "", "bcrypt, or hash:salt before 3.2; neither needs a recipe"},
	{"joomla-salt", "md5(concat(password, salt))", "", "the same with the salt in a column of its own"},
	{"magento", "", "", "hash:salt:version, which needs no recipe"},
	{"mediawiki", "", "", "user_password, which needs no recipe"},
	{"meteor", "recognised(hex(sha256(password)))", "", "services.password.bcrypt or argon2"},
	{"nodebb", "bcrypt(hex(sha512(password)))", "", "password"},
	{"passport-local-mongoose", "pbkdf2_sha256(password, salt, 25000, 512)", "", "hash, salt"},
	{"phpbb", "", "", "phpass, bcrypt or argon2, none of which needs a recipe"},
	{"strapi", "", "", "bcrypt, which needs no recipe"},
	{"vbulletin", "md5(concat(hex(md5(password)), salt))", "", "password, salt, before version 5"},
	{"vbulletin5", "bcrypt(hex(md5(password)))", "", "token"},
}

// FindPreset returns the preset of a name.
func FindPreset(name string) (Preset, bool) {
	for _, p := range presets {
		if strings.EqualFold(p.Name, strings.TrimSpace(name)) {
			return p, true
		}
	}
	return Preset{}, false
}

// Whole returns the recipe of a preset, or the text itself.
func Whole(text string) string {
	if p, ok := FindPreset(text); ok {
		return p.Recipe
	}
	return text
}
