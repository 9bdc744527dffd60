package systemtest

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"maps"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/crypto/bcrypt"

	"github.com/gokuzzle/kuzzle/kuzzle/storage"
)

// digestOf makes a user whose password is a digest from elsewhere.
func (st *story) digestOf(t *testing.T, id, digest string, hasher any) answer {
	t.Helper()
	return st.call(t, call{
		controller: "security", action: "createUser", args: map[string]any{"_id": id}, token: st.kept["admin"], hasBody: true,
		body: map[string]any{
			"content":     map[string]any{"profileIds": []any{"default"}},
			"credentials": map[string]any{"digest-import": map[string]any{"username": id, "passwordDigest": digest, "passwordHasher": hasher}},
		},
	})
}

// TestAttack07: the part of a password that bcrypt ignores counts nevertheless: after
// a NUL, and for passwords that were set here beyond 72 bytes. An imported digest was
// made of 72 bytes. For a user with a longer password the rest does not count, and a
// login with another rest does not lock the owner out.
func TestAttack07(t *testing.T) {
	t.Parallel()
	for _, hasher := range []string{"argon2id", "bcrypt"} {
		t.Run(hasher, func(t *testing.T) {
			t.Parallel()
			eachProtocol(t, func(t *testing.T, protocol string) { tryRest(t, protocol, hasher) })
		})
	}
}

func tryRest(t *testing.T, protocol, hasher string) {
	st := newStory(t, start(t, func(set *settings) { set.Passwords.Hasher, set.Passwords.BcryptCost = hasher, bcrypt.MinCost }), protocol)
	long := strings.Repeat("correct horse ", 6)[:72]
	st.server.operate(t, "security", "createUser", map[string]any{"_id": "long"}, map[string]any{
		"content":     map[string]any{"profileIds": []any{"default"}},
		"credentials": map[string]any{"local": map[string]any{"username": "long", "password": long}},
	})
	digest, err := bcrypt.GenerateFromPassword([]byte("correct horse"), bcrypt.MinCost)
	if err != nil {
		t.Fatal(err)
	}
	if a := st.digestOf(t, "short", string(digest), "bcrypt"); a.status != 200 {
		t.Fatalf("%s", a.raw)
	}
	foreign, err := bcrypt.GenerateFromPassword([]byte(long), bcrypt.MinCost)
	if err != nil {
		t.Fatal(err)
	}
	if a := st.digestOf(t, "foreign", string(foreign), "bcrypt"); a.status != 200 {
		t.Fatalf("%s", a.raw)
	}
	for _, password := range []string{long + "X", long + " is the password", long, long + " is the password"} {
		wantError(t, password, st.call(t, loginAs("foreign", password, "")), 200, "")
	}
	for _, wrong := range [][2]string{
		{"foreign", long[:71] + "X"},
		{"long", long + "X"}, {"short", "correct horse\x00correct horse"}, {"short", "correct horse\x00"}, {"long", long + "\x00"}, {"long", long + "\x00" + long}, {"user", canaryPassword + "\x00" + canaryPassword},
	} {
		wantError(t, wrong[0], st.call(t, loginAs(wrong[0], wrong[1], "")), 401, "plugin.strategy.missing_user")
	}
	for id, password := range map[string]string{"long": long, "short": "correct horse"} {
		wantError(t, "the right one of "+id, st.call(t, loginAs(id, password, "")), 200, "")
	}
}

// bombs are digests that cost minutes or gigabytes to try, by hasher.
var bombs = map[string]string{
	"argon2id":      argon2Bomb,
	"bcrypt":        "$2b$31$abcdefghijklmnopqrstuuWz1E9y8V0l5H1b2cQe0xJ3h8KZ0n8eK",
	"pbkdf2_sha256": "pbkdf2_sha256$2147483647$saltsaltsalt$MTIzNDU2Nzg5MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTI=",
	"scrypt_phc":    "$scrypt$ln=30,r=8,p=1$0jpHiJFy7j3nvDeG8B5jbA$HCvZVJYdzIOEqlDKo889qCk3O2d6TRD88zO+1NaimzI",
	"sha512_crypt":  "$6$rounds=999999999$saltsalt$" + strings.Repeat("a", 85) + ".",
}

const argon2Bomb = "$argon2id$v=19$m=4194304,t=3,p=1$c29tZXNhbHRzb21l$MTIzNDU2Nzg5MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTI"

// TestAttack08 brings digests that cost too much to try: they are refused, and
// nothing of them is kept. Those that stand in the store already are not tried.
func TestAttack08(t *testing.T) {
	t.Parallel()
	t.Run("stored", func(t *testing.T) {
		t.Parallel()
		eachProtocol(t, tryStoredBomb)
	})
	t.Run("stored from elsewhere", func(t *testing.T) {
		t.Parallel()
		eachProtocol(t, tryWrittenBombs)
	})
	eachProtocol(t, func(t *testing.T, protocol string) {
		st := newStory(t, start(t), protocol)
		for hasher, digest := range bombs {
			begin := time.Now()
			a := st.digestOf(t, "bomb-"+hasher, digest, hasher)
			wantError(t, hasher, a, 400, "security.digest.too_expensive")
			if took := time.Since(begin); took > answerWithin/2 {
				t.Errorf("%s: refused after %v, want at once", hasher, took)
			}
			if a := st.call(t, call{controller: "security", action: "getUser", args: map[string]any{"_id": "bomb-" + hasher}, token: st.kept["admin"]}); a.status != 404 {
				t.Errorf("%s: the refused user is there: %.200s", hasher, a.raw)
			}
		}
		st.importBombs(t)
	})
}

// importBombs brings them in a file, in which each is a row that is left out.
func (st *story) importBombs(t *testing.T) {
	t.Helper()
	var file strings.Builder
	file.WriteString("username,passwordHash,passwordHasher\n")
	for hasher, digest := range bombs {
		file.WriteString("bomb-" + hasher + `,"` + digest + `",` + hasher + "\n")
	}
	job := st.call(t, call{controller: "import", action: "create", token: st.kept["admin"], hasBody: true, body: map[string]any{
		"format": "csv", "key": "username", "map": map[string]any{"passwordHash": "passwordDigest", "passwordHasher": "passwordHasher"},
	}})
	wantError(t, "an import", job, 200, "")
	args := map[string]any{"_id": job.text("result._id")}
	wantError(t, "its file", st.call(t, call{controller: "import", action: "upload", args: args, token: st.kept["admin"], hasBody: true, body: map[string]any{"text": file.String(), "end": true}}), 200, "")
	for late := time.Now().Add(answerWithin); ; time.Sleep(10 * time.Millisecond) {
		a := st.call(t, call{controller: "import", action: "get", args: args, token: st.kept["admin"]})
		if state := a.text("result.state"); state != "running" && state != "open" {
			if a.at("result.failed") != float64(len(bombs)) || a.at("result.created") != 0.0 {
				t.Errorf("an import of %d bombs: %.500s", len(bombs), a.raw)
			}
			report := st.call(t, call{controller: "import", action: "report", args: args, token: st.kept["admin"]}).text("result.lines")
			if strings.Count(report, "security.digest.too_expensive") != len(bombs) {
				t.Errorf("the report of the bombs:\n%s", report)
			}
			return
		}
		if time.Now().After(late) {
			t.Fatalf("an import of bombs goes on: %.500s", a.raw)
		}
	}
}

// tryWrittenBombs writes bombs into the store behind the server's back, as imported
// digests, as the server's own and as wrapped ones, and unreadable digests. Logins
// with their names have the cost and the answer of unknown names.
func tryWrittenBombs(t *testing.T, protocol string) {
	same := keeping(t)
	secrets := map[string]string{
		"own":            string(mustJSON(map[string]any{"digest": argon2Bomb})),
		"own, broken":    string(mustJSON(map[string]any{"digest": "$argon2id$v=19$broken"})),
		"own, unknown":   string(mustJSON(map[string]any{"digest": "plain"})),
		"wrapped":        string(mustJSON(map[string]any{"hasher": "md5", "wrap": argon2Bomb})),
		"broken":         string(mustJSON(map[string]any{"hasher": "bcrypt", "digest": "$2b$31$"})),
		"unknown hasher": string(mustJSON(map[string]any{"hasher": "rot13", "digest": "x"})),
	}
	for hasher, text := range bombs {
		secrets[hasher] = string(mustJSON(map[string]any{"hasher": hasher, "digest": text}))
	}
	t.Run("before", func(t *testing.T) {
		st := newStory(t, start(t, same), protocol)
		for name := range secrets {
			if strings.HasPrefix(name, "own") {
				user := person("user")
				user["credentials"].(map[string]any)["local"].(map[string]any)["username"] = name
				st.server.operate(t, "security", "createUser", map[string]any{"_id": name}, user)
				continue
			}
			sum := sha256.Sum256([]byte(canaryPassword))
			if a := st.digestOf(t, name, hex.EncodeToString(sum[:]), "sha256"); a.status != 200 {
				t.Fatalf("%s", a.raw)
			}
		}
	})
	s := start(t, same, func(set *settings) {
		store := set.store(t)
		var err error
		for name, secret := range secrets {
			err = errors.Join(err, replaceSecret(t.Context(), store, name, secret))
		}
		if err := errors.Join(err, store.Close()); err != nil {
			t.Fatal(err)
		}
	})
	st := &story{server: s, client: s.client(t, protocol)}
	var first answer
	try := func(name string) (cost time.Duration) {
		before, begin := hashWork(t, s), time.Now()
		in := loginAs(name, canaryPassword+" or another", "")
		in.id = "the-same"
		a := st.client.send(t, in)
		if first.raw == nil {
			first = a
		}
		if a.status != 401 || string(a.raw) != string(first.raw) {
			t.Errorf("%s: the answer is %s, that to others %s", name, a.raw, first.raw)
		}
		if took := time.Since(begin); took > answerWithin/2 {
			t.Errorf("%s: refused after %v, want at once", name, took)
		}
		return (hashWork(t, s) - before).Round(10 * time.Microsecond)
	}
	// The costs that unknown names imitate are counted soon after the start.
	var usual, odd map[time.Duration]bool
	for limit := time.Now().Add(answerWithin); ; {
		usual, odd = map[time.Duration]bool{}, map[time.Duration]bool{}
		usual[try("user")] = true
		for i := range 40 {
			usual[try("nobody-"+itoa(i))] = true
		}
		for name := range secrets {
			if cost := try(name); !usual[cost] {
				odd[cost] = true
			}
		}
		if len(odd) == 0 || t.Failed() || time.Now().After(limit) {
			break
		}
	}
	if len(odd) > 0 {
		t.Errorf("the work is %v, that for others %v", slices.Sorted(maps.Keys(odd)), slices.Sorted(maps.Keys(usual)))
	}
}

// replaceSecret writes another secret into a user's only record.
func replaceSecret(ctx context.Context, store storage.Store, kuid, secret string) error {
	doc, err := store.Get(ctx, storage.Users, kuid)
	if err != nil {
		return err
	}
	var auth map[string]any
	if err := json.Unmarshal(doc.Auth, &auth); err != nil {
		return err
	}
	auth["records"].([]any)[0].(map[string]any)["secret"] = []byte(secret)
	doc.Auth = mustJSON(auth)
	_, err = store.Commit(ctx, storage.Change{In: storage.Users, ID: kuid, Put: &doc, If: doc.Rev})
	return err
}

// tryStoredBomb lowers the ceilings below a stored digest: its user cannot log in, and
// a login has the cost and the answer of any other name.
func tryStoredBomb(t *testing.T, protocol string) {
	same := keeping(t)
	t.Run("before", func(t *testing.T) {
		st := newStory(t, start(t, same), protocol)
		dear, err := bcrypt.GenerateFromPassword([]byte("correct horse"), bcrypt.MinCost+2)
		if err != nil {
			t.Fatal(err)
		}
		if a := st.digestOf(t, "bomb", string(dear), "bcrypt"); a.status != 200 {
			t.Fatalf("%s", a.raw)
		}
	})
	s := start(t, same, func(set *settings) {
		set.Imported = map[string]any{"ceilings": map[string]any{"bcryptCost": bcrypt.MinCost + 1}}
	})
	st := &story{server: s, client: s.client(t, protocol)}
	work := map[string]time.Duration{}
	for _, name := range []string{"bomb", "user"} {
		before := hashWork(t, s)
		password := map[string]string{"bomb": "correct horse", "user": "wrong"}[name]
		wantError(t, name, st.call(t, loginAs(name, password, "")), 401, "plugin.strategy.missing_user")
		work[name] = (hashWork(t, s) - before).Round(10 * time.Microsecond)
	}
	if work["bomb"] != work["user"] {
		t.Errorf("the work is %v, want it equal", work)
	}
}

// refusedWithin is how long it takes at most to refuse a password that is no password,
// with sending it.
const refusedWithin = 5 * time.Millisecond

// patience is how long a test beside many others waits for a moment without them.
const patience = 30 * time.Second

// TestAttack09 sends passwords that are too long: they are wrong or refused, for
// known and unknown names, and the server goes on. No more than the largest body
// of a login is looked at, and then nothing is hashed.
func TestAttack09(t *testing.T) {
	t.Parallel()
	eachProtocol(t, func(t *testing.T, protocol string) {
		st := newStory(t, start(t), protocol)
		for _, size := range []int{5_000, 15_000, 200_000, 1_000_000} {
			for _, name := range []string{"user", "nobody-at-all"} {
				before, took, from := hashes(t, st.server), time.Duration(math.MaxInt64), time.Now()
				var a answer
				// Beside other tests, most tries wait for a processor.
				for try := 0; try == 0 || size >= 200_000 && took > refusedWithin && time.Since(from) < patience; try++ {
					a = st.call(t, loginAs(name, strings.Repeat("x", size), ""))
					took = min(took, a.took)
				}
				if size >= 200_000 && took > refusedWithin {
					t.Errorf("%d bytes as %s: refused after %v, want %v", size, name, took, refusedWithin)
				}
				if done := hashes(t, st.server) - before; size >= 200_000 && (done != 0 || a.status != 400 && a.status != 413) {
					t.Errorf("%d bytes as %s: status %d after %d hashes, want 400 or 413 after none", size, name, a.status, done)
				}
				if a.status != 400 && a.status != 401 && a.status != 413 {
					t.Errorf("%d bytes as %s: status %d", size, name, a.status)
				}
			}
		}
		wantError(t, "afterwards", st.call(t, loginAs("user", canaryPassword, "")), 200, "")
	})
}

// TestLongPasswords sets passwords of 64 characters and many more, with spaces and
// letters of several bytes, as an administrator and as the user: each logs in, and
// none of its characters may be another.
func TestLongPasswords(t *testing.T) {
	t.Parallel()
	for _, hasher := range []string{"argon2id", "bcrypt"} {
		t.Run(hasher, func(t *testing.T) {
			t.Parallel()
			eachProtocol(t, func(t *testing.T, protocol string) {
				st := newStory(t, start(t, func(set *settings) { set.Passwords.Hasher, set.Passwords.BcryptCost = hasher, bcrypt.MinCost }), protocol)
				st.openSignUp(t)
				for i, password := range []string{
					strings.Repeat("four", 16), strings.Repeat("four", 16) + "5", strings.Repeat("a b ", 18), strings.Repeat("a b ", 18) + "c",
					strings.Repeat("ü€", 32), strings.Repeat("correct horse ", 10), strings.Repeat("0123456789abcdef", 64),
				} {
					name := "long-" + itoa(i)
					in := signUp(name)
					in.body.(map[string]any)["credentials"].(map[string]any)["local"].(map[string]any)["password"] = password
					wantError(t, name, st.call(t, in), 200, "")
					entered := st.call(t, loginAs(name, password, ""))
					wantError(t, "the login of "+name, entered, 200, "")
					for what, wrong := range map[string]string{"one less": password[:len(password)-1], "one more": password + "x", "another last": password[:len(password)-1] + "\x01"} {
						wantError(t, name+", "+what, st.call(t, loginAs(name, wrong, "")), 401, "plugin.strategy.missing_user")
					}
					next := call{controller: "auth", action: "updateMyCredentials", args: map[string]any{"strategy": "local"}, token: entered.text("result.jwt"), hasBody: true}
					next.body = map[string]any{"password": password + "!", "currentPassword": password}
					wantError(t, name+", a longer one", st.call(t, next), 200, "")
					wantError(t, name+", the longer one", st.call(t, loginAs(name, password+"!", "")), 200, "")
					wantError(t, name+", the one before", st.call(t, loginAs(name, password, "")), 401, "plugin.strategy.missing_user")
				}
			})
		})
	}
}
