package totp_test

import (
	"errors"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/gokuzzle/kuzzle/strategies"
	"github.com/gokuzzle/kuzzle/strategies/strategytest"
	"github.com/gokuzzle/kuzzle/strategies/totp"
	"github.com/gokuzzle/kuzzle/strategies/totp/totptest"
)

// TestVectors has the vectors of RFC 6238, appendix B, for SHA-1, cut to six digits.
func TestVectors(t *testing.T) {
	for second, want := range map[int64]string{
		59: "287082", 1111111109: "081804", 1111111111: "050471", 1234567890: "005924", 2000000000: "279037", 20000000000: "353130",
	} {
		if got := totp.CodeAt([]byte("12345678901234567890"), second/30); got != want {
			t.Errorf("second %d: got %s, want %s", second, got, want)
		}
	}
}

// TestWindow checks that a code is accepted in the steps next to its own, never further, and that a
// step is accepted once and uses up all steps before it.
func TestWindow(t *testing.T) {
	key := []byte("12345678901234567890")
	const present = 1000
	now := time.Unix(present*30+7, 0)
	for offset := int64(-4); offset <= 4; offset++ {
		step, ok := totp.Match(key, totp.CodeAt(key, present+offset), now, 0)
		if want := offset >= -1 && offset <= 1; ok != want || ok && step != present+offset {
			t.Errorf("a code %d steps off: got step %d, %t, want %t", offset, step, ok, want)
		}
	}
	for last := int64(present - 2); last <= present+1; last++ {
		for step := int64(present - 1); step <= present+1; step++ {
			if _, ok := totp.Match(key, totp.CodeAt(key, step), now, last); ok != (step > last) {
				t.Errorf("the code of step %d after step %d was taken: %t", step, last, ok)
			}
		}
	}
}

func TestEnrolmentShown(t *testing.T) {
	host := strategytest.NewHost()
	if _, err := host.Mount(totp.New, []byte(`{"issuer":"Ex ample"}`)); err != nil {
		t.Fatal(err)
	}
	if err := host.CreateUser(t.Context(), strategytest.User{Kuid: "u"}, strategies.Actor{}, nil); err != nil {
		t.Fatal(err)
	}
	answer, err := host.Act(t.Context(), totp.Name, "enrol", strategies.Call{Kuid: "u"})
	if err != nil {
		t.Fatal(err)
	}
	shown := answer.(totp.Enrolment)
	uri, err := url.Parse(shown.URI)
	if err != nil || uri.Scheme != "otpauth" || uri.Host != "totp" || uri.Path != "/Ex ample:u" {
		t.Errorf("the URI is %q (%v)", shown.URI, err)
	}
	for name, want := range map[string]string{"secret": shown.Secret, "issuer": "Ex ample", "algorithm": "SHA1", "digits": "6", "period": "30"} {
		if got := uri.Query().Get(name); got != want {
			t.Errorf("%s of the URI: got %q, want %q", name, got, want)
		}
	}
	if len(shown.Secret) != 32 {
		t.Errorf("the secret has %d characters of base32, want 32", len(shown.Secret))
	}
	lines := strings.Split(strings.TrimSuffix(shown.QR.Text, "\n"), "\n")
	side := len([]rune(lines[0]))
	if !strings.HasPrefix(shown.QR.SVG, "<svg ") || !strings.Contains(shown.QR.SVG, `viewBox="0 0 `+strconv.Itoa(side)+" "+strconv.Itoa(side)) || len(lines) != (side+1)/2 {
		t.Errorf("the QR code has %d lines of %d characters beside %.120s", len(lines), side, shown.QR.SVG)
	}
	stolen := strategies.Credentials{"enrolment": shown.Enrolment, "code": totptest.Code(t, shown.Secret, host.Now())}
	if err := host.CreateUser(t.Context(), strategytest.User{Kuid: "thief"}, strategies.Actor{}, nil); err != nil {
		t.Fatal(err)
	}
	err = host.Create(t.Context(), "thief", totp.Name, strategies.Actor{Kuid: "thief", Self: true}, stolen)
	if !errors.Is(err, totp.ErrEnrolment) {
		t.Errorf("another user's enrolment: %v", err)
	}
	err = host.Create(t.Context(), "u", totp.Name, strategies.Actor{Kuid: "root"}, stolen)
	if !errors.Is(err, totp.ErrSelfOnly) {
		t.Errorf("somebody else enrols a user: %v", err)
	}
	host.Advance(11 * time.Minute)
	stolen["code"] = totptest.Code(t, shown.Secret, host.Now())
	if err := host.Create(t.Context(), "u", totp.Name, strategies.Actor{Kuid: "u", Self: true}, stolen); !errors.Is(err, totp.ErrEnrolment) {
		t.Errorf("an enrolment of eleven minutes ago: %v", err)
	}
}

func TestImportedSecrets(t *testing.T) {
	host := strategytest.NewHost()
	strategy, err := host.Mount(totp.New, nil)
	if err != nil {
		t.Fatal(err)
	}
	check := func(secret any) (strategies.Draft, error) {
		return strategy.Check(t.Context(), strategies.Subject{Kuid: "u", Reason: strategies.Import}, strategies.Credentials{totp.Secret: secret})
	}
	for _, secret := range []string{
		"GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ", "gezd gnbv gy3t qojq gezd gnbv gy3t qojq", "GEZD-GNBV-GY3T-QOJQ-GEZD-GNBV-GY3T-QOJQ", "GEZDGNBVGY3TQOJQGE======",
	} {
		if _, err := check(secret); err != nil {
			t.Errorf("%q: %v", secret, err)
		}
	}
	for _, secret := range []any{"", "GEZDGNBV", "not base32!", "0189", 7.0, nil, strings.Repeat("A", 513)} {
		if _, err := check(secret); err == nil {
			t.Errorf("%v is taken for a secret", secret)
		}
	}
}
