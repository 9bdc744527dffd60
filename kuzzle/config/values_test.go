package config

import (
	"encoding/json"
	"fmt"
	"net/netip"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestParseDuration(t *testing.T) {
	for text, want := range map[string]time.Duration{
		"60000": time.Minute, "1h": time.Hour, "1.5h": 90 * time.Minute, "2 days": 48 * time.Hour, "1M": time.Minute,
		"1h30m": 90 * time.Minute, "0": 0, "15s": 15 * time.Second, "1w": 168 * time.Hour, "1 year": 8766 * time.Hour,
		"-1": -1, " 20ms ": 20 * time.Millisecond, ".5s": 500 * time.Millisecond, "10us": 10 * time.Microsecond,
		"1.000487ms": 1000487, "1d": 24 * time.Hour, "1d12h": 36 * time.Hour, "1h 30m": 90 * time.Minute,
	} {
		if got, err := ParseDuration(text); err != nil || got.Std() != want {
			t.Errorf("%q: got %v, %v, want %v", text, got.Std(), err, want)
		}
	}
	for _, text := range []string{"", "h", "-5s", "-2", "1 month", "1.2.3s", "1e9", "NaN", "inf", "101y", "99999999999999999999"} {
		if got, err := ParseDuration(text); err == nil {
			t.Errorf("%q: got %v, want an error", text, got)
		}
	}
}

func TestParseSize(t *testing.T) {
	for text, want := range map[string]Size{
		"1MB": 1 << 20, "512KB": 512 << 10, "1.5 kb": 1536, "2GB": 2 << 30, "100": 100, "7b": 7, "1TB": 1 << 40, "0": 0,
	} {
		if got, err := ParseSize(text); err != nil || got != want {
			t.Errorf("%q: got %d, %v, want %d", text, got, err, want)
		}
	}
	for _, text := range []string{"", "MB", "-1", "1XB", "9999TB", "1.2.3KB"} {
		if got, err := ParseSize(text); err == nil {
			t.Errorf("%q: got %d, want an error", text, got)
		}
	}
}

// TestValuesReadBack tests that a printed value means the same when read.
func TestValuesReadBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := Duration(rapid.Int64Range(-1, int64(maxDuration)/1000).Draw(t, "duration"))
		if got, err := ParseDuration(d.String()); err != nil || got != d {
			t.Fatalf("%s: got %d, %v, want %d", d, got, err, d)
		}
		s := Size(rapid.Int64Range(0, 1<<50).Draw(t, "size"))
		if got, err := ParseSize(s.String()); err != nil || got != s {
			t.Fatalf("%s: got %d, %v, want %d", s, got, err, s)
		}
	})
}

func TestSecretNeverShows(t *testing.T) {
	const canary = "canary-5417"
	secret := struct{ Key Secret }{canary}
	encoded, err := json.Marshal(secret)
	if err != nil {
		t.Fatal(err)
	}
	for _, shown := range []string{
		string(encoded), fmt.Sprint(secret), fmt.Sprintf("%+v %#v %q %x", secret, secret.Key, secret.Key, secret.Key), secret.Key.LogValue().String(),
	} {
		if strings.Contains(shown, canary) || strings.Contains(shown, fmt.Sprintf("%x", canary)) || !strings.Contains(shown, redacted) {
			t.Errorf("shown as %s, want %s", shown, redacted)
		}
	}
	if got := secret.Key.Reveal(); got != canary {
		t.Errorf("reveals %q, want %q", got, canary)
	}
}

func TestPrefixes(t *testing.T) {
	var networks Prefixes
	if err := assignPrefixes(&networks, "10.0.0.0/8, 192.168.1.7,::1,::ffff:172.16.0.0/108"); err != nil {
		t.Fatal(err)
	}
	for text, want := range map[string]bool{
		"10.9.8.7": true, "192.168.1.7": true, "192.168.1.8": false, "::1": true, "::2": false,
		"172.16.5.5": true, "172.32.0.1": false, "::ffff:10.1.1.1": true,
	} {
		if got := networks.Contains(netip.MustParseAddr(text)); got != want {
			t.Errorf("%s: got %v, want %v", text, got, want)
		}
	}
	for _, text := range []string{"10.0.0.0/33", "proxy.local", "fe80::1%eth0", "::ffff:0.0.0.0/90"} {
		if err := assignPrefixes(&networks, text); err == nil {
			t.Errorf("%s: no error", text)
		}
	}
}
