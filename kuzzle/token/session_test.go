package token_test

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/gokuzzle/kuzzle/kuzzle/token"
)

func TestSessionRoundTrip(t *testing.T) {
	sessions, _ := newSessions(t)
	tests := map[string]token.Claims{
		"expiring": {Kuid: "kuid-fancy-heron-1234", Session: "s-1", ID: "j-1", IssuedAt: epoch, Expires: epoch.Add(time.Hour)},
		"for ever": {Kuid: "kuid-fancy-heron-1234", Session: "s-1", ID: "j-1", IssuedAt: epoch},
		"unicode":  {Kuid: "zoë>?~\x7f<&\"\\\u2028 𝔘", Session: "é", ID: "j", IssuedAt: epoch},
	}
	for name, want := range tests {
		t.Run(name, func(t *testing.T) {
			signed, err := sessions.Sign(t.Context(), want)
			if err != nil {
				t.Fatal(err)
			}
			if !strings.HasPrefix(signed, "kauth-") || token.KindOf(signed) != token.Session {
				t.Errorf("got a token that begins %.8q", signed)
			}
			got, err := sessions.Verify(t.Context(), signed, epoch)
			if diff := cmp.Diff(want, got); diff != "" || err != nil {
				t.Errorf("error %v, (-want +got):\n%s", err, diff)
			}
		})
	}
}

// TestWireForm tests the parts of a token that clients read.
func TestWireForm(t *testing.T) {
	sessions, _ := newSessions(t)
	signed, err := sessions.Sign(t.Context(), token.Claims{Kuid: "jdoe", Session: "s-1", ID: "j-1", IssuedAt: epoch, Expires: epoch.Add(time.Hour)})
	if err != nil {
		t.Fatal(err)
	}
	header, payload := parts(t, signed)
	if got, want := string(payload), `{"_id":"jdoe","iat":1700000000,"exp":1700003600,"jti":"j-1","sid":"s-1"}`; got != want {
		t.Errorf("got payload %s, want %s", got, want)
	}
	var fields map[string]string
	if err := json.Unmarshal(header, &fields); err != nil || fields["alg"] != "HS256" || fields["typ"] != "JWT" || len(fields["kid"]) != 16 {
		t.Errorf("got header %s, %v", header, err)
	}
}

// TestExpiryRoundsUp: a token lives at least as long as was asked for.
func TestExpiryRoundsUp(t *testing.T) {
	sessions, _ := newSessions(t)
	for _, lifetime := range []time.Duration{time.Millisecond, 999 * time.Millisecond, time.Second, 1001 * time.Millisecond} {
		asked := epoch.Add(300*time.Millisecond + lifetime)
		signed, err := sessions.Sign(t.Context(), token.Claims{Kuid: "jdoe", IssuedAt: epoch, Expires: asked})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := sessions.Verify(t.Context(), signed, asked.Add(-time.Nanosecond)); err != nil {
			t.Errorf("%s: expired too early: %v", lifetime, err)
		}
		if _, err := sessions.Verify(t.Context(), signed, asked.Add(2*time.Second)); !errors.Is(err, token.ErrInvalid) {
			t.Errorf("%s: got %v two seconds after, want ErrInvalid", lifetime, err)
		}
	}
}

// TestClaimsCountWhatWasAskedFor checks that exp minus iat is the requested number of
// seconds, at any fraction of a second.
func TestClaimsCountWhatWasAskedFor(t *testing.T) {
	for _, moment := range []time.Duration{0, time.Nanosecond, 999_999 * time.Nanosecond, time.Millisecond, 999_999_999} {
		issued := epoch.Add(moment)
		ends := time.UnixMilli(issued.Add(time.Hour).UnixMilli())
		key, err := token.NewAPIKey("jdoe", issued, ends)
		if err != nil {
			t.Fatal(err)
		}
		payload, err := base64.RawURLEncoding.DecodeString(strings.Split(key, ".")[1])
		if err != nil {
			t.Fatal(err)
		}
		var claims struct{ Iat, Exp int64 }
		if err := json.Unmarshal(payload, &claims); err != nil || claims.Exp-claims.Iat != 3600 {
			t.Errorf("at %s: exp - iat is %d (%v), want 3600", moment, claims.Exp-claims.Iat, err)
		}
	}
}

// TestPlainBase64 is for clients that decode the payload with the plain
// alphabet: for every kuid, no digit differs.
func TestPlainBase64(t *testing.T) {
	sessions, _ := newSessions(t)
	rapid.Check(t, func(r *rapid.T) {
		want := token.Claims{
			Kuid:     rapid.StringN(1, 200, 512).Draw(r, "kuid"),
			Session:  rapid.String().Draw(r, "session"),
			ID:       "j",
			IssuedAt: epoch,
		}
		for _, make := range []func() (string, error){
			func() (string, error) { return sessions.Sign(t.Context(), want) },
			func() (string, error) { return token.NewAPIKey(want.Kuid, epoch, time.Time{}) },
		} {
			signed, err := make()
			if err != nil {
				r.Fatal(err)
			}
			payload := strings.Split(signed, ".")[1]
			if strings.ContainsAny(payload, "-_") {
				r.Fatalf("payload %q is not plain base64", payload)
			}
			plain, err := base64.RawStdEncoding.DecodeString(payload)
			var claims struct {
				ID string `json:"_id"`
			}
			if err != nil || json.Unmarshal(plain, &claims) != nil || claims.ID != want.Kuid {
				r.Fatalf("got _id %q of %s, want %q", claims.ID, plain, want.Kuid)
			}
		}
		signed, _ := sessions.Sign(t.Context(), want)
		got, err := sessions.Verify(t.Context(), signed, epoch)
		if diff := cmp.Diff(want, got); diff != "" || err != nil {
			r.Fatalf("error %v, (-want +got):\n%s", err, diff)
		}
	})
}

func TestTokensAreUnique(t *testing.T) {
	sessions, _ := newSessions(t)
	seen := map[string]bool{}
	claims := token.Claims{Kuid: "jdoe", Session: "s", IssuedAt: epoch, Expires: epoch.Add(time.Hour)}
	for range 100 {
		signed, err := sessions.Sign(t.Context(), claims)
		if err != nil || seen[signed] {
			t.Fatalf("error %v, repeated %v", err, seen[signed])
		}
		key, err := token.NewAPIKey(claims.Kuid, claims.IssuedAt, claims.Expires)
		if err != nil || seen[key] {
			t.Fatalf("error %v, repeated %v", err, seen[key])
		}
		seen[signed], seen[key] = true, true
	}
}

func TestSignRefuses(t *testing.T) {
	sessions, _ := newSessions(t)
	for name, claims := range map[string]token.Claims{
		"no user":       {},
		"broken UTF-8":  {Kuid: "a\xff"},
		"broken sid":    {Kuid: "a", Session: "\xff"},
		"an endless id": {Kuid: strings.Repeat("a", token.MaxBytes)},
	} {
		if _, err := sessions.Sign(t.Context(), claims); !errors.Is(err, token.ErrGeneration) {
			t.Errorf("%s: got %v, want ErrGeneration", name, err)
		}
	}
}

func TestVerifyRefuses(t *testing.T) {
	sessions, _ := newSessions(t)
	good, err := sessions.Sign(t.Context(), token.Claims{Kuid: "jdoe", Session: "s-1", IssuedAt: epoch, Expires: epoch.Add(time.Hour)})
	if err != nil {
		t.Fatal(err)
	}
	other, _ := newSessions(t)
	foreign, err := other.Sign(t.Context(), token.Claims{Kuid: "jdoe", IssuedAt: epoch})
	if err != nil {
		t.Fatal(err)
	}
	key, err := token.NewAPIKey("jdoe", epoch, time.Time{})
	if err != nil {
		t.Fatal(err)
	}
	pieces := strings.Split(strings.TrimPrefix(good, "kauth-"), ".")
	header, _ := parts(t, good)
	kid := string(header[strings.Index(string(header), `"kid"`):])
	forged := func(header string) string {
		unsigned := enc(header) + "." + pieces[1]
		mac := hmac.New(sha256.New, nil)
		mac.Write([]byte(unsigned))
		return "kauth-" + unsigned + "." + base64.RawURLEncoding.EncodeToString(mac.Sum(nil))
	}
	tests := map[string]string{
		"empty":              "",
		"prefix alone":       "kauth-",
		"no prefix":          strings.TrimPrefix(good, "kauth-"),
		"two prefixes":       "kauth-" + good,
		"upper-case prefix":  "KAUTH-" + strings.TrimPrefix(good, "kauth-"),
		"an API key":         key,
		"API key as session": "kauth-" + strings.TrimPrefix(key, "kapikey-"),
		"another server's":   foreign,
		"cut":                good[:len(good)-1],
		"signature gone":     "kauth-" + pieces[0] + "." + pieces[1] + ".",
		"two parts":          "kauth-" + pieces[0] + "." + pieces[1],
		"four parts":         good + ".x",
		"padded":             good + "=",
		"white space":        good + "\n",
		"line breaks within": good[:40] + "\r\n" + good[40:],
		"plain base64 digit": strings.Replace(good, pieces[2], "+"+pieces[2][1:], 1),
		"payload changed":    "kauth-" + pieces[0] + "." + enc(`{"_id":"admin","iat":1,"jti":"x"}`) + "." + pieces[2],
		"alg none":           "kauth-" + enc(`{"alg":"none",`+kid) + "." + pieces[1] + ".",
		"alg none, signed":   forged(`{"alg":"none",` + kid),
		"alg HS512":          forged(`{"alg":"HS512",` + kid),
		"alg RS256":          forged(`{"alg":"RS256",` + kid),
		"empty key":          forged(`{"alg":"HS256",` + kid),
		"no kid":             forged(`{"alg":"HS256","typ":"JWT"}`),
		"kid is no text":     forged(`{"alg":"HS256","kid":7}`),
		"kid is a path":      forged(`{"alg":"HS256","kid":"../../dev/null"}`),
		"unknown kid":        forged(`{"alg":"HS256","kid":"0123456789abcdef"}`),
		"header is no JSON":  forged(`x`),
		"8 KiB and a byte":   "kauth-" + strings.Repeat("a", token.MaxBytes-5),
	}
	for name, bad := range tests {
		t.Run(name, func(t *testing.T) {
			claims, err := sessions.Verify(t.Context(), bad, epoch)
			if !errors.Is(err, token.ErrInvalid) || claims != (token.Claims{}) {
				t.Errorf("got %v, %v, want ErrInvalid", claims, err)
			}
		})
	}
	if _, err := sessions.Verify(t.Context(), good, epoch.Add(time.Hour+time.Second)); !errors.Is(err, token.ErrInvalid) {
		t.Errorf("expired: got %v, want ErrInvalid", err)
	}
	if _, err := sessions.Verify(t.Context(), good, epoch.Add(time.Hour-1)); err != nil {
		t.Errorf("the good one: %v", err)
	}
}

func TestFingerprint(t *testing.T) {
	if got, want := token.Fingerprint("kapikey-x"), "d7e010f00060e8deb902731ece79804d51fcc44c30021c5daf27868577497800"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if got := token.Fingerprint(""); got != "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855" {
		t.Errorf("got %s for nothing", got)
	}
}

func TestKindOf(t *testing.T) {
	for in, want := range map[string]token.Kind{
		"": token.Unknown, "kauth-": token.Session, "kapikey-x": token.APIKey, "kboot-x": token.Unknown, "eyJ": token.Unknown,
		"kapikey-" + strings.Repeat("x", token.MaxBytes): token.Unknown,
	} {
		if got := token.KindOf(in); got != want {
			t.Errorf("%.10q: got %d, want %d", in, got, want)
		}
	}
}

// TestErrorsHoldNoToken: an error goes to the log.
func TestErrorsHoldNoToken(t *testing.T) {
	sessions, _ := newSessions(t)
	good, err := sessions.Sign(t.Context(), token.Claims{Kuid: "canary-kuid", IssuedAt: epoch})
	if err != nil {
		t.Fatal(err)
	}
	pieces := strings.Split(good, ".")
	for _, bad := range []string{good + "x", pieces[0] + "." + pieces[1] + "." + "canary", "kauth-canary.canary.canary", "kauth-" + enc("canary") + ".x.y"} {
		_, err := sessions.Verify(t.Context(), bad, epoch)
		if err == nil {
			t.Fatalf("%q is good", bad)
		}
		for _, secret := range append(pieces[1:], "canary") {
			if strings.Contains(err.Error(), secret) {
				t.Errorf("error %q quotes the token", err)
			}
		}
	}
}

func FuzzVerify(f *testing.F) {
	sessions, _ := newSessions(f)
	good, err := sessions.Sign(f.Context(), token.Claims{Kuid: "jdoe", Session: "s", IssuedAt: epoch})
	if err != nil {
		f.Fatal(err)
	}
	f.Add(good)
	f.Add("kauth-" + enc(`{"alg":"none"}`) + "." + enc(`{"_id":"admin"}`) + ".")
	f.Add("kauth-" + enc(`{"alg":"HS256","kid":"0123456789abcdef"}`) + "." + enc(`{"_id":1,"exp":1e999}`) + ".AA")
	f.Fuzz(func(t *testing.T, text string) {
		claims, err := sessions.Verify(t.Context(), text, epoch)
		if err == nil && text != good {
			t.Errorf("%q was accepted: %v", text, claims)
		}
		if err != nil && !errors.Is(err, token.ErrInvalid) {
			t.Errorf("%q: %v", text, err)
		}
	})
}

func BenchmarkVerify(b *testing.B) {
	sessions, _ := newSessions(b)
	good, err := sessions.Sign(b.Context(), token.Claims{Kuid: "kuid-fancy-heron-1234", Session: "0197fa62-4ab8-7d3e-9a2e-0c6c1f6f1a11", IssuedAt: epoch, Expires: epoch.Add(time.Hour)})
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := sessions.Verify(b.Context(), good, epoch); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkSign(b *testing.B) {
	sessions, _ := newSessions(b)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := sessions.Sign(b.Context(), token.Claims{Kuid: "kuid-fancy-heron-1234", Session: "0197fa62-4ab8-7d3e-9a2e-0c6c1f6f1a11", IssuedAt: epoch}); err != nil {
			b.Fatal(err)
		}
	}
}

func enc(text string) string { return base64.RawURLEncoding.EncodeToString([]byte(text)) }

func parts(t *testing.T, signed string) (header, payload []byte) {
	t.Helper()
	pieces := strings.Split(signed[strings.IndexByte(signed, '-')+1:], ".")
	header, headerErr := base64.RawURLEncoding.DecodeString(pieces[0])
	payload, err := base64.RawURLEncoding.DecodeString(pieces[1])
	if err := errors.Join(err, headerErr); err != nil {
		t.Fatal(err)
	}
	return header, payload
}
