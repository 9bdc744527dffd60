package digest

import (
	"context"
	"crypto/md5"
	"crypto/pbkdf2"
	"crypto/sha256"
	"fmt"
	"math"
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
		{
			"kratos", "$sha256$pf=" + std64.EncodeToString([]byte(saltMark+passwordMark)) + "$" + std64.EncodeToString(salt) + "$" + std64.EncodeToString(make([]byte, 32)),
			func() { sha256.Sum256([]byte("0123456789abcdef" + benchPassword)) },
		},
		{WrappedName, wrappedMD5(), func() {
			sum := md5.Sum([]byte(benchPassword))
			argon2.IDKey(sum[:], salt, 2, 19<<10, 1, 32)
		}},
	}
}

func wrappedMD5() string {
	d, err := Parse("md5", strings.Repeat("ab", md5.Size), Ceilings{})
	if err != nil {
		panic(err)
	}
	made, _ := Wrap(context.Background(), d, Hasher{Memory: 19 << 10, Passes: 2, Lanes: 1})
	return made.Text()
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
				way.derive(b.Context(), given, len(s.sum))
			}
		}})
	}
	return rows
}

// The bars: which part of the primitive's own time verifying may take over it
// where that is at least long, and how much time else.
const (
	long    = time.Millisecond
	share   = 0.05
	overAll = 5 * time.Microsecond
)

const (
	// turn is what one measurement takes at least: what is quicker is repeated.
	turn = 500 * time.Microsecond
	// pairs is how often verification and primitive take turns at least, and
	// patience how long they do where the noise is more than half the bar.
	pairs    = 15
	patience = 2 * time.Second
)

// BenchmarkVerify prints what the verification of each format costs, its parsing
// included, beside the primitive alone, and whether that is within the bars. The
// two take turns on the processor's own clock, which does not count what else the
// machine does; of the pairs' differences the median is told, with the noise that
// it is sure to. Run it once, on a machine that has nothing else to do:
//
//	go test ./kuzzle/digest -run NONE -bench Verify -benchtime 1x
func BenchmarkVerify(b *testing.B) {
	var table strings.Builder
	missed := 0
	for _, row := range append(libraries(), others(b)...) {
		b.Run(row.hasher, func(b *testing.B) {
			m := row.measure(b)
			b.ReportMetric(float64(m.over), "ns-over")
			b.ReportMetric(float64(m.alone), "ns-alone")
			verdict := "yes"
			switch {
			case m.over-m.noise > m.bar:
				verdict = "**no**"
				missed++
			case m.over > m.bar:
				verdict = "too noisy to tell"
			}
			fmt.Fprintf(&table, "| %s | %v | %v ± %v | %v | %s |\n", row.hasher, m.alone, m.over, m.noise, m.bar, verdict)
		})
	}
	// The log of a benchmark that has others below it is shown only if it fails.
	fmt.Printf("\n| format | primitive alone | verification over it | bar | met |\n|---|---|---|---|---|\n%s\n", &table)
	if missed > 0 {
		b.Errorf("%d formats miss their bar", missed)
	}
}

func (row beside) verify(b *testing.B) {
	d, err := Parse(row.hasher, row.text, Ceilings{})
	if err != nil {
		b.Fatal(err)
	}
	d.Matches(benchPassword)
}

// measured is what verifying takes over a primitive, with the half of the
// interval that this is in, and the bar for it.
type measured struct{ alone, over, noise, bar time.Duration }

func (row beside) measure(b *testing.B) (m measured) {
	verify := func() { row.verify(b) }
	times := 1
	for taking(times, row.alone)*time.Duration(times) < turn {
		times *= 2
	}
	var alone, more []time.Duration
	for began := time.Now(); len(more) < pairs || m.noise > m.bar/2 && time.Since(began) < patience; {
		first, second := verify, row.alone
		if len(more)%2 == 1 {
			first, second = second, first
		}
		with, without := taking(times, first), taking(times, second)
		if len(more)%2 == 1 {
			with, without = without, with
		}
		alone, more = insert(alone, without), insert(more, with-without)
		m = judge(alone, more)
	}
	return m
}

func insert(sorted []time.Duration, one time.Duration) []time.Duration {
	at, _ := slices.BinarySearch(sorted, one)
	return slices.Insert(sorted, at, one)
}

// judge takes sorted times. The median of n is, nineteen times of twenty, within
// 1.8 distances between the quarters, divided by the root of n.
func judge(alone, more []time.Duration) measured {
	n := len(more)
	m := measured{alone: alone[n/2], over: more[n/2], bar: overAll}
	m.noise = time.Duration(1.8 * float64(more[3*n/4]-more[n/4]) / math.Sqrt(float64(n)))
	if m.alone >= long {
		m.bar = time.Duration(share * float64(m.alone))
	}
	return m
}

// taking is the processor's time that a call takes, of so many.
func taking(times int, call func()) time.Duration {
	from := processorTime()
	for range times {
		call()
	}
	return (processorTime() - from) / time.Duration(times)
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
