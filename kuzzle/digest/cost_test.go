package digest

import (
	"crypto/md5"
	"crypto/pbkdf2"
	"crypto/sha256"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/go-crypt/x/bcrypt"
	"golang.org/x/crypto/argon2"
	"golang.org/x/crypto/scrypt"
)

// beside is a verification and the primitive alone that it stands on.
type beside struct {
	hasher, text string
	alone        func()
}

const benchPassword = "correct horse"

// libraries are the primitives as libraries offer them.
func libraries() []beside {
	salt := []byte("0123456789abcdef")
	return []beside{
		{"argon2id", Hasher{Memory: 19 << 10, Passes: 2, Lanes: 1}.Decoy(), func() { argon2.IDKey([]byte(benchPassword), salt, 2, 19<<10, 1, 32) }},
		{"bcrypt", Bcrypt{Rounds: 8}.Decoy(), func() { _, _ = bcrypt.Key([]byte(benchPassword), salt, 8) }},
		{
			"pbkdf2_sha256", "pbkdf2_sha256$20000$" + std64.EncodeToString(salt) + "$" + std64.EncodeToString(make([]byte, 32)),
			func() { _, _ = pbkdf2.Key(sha256.New, benchPassword, salt, 20000, 32) },
		},
		{
			"scrypt_phc", "$scrypt$ln=14,r=8,p=1$" + raw64.EncodeToString(salt) + "$" + raw64.EncodeToString(make([]byte, 32)),
			func() { _, _ = scrypt.Key([]byte(benchPassword), salt, 1<<14, 8, 1, 32) },
		},
		{"md5", strings.Repeat("ab", 16), func() { md5.Sum([]byte(benchPassword)) }},
		{"sha256", strings.Repeat("ab", 32), func() { sha256.Sum256([]byte(benchPassword)) }},
	}
}

// others are the formats that have no library of their own: what stands alone is
// the function that the format is made of.
func others(b *testing.B) []beside {
	var rows []beside
	seen := map[string]bool{}
	for _, row := range libraries() {
		seen[row.hasher] = true
	}
	for _, v := range vectors(b) {
		d, err := Parse(v.Hasher, v.Digest, Ceilings{})
		s, ok := d.(*stored)
		if err != nil || !ok || seen[v.Hasher] {
			continue
		}
		seen[v.Hasher] = true
		given := []byte(benchPassword)
		if s.prepare != nil {
			given = s.prepare(given)
		}
		rows = append(rows, beside{v.Hasher, v.Digest, func() {
			for _, way := range s.ways {
				way.derive(given, len(s.sum))
			}
		}})
	}
	return rows
}

// BenchmarkVerify tells what the verification of each format costs, its parsing
// included, beside the primitive alone: both in turns, the median of each, as
// ratio and as difference. At most 1.05 is wanted where the primitive takes a
// millisecond, else 5000 ns.
func BenchmarkVerify(b *testing.B) {
	for _, row := range append(libraries(), others(b)...) {
		b.Run(row.hasher, func(b *testing.B) {
			var with, alone []time.Duration
			for b.Loop() {
				start := time.Now()
				d, err := Parse(row.hasher, row.text, Ceilings{})
				if err != nil {
					b.Fatal(err)
				}
				d.Matches(benchPassword)
				middle := time.Now()
				row.alone()
				with, alone = append(with, middle.Sub(start)), append(alone, time.Since(middle))
			}
			slices.Sort(with)
			slices.Sort(alone)
			verify, primitive := with[len(with)/2], alone[len(alone)/2]
			b.ReportMetric(float64(verify)/float64(max(primitive, 1)), "ratio")
			b.ReportMetric(float64(verify-primitive), "ns-over")
			b.ReportMetric(float64(primitive), "ns-alone")
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
