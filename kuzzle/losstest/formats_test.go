package losstest

import (
	"crypto/pbkdf2"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"sync"
	"testing"
	"time"

	"golang.org/x/crypto/bcrypt"
	"golang.org/x/crypto/scrypt"
)

// formats are digests of password as other systems keep it, at their usual costs;
// nil is our own.
func formats(t *testing.T) []map[string]any {
	t.Helper()
	const salt, iterations = "sixteen bytes 16", 100_000
	text, err := bcrypt.GenerateFromPassword([]byte(password), bcrypt.DefaultCost)
	if err != nil {
		t.Fatal(err)
	}
	mixed, err := scrypt.Key([]byte(password), []byte(salt), 1<<14, 8, 1, sha256.Size)
	if err != nil {
		t.Fatal(err)
	}
	derived, err := pbkdf2.Key(sha256.New, password, []byte(salt), iterations, sha256.Size)
	if err != nil {
		t.Fatal(err)
	}
	digest := func(hasher, text string) map[string]any {
		return map[string]any{"passwordHasher": hasher, "passwordDigest": text}
	}
	raw := base64.RawStdEncoding
	return []map[string]any{
		nil,
		digest("bcrypt", string(text)),
		digest("scrypt_phc", "$scrypt$ln=14,r=8,p=1$"+raw.EncodeToString([]byte(salt))+"$"+raw.EncodeToString(mixed)),
		digest("pbkdf2_sha256_django", fmt.Sprintf("pbkdf2_sha256$%d$%s$%s", iterations, salt, base64.StdEncoding.EncodeToString(derived))),
		// openssl passwd -6 -salt saltsalt
		digest("sha512_crypt", "$6$saltsalt$G9wFFnnUFCPffgjGaIp8t6onbqx3zGbMIn93ecLfBFGJpBV3/0HPLZ17qYbjb.WJDtXbmuMlQ9NnvzVms5ZXj."),
	}
}

// seedMixed makes n users whose digests are of all formats in turn, in one of a
// server's life times.
func seedMixed(t *testing.T, s *server, first, n int) {
	t.Helper()
	brought := formats(t)
	var workers sync.WaitGroup
	for worker := range creators {
		workers.Go(func() {
			for i := first + worker; i < first+n; i += creators {
				user := newUser(floodName(i))
				if format := brought[i%len(brought)]; format != nil {
					user["credentials"] = map[string]any{"digest-import": map[string]any{
						"username": floodName(i), "passwordHasher": format["passwordHasher"], "passwordDigest": format["passwordDigest"],
					}}
				}
				got, err := call(s.base, "POST", createPath(fmt.Sprintf("user-%d", i)), user)
				if err != nil || got.status != 200 {
					t.Errorf("creating user %d: %d %s %v", i, got.status, got.errID, err)
				}
			}
		})
	}
	workers.Wait()
}

// servedWithin is how long an honest login from elsewhere may take during a flood.
const servedWithin = 2 * time.Second

// TestMixedFlood has many log in at the same moment whose passwords are kept in all
// formats, first with wrong passwords, then with right ones. The server stays within
// its memory and serves others from elsewhere.
func TestMixedFlood(t *testing.T) {
	size := sized(t)
	s := start(t, t.TempDir(), "--set", "audit.file=off", "--set", fmt.Sprintf("memory.budget=%d", size.budget))
	first := 0
	for _, n := range size.mixed {
		seedMixed(t, s, first, n)
		for _, wrong := range []bool{true, false} {
			name := fmt.Sprintf("%d right", n)
			if wrong {
				name = fmt.Sprintf("%d wrong", n)
			}
			t.Run(name, func(t *testing.T) {
				s.forgetPeak(t)
				stop, leave := s.probe(t), s.honest(t)
				r, crowdLeaves := gather(t, task{Base: s.base, Kind: "login", Size: n, First: first, Accounts: n, Addresses: addresses, Wrong: wrong})
				longest, p99, peak := leave(), stop(), s.peak()
				crowdLeaves()
				t.Logf("%d logins at once: %v in %v, a login from elsewhere at most %v, p99 of GET /_me meanwhile %v, memory at most %d MiB",
					n, r.Statuses, r.Took.Round(time.Millisecond), longest.Round(time.Millisecond), p99.Round(time.Millisecond), peak/mib)
				expected := 200
				if wrong {
					expected = 401
				}
				if got := r.Statuses[expected] + r.Statuses[429] + r.Statuses[503]; got != n || r.Statuses[expected] == 0 {
					t.Errorf("answers: %v, want %d of %d, or of 429 and 503", r.Statuses, n, expected)
				}
				if r.Rude > 0 {
					t.Errorf("%d were put off without a time to come again", r.Rude)
				}
				if most := size.budget + beyondBudget; peak > most {
					t.Errorf("memory: %d MiB, at most %d", peak/mib, most/mib)
				}
				if size.timed && longest > servedWithin {
					t.Errorf("a login from elsewhere took %v, at most %v", longest, servedWithin)
				}
			})
		}
		first += n
	}
}
