package digest

import (
	"crypto/md5"
	"crypto/pbkdf2"
	"crypto/sha256"
	"strings"
	"testing"

	"github.com/go-crypt/x/bcrypt"
	"golang.org/x/crypto/argon2"
	"golang.org/x/crypto/scrypt"
)

// BenchmarkVerify tells what a digest's verification costs, its parsing
// included, beside the primitive alone.
func BenchmarkVerify(b *testing.B) {
	const password = "correct horse"
	salt := []byte("0123456789abcdef")
	for _, row := range []struct {
		hasher, text string
		alone        func()
	}{
		{"argon2id", Hasher{Memory: 19 << 10, Passes: 2, Lanes: 1}.Decoy(), func() { argon2.IDKey([]byte(password), salt, 2, 19<<10, 1, 32) }},
		{"bcrypt", Bcrypt{Rounds: 8}.Decoy(), func() { _, _ = bcrypt.Key([]byte(password), salt, 8) }},
		{
			"pbkdf2_sha256", "pbkdf2_sha256$20000$" + std64.EncodeToString(salt) + "$" + std64.EncodeToString(make([]byte, 32)),
			func() { _, _ = pbkdf2.Key(sha256.New, password, salt, 20000, 32) },
		},
		{
			"scrypt_phc", "$scrypt$ln=14,r=8,p=1$" + raw64.EncodeToString(salt) + "$" + raw64.EncodeToString(make([]byte, 32)),
			func() { _, _ = scrypt.Key([]byte(password), salt, 1<<14, 8, 1, 32) },
		},
		{"md5", strings.Repeat("ab", 16), func() { md5.Sum([]byte(password)) }},
		{"sha256", strings.Repeat("ab", 32), func() { sha256.Sum256([]byte(password)) }},
	} {
		b.Run(row.hasher+"/verify", func(b *testing.B) {
			for b.Loop() {
				d, err := Parse(row.hasher, row.text, Ceilings{})
				if err != nil {
					b.Fatal(err)
				}
				d.Matches(password)
			}
		})
		b.Run(row.hasher+"/alone", func(b *testing.B) {
			for b.Loop() {
				row.alone()
			}
		})
	}
}

// BenchmarkParse tells what reading each format costs, without verifying.
func BenchmarkParse(b *testing.B) {
	seen := map[string]bool{}
	for _, v := range vectors(b) {
		if seen[v.Hasher] || v.Malformed {
			continue
		}
		seen[v.Hasher] = true
		b.Run(v.Hasher, func(b *testing.B) {
			for b.Loop() {
				if _, err := Parse(v.Hasher, v.Digest, Ceilings{}); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
