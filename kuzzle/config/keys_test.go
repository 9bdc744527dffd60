package config

import (
	"reflect"
	"strings"
	"testing"
)

// TestKeys tests the promises of Config's tags.
func TestKeys(t *testing.T) {
	folded := map[string]string{}
	for _, key := range Keys() {
		t.Run(key.Path, func(t *testing.T) {
			if !strings.HasSuffix(key.Help, ".") {
				t.Errorf("help %q is no sentence", key.Help)
			}
			for _, path := range []string{key.Path, key.Alias} {
				if other, taken := folded[fold(path)]; path != "" && taken {
					t.Errorf("%s and %s are the same in the environment", path, other)
				}
				folded[fold(path)] = path
				if why, found := refused[path]; found {
					t.Errorf("%s is refused as well: %s", path, why)
				}
			}
			delete(folded, "")
			if got := envPath(key.Env()); got != key.Path {
				t.Errorf("%s leads to %q, want %q", key.Env(), got, key.Path)
			}
			for _, limit := range []string{key.min, key.max, key.standard} {
				checkLimit(t, key, limit)
			}
		})
	}
	if got := len(Keys()); got < 50 {
		t.Errorf("%d keys, want all of them", got)
	}
}

func checkLimit(t *testing.T, key Key, limit string) {
	t.Helper()
	if limit == "" || key.Free {
		return
	}
	var cfg Config
	if err := key.assign(cfg.field(&key), limit, true); err != nil {
		t.Errorf("%q is no value: %v", limit, err)
	}
}

func TestDefaultIsValid(t *testing.T) {
	cfg, origins, err := Load(Sources{})
	if err != nil {
		t.Fatal(err)
	}
	if want := Default(); !reflect.DeepEqual(cfg, want) {
		t.Errorf("got %+v, want %+v", cfg, want)
	}
	if len(origins) != 0 {
		t.Errorf("origins %v, want none", origins)
	}
	if got, want := cfg.Server.Port, 7512; got != want {
		t.Errorf("port %d, want %d", got, want)
	}
	for _, key := range Keys() {
		zero := cfg.field(&key).IsZero()
		if number := strings.HasPrefix(key.kind.String(), "int") || strings.HasSuffix(key.kind.String(), "Size"); number && zero && key.standard != "0" {
			t.Errorf("%s has no default", key.Path)
		}
	}
}

func TestEnvNames(t *testing.T) {
	for path, want := range map[string]string{
		"listen":                       "KUZZLE_LISTEN",
		"masterKeyFile":                "KUZZLE_MASTER_KEY_FILE",
		"bootstrapTokenFile":           "KUZZLE_BOOTSTRAP_TOKEN_FILE",
		"security.authToken.expiresIn": "KUZZLE_SECURITY__AUTH_TOKEN__EXPIRES_IN",
		"security.authToken.maxTTL":    "KUZZLE_SECURITY__AUTH_TOKEN__MAX_TTL",
	} {
		if got := envName(path); got != want {
			t.Errorf("%s: got %s, want %s", path, got, want)
		}
	}
}

func TestNearest(t *testing.T) {
	for typed, want := range map[string]string{
		"listn":                        "listen",
		"securty":                      "security",
		"security.authtoken.expiresin": "security.authToken.expiresIn",
		"security.authToken.expireIn":  "security.authToken.expiresIn",
		"maxScrollDuration":            "services.storageEngine.maxScrollDuration",
		"colour":                       "",
		strings.Repeat("x", 1000):      "",
	} {
		if got := suggest(typed); got != want {
			t.Errorf("%.40s: got %q, want %q", typed, got, want)
		}
	}
}
