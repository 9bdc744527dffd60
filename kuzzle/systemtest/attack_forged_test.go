package systemtest

import (
	"bufio"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"net"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/gokuzzle/kuzzle/kuzzle/config"
	"github.com/gokuzzle/kuzzle/kuzzle/storage"
	"github.com/gokuzzle/kuzzle/kuzzle/token"
)

// signingKey is the key that a server signs its sessions with, in a thief's hands.
type signingKey struct {
	id     string
	secret []byte
}

// sign makes a token of two JSON texts, as they stand.
func (k signingKey) sign(header, claims string) string {
	unsigned := base64.RawURLEncoding.EncodeToString([]byte(header)) + "." + base64.RawURLEncoding.EncodeToString([]byte(claims))
	mac := hmac.New(sha256.New, k.secret)
	mac.Write([]byte(unsigned))
	return token.SessionPrefix + unsigned + "." + base64.RawURLEncoding.EncodeToString(mac.Sum(nil))
}

// keyInMemory is a token.KeyStore of one process.
type keyInMemory struct{ sealed []byte }

func (k *keyInMemory) Load(context.Context) ([]byte, any, error) { return k.sealed, nil, nil }

func (k *keyInMemory) Save(_ context.Context, sealed []byte, _ any) error {
	k.sealed = sealed
	return nil
}

// withStolenKey makes the signing key of a server before it starts, and returns it.
func withStolenKey(t *testing.T) (key signingKey, edit func(*settings)) {
	t.Helper()
	master := strings.Repeat("c0", token.MasterKeyBytes)
	raw, _ := hex.DecodeString(master)
	sealer, err := token.NewSealer(raw)
	if err != nil {
		t.Fatal(err)
	}
	kept := &keyInMemory{}
	if _, err := token.NewSessions(token.NewKeyring(kept, sealer, nil)).Sign(t.Context(), token.Claims{Kuid: "first"}); err != nil {
		t.Fatal(err)
	}
	plain, err := sealer.Open("token keyring", kept.sealed)
	if err != nil {
		t.Fatal(err)
	}
	var ring struct {
		Keys []struct {
			ID     string
			Secret []byte
		}
	}
	if err := json.Unmarshal(plain, &ring); err != nil || len(ring.Keys) != 1 {
		t.Fatalf("%d keys, %v", len(ring.Keys), err)
	}
	return signingKey{ring.Keys[0].ID, ring.Keys[0].Secret}, func(set *settings) {
		set.MasterKey = config.Secret(master)
		store := set.store(t)
		doc := storage.Document{Version: 1, Content: json.RawMessage(`{}`), Auth: mustJSON(map[string]any{"sealed": kept.sealed})}
		_, err := store.Commit(t.Context(), storage.Change{In: storage.Settings, ID: "signing-keys", Put: &doc})
		if err := errors.Join(err, store.Close()); err != nil {
			t.Fatal(err)
		}
	}
}

// stolen are tokens that are signed as the server signs, each with something that
// the server never wrote. The claims are those of a session that is alive.
func (k signingKey) stolen(claims string) map[string]string {
	header := `{"alg":"HS256","kid":"` + k.id + `","typ":"JWT"}`
	and := func(object, more string) string { return strings.TrimSuffix(object, "}") + "," + more + "}" }
	instead := func(pattern, text string) string { return regexp.MustCompile(pattern).ReplaceAllString(claims, text) }
	made := map[string]string{
		"no type":                 k.sign(`{"alg":"HS256","kid":"`+k.id+`"}`, claims),
		"another type":            k.sign(strings.Replace(header, `"JWT"`, `"at+jwt"`, 1), claims),
		"type in other letters":   k.sign(strings.Replace(header, `"JWT"`, `"jwt"`, 1), claims),
		"another key's algorithm": k.sign(strings.Replace(header, "HS256", "RS256", 1), claims),
		"an algorithm twice":      k.sign(strings.Replace(header, "{", `{"alg":"none",`, 1), claims),
		"spaces":                  k.sign(strings.Replace(header, ",", ", ", 1), claims),
		"no end":                  k.sign(header, instead(`"exp":\d+,`, "")),
		"an end of null":          k.sign(header, instead(`"exp":\d+`, `"exp":null`)),
		"a later end":             k.sign(header, instead(`"exp":\d+`, `"exp":99999999999`)),
		"an end in words":         k.sign(header, instead(`"exp":\d+`, `"exp":"99999999999"`)),
		"an end in fractions":     k.sign(header, instead(`("exp":\d+)`, `${1}.0`)),
		"two users, ours last":    k.sign(header, strings.Replace(claims, "{", `{"_id":"root",`, 1)),
		"no session":              k.sign(header, instead(`,"sid":"[^"]*"`, "")),
		"another session":         k.sign(header, instead(`"sid":"[^"]*"`, `"sid":"019f0000-0000-7000-8000-000000000000"`)),
		"another id":              k.sign(header, instead(`"jti":"[^"]*"`, `"jti":"019f0000-0000-7000-8000-000000000000"`)),
		"another user":            k.sign(header, instead(`"_id":"[^"]*"`, `"_id":"root"`)),
	}
	for name, more := range map[string]string{
		"jku": `"jku":"http://127.0.0.1:1/keys"`, "x5u": `"x5u":"http://127.0.0.1:1/cert"`, "x5c": `"x5c":["AAAA"]`, "jwk": `"jwk":{"kty":"oct","k":"AAAA"}`,
		"crit": `"crit":["exp"]`, "b64": `"b64":false`, "zip": `"zip":"DEF"`, "cty": `"cty":"JWT"`,
	} {
		made["header "+name] = k.sign(and(header, more), claims)
	}
	for name, more := range map[string]string{
		"counts later": `"nbf":99999999999`, "counted before": `"nbf":1`, "for others": `"aud":"another service"`, "of others": `"iss":"elsewhere"`,
		"a subject": `"sub":"root"`, "two users": `"_id":"root"`, "two users in other letters": `"_ID":"root"`,
		"two ends": `"exp":99999999999`, "two ends in other letters": `"EXP":99999999999`, "two sessions": `"sid":"x"`, "rights": `"profileIds":["admin"]`,
	} {
		made[name] = k.sign(header, and(claims, more))
	}
	return made
}

// tryStolenKey signs tokens with the server's own key: one with exactly the claims
// of a session is accepted, and each with more, fewer or other claims is refused,
// over HTTP and WebSocket.
func tryStolenKey(t *testing.T) {
	t.Parallel()
	key, edit := withStolenKey(t)
	s := start(t, edit)
	clients := map[string]*story{"http": newStory(t, s, "http")}
	clients["websocket"] = &story{server: s, client: dial(t, s), kept: clients["http"].kept, ids: requestIDs{last: 1000}}
	right := clients["http"].kept["user"]
	parts := strings.Split(strings.TrimPrefix(right, token.SessionPrefix), ".")
	header, err := base64.RawURLEncoding.DecodeString(parts[0])
	claims, failed := base64.RawURLEncoding.DecodeString(parts[1])
	if err := errors.Join(err, failed); err != nil {
		t.Fatal(err)
	}
	if again := key.sign(string(header), string(claims)); again != right {
		t.Fatal("the key is not the server's: nothing that is refused shows anything")
	}
	for protocol, st := range clients {
		me := call{controller: "auth", action: "getCurrentUser"}
		for name, forged := range key.stolen(string(claims)) {
			me.token = forged
			wantError(t, protocol+", "+name, st.call(t, me), 401, "security.token.invalid")
			check := st.call(t, call{controller: "auth", action: "checkToken", hasBody: true, body: map[string]any{"token": forged}})
			if check.at("result.valid") != false {
				t.Errorf("%s, %s: checkToken says %.300s", protocol, name, check.raw)
			}
		}
		me.token = right
		if a := st.call(t, me); a.text("result._id") != "user" {
			t.Errorf("%s: the right one: %.300s", protocol, a.raw)
		}
	}
}

// tryDots sends a million dots in the place of a token, wherever a token may be:
// they are refused without being taken apart.
func tryDots(t *testing.T) {
	t.Parallel()
	dots := token.SessionPrefix + strings.Repeat(".", 1_000_000)
	eachProtocol(t, func(t *testing.T, protocol string) {
		st := newStory(t, start(t), protocol)
		tokenOf := func(text string) call {
			return call{controller: "auth", action: "checkToken", hasBody: true, body: map[string]any{"token": text}}
		}
		known := tokenOf(dots)
		known.token = st.kept["user"]
		ask := map[string]func() answer{
			"to check":        func() answer { return st.call(t, tokenOf(dots)) },
			"of who is known": func() answer { return st.call(t, known) },
			"to log in":       func() answer { return st.call(t, loginAs("user", dots, "")) },
			"to go by":        func() answer { return st.call(t, call{controller: "auth", action: "getCurrentUser", token: dots}) },
			"short, to go by": func() answer {
				return st.call(t, call{controller: "auth", action: "getCurrentUser", token: dots[:8000]})
			},
			"short, to check": func() answer { return st.call(t, tokenOf(dots[:8000])) },
		}
		if protocol == "http" {
			ask["to go by"] = func() answer { return sendHeader(t, st.server, dots) }
		}
		for name, ask := range ask {
			var a answer
			took := time.Duration(math.MaxInt64)
			// A busy machine may take long once.
			for try := 0; try < 5 && took > answerWithin/10; try++ {
				begin := time.Now()
				a = ask()
				took = min(took, time.Since(begin))
			}
			if took > answerWithin/10 {
				t.Errorf("%s: refused after %v", name, took)
			}
			switch a.status {
			case 400, 401, 413, 431:
			default:
				if a.at("result.valid") != false {
					t.Errorf("%s: %d %.300s", name, a.status, a.raw)
				}
			}
		}
		if a := st.call(t, call{controller: "auth", action: "getCurrentUser", token: st.kept["user"]}); a.text("result._id") != "user" {
			t.Errorf("the right one afterwards: %.300s", a.raw)
		}
	})
}

// sendHeader sends a token that is too long for a header. The answer may come before
// all of it was sent.
func sendHeader(t *testing.T, s *server, text string) answer {
	t.Helper()
	conn, err := net.Dial("tcp", s.addr)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(answerWithin))
	sent := make(chan struct{})
	go func() { // ended by the deadline at the latest
		defer close(sent)
		_, _ = fmt.Fprintf(conn, "GET /_me HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer %s\r\n\r\n", text)
	}()
	res, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		t.Errorf("a header of %d bytes is not answered: %v", len(text), err)
		return answer{}
	}
	_ = res.Body.Close()
	_ = conn.Close()
	<-sent
	return answer{status: res.StatusCode}
}
