package config

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// fileOf writes a configuration file.
func fileOf(t *testing.T, text string) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "kuzzle.json")
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}

func TestPrecedence(t *testing.T) {
	file := fileOf(t, `{
		"listen": "127.0.0.1:1", "data": "/file", "log": {"level": "warn", "format": "json"}, // four from the file
		"limits": {"documentsFetchCount": 7}
	}`)
	cfg, origins, err := Load(Sources{
		File:  file,
		Env:   []string{"KUZZLE_LISTEN=127.0.0.1:2", "KUZZLE_DATA=/env", "KUZZLE_LOG_LEVEL=error", "HOME=/root", "KUZZLE_MASTER_KEY="},
		Flags: map[string]string{"listen": "127.0.0.1:3"},
	})
	if err != nil {
		t.Fatal(err)
	}
	got := []any{cfg.Listen, cfg.Data, cfg.Log.Level, cfg.Log.Format, cfg.Limits.DocumentsFetchCount, cfg.Server.Port}
	if diff := cmp.Diff([]any{"127.0.0.1:3", "/env", "error", "json", 7, 3}, got); diff != "" {
		t.Error(diff)
	}
	for key, want := range map[string]string{
		"listen": "flag --listen", "data": "env KUZZLE_DATA", "log.level": "env KUZZLE_LOG_LEVEL", "log.format": "file kuzzle.json",
		"server.port": "flag --listen (listen)", "sessions.perUser": "default",
	} {
		if got := origins[key].String(); got != want {
			t.Errorf("%s from %s, want %s", key, got, want)
		}
	}
}

func TestFileByVariable(t *testing.T) {
	file := fileOf(t, `{"data": "/here"}`)
	cfg, _, err := Load(Sources{Env: []string{"KUZZLE_CONFIG=" + file}})
	if err != nil || cfg.Data != "/here" {
		t.Errorf("got %q, %v, want /here", cfg.Data, err)
	}
}

// TestSpellings holds the ways in which one key may be written.
func TestSpellings(t *testing.T) {
	const want = Duration(2 * time.Hour)
	for _, name := range []string{
		"KUZZLE_SECURITY__AUTHTOKEN__EXPIRESIN", "KUZZLE_SECURITY__AUTH_TOKEN__EXPIRES_IN", "kuzzle_security__authToken__expiresIn",
		"kuzzle_security__jwt__expiresIn", "KUZZLE_SECURITY__JWT__EXPIRESIN",
	} {
		for _, value := range []string{"2h", "7200000", "2 hours", `*json:"2h"`, `*json:7200000`} {
			cfg, _, err := Load(Sources{Env: []string{name + "=" + value}})
			if err != nil || cfg.Security.AuthToken.ExpiresIn != want {
				t.Errorf("%s=%s: got %v, %v, want %v", name, value, cfg.Security.AuthToken.ExpiresIn, err, want)
			}
		}
	}
}

func TestKuzzleKeys(t *testing.T) {
	for _, c := range []struct {
		name, file string
		env        []string
		flags      map[string]string
		get        func(Config) any
		want       any
	}{
		{"older name", `{"security":{"jwt":{"gracePeriod":5000}}}`, nil, nil, func(c Config) any { return c.Security.AuthToken.GracePeriod }, Duration(5 * time.Second)},
		{"own name wins over older", `{"security":{"authToken":{"maxTTL":"2d"}}}`, []string{"kuzzle_security__jwt__maxTTL=3d"}, nil, func(c Config) any { return c.Security.AuthToken.MaxTTL }, Duration(48 * time.Hour)},
		{"infinite", `{"security":{"authToken":{"expiresIn":-1}}}`, nil, nil, func(c Config) any { return c.Security.AuthToken.ExpiresIn }, Infinite},
		{"port keeps the address", `{"server":{"port":8000}}`, nil, nil, func(c Config) any { return c.Listen }, "127.0.0.1:8000"},
		{"port over a weaker listen", `{"listen":"0.0.0.0:1"}`, []string{"KUZZLE_SERVER__PORT=8000"}, nil, func(c Config) any { return c.Listen }, "0.0.0.0:8000"},
		{"port under a stronger listen", `{"server":{"port":8000}}`, nil, map[string]string{"listen": "[::1]:9"}, func(c Config) any { return c.Server.Port }, 9},
		{"origins as a text", `{"http":{"accessControlAllowOrigin":"https://a.example, https://b.example:8443"}}`, nil, nil, func(c Config) any { return c.HTTP.AllowOrigin }, List{"https://a.example", "https://b.example:8443"}},
		{"origins as a list", `{"http":{"accessControlAllowOrigin":["https://a.example"]}}`, nil, nil, func(c Config) any { return c.HTTP.AllowOrigin }, List{"https://a.example"}},
		{"regular expressions", `{"http":{"accessControlAllowOrigin":["^https://.*$"],"accessControlAllowOriginUseRegExp":true}}`, nil, nil, func(c Config) any { return c.HTTP.AllowOriginUseRegExp }, true},
		{"size", `{"server":{"maxRequestSize":"2.5MB"}}`, nil, nil, func(c Config) any { return c.Server.MaxRequestSize }, Size(5 << 19)},
		{"idle time in ms", `{"server":{"protocols":{"websocket":{"idleTimeout":30000}}}}`, nil, nil, func(c Config) any { return c.Server.Protocols.WebSocket.IdleTimeout }, Duration(30 * time.Second)},
		{"list in the environment", ``, []string{"kuzzle_security__restrictedProfileIds=a,b"}, nil, func(c Config) any { return c.Security.RestrictedProfileIDs }, List{"a", "b"}},
		{"JSON in the environment", ``, []string{`kuzzle_security__restrictedProfileIds=*json:["a"]`}, nil, func(c Config) any { return c.Security.RestrictedProfileIDs }, List{"a"}},
		{"section in the environment", ``, []string{`kuzzle_limits=*json:{"documentsWriteCount":5}`}, nil, func(c Config) any { return c.Limits.DocumentsWriteCount }, 5},
		{"the plugin's section", `{"plugins":{"kuzzle-plugin-auth-passport-local":{"requirePassword":true}}}`, nil, nil, strategy("local"), `{"requirePassword":true}`},
		{"the plugin's section in the environment", ``, []string{"kuzzle_plugins__kuzzle-plugin-auth-passport-local__requirePassword=true"}, nil, strategy("local"), `{"requirePassword":true}`},
		{"strategies merge", `{"strategies":{"local":{"argon2":{"memory":1,"passes":2}}}}`, []string{"kuzzle_strategies__local__argon2__memory=64"}, map[string]string{"strategies.local.note": "hi"}, strategy("local"), `{"argon2":{"memory":64,"passes":2},"note":"hi"}`},
		{"a version stays a text", ``, []string{"kuzzle_strategies__ldap__protocolVersion=3"}, nil, strategy("ldap"), `{"protocolVersion":"3"}`},
		{"standard roles", `{"security":{"standard":{"roles":{"default":{"controllers":{}}}}}}`, nil, nil, func(c Config) any { return string(c.Security.Standard.Roles["default"]) }, `{"controllers":{}}`},
		{"flag", ``, nil, map[string]string{"security.authToken.gracePeriod": "0"}, func(c Config) any { return c.Security.AuthToken.GracePeriod }, Duration(0)},
		{"what platforms set for a service called kuzzle", ``, []string{"KUZZLE_SERVICE_HOST=10.0.0.1", "KUZZLE_PORT=tcp://10.0.0.1:7512", "KUZZLE_PORT_7512_TCP_ADDR=10.0.0.1", "KUZZLE_SERVER_PORT=tcp://10.0.0.1:1", "KUZZLE_TEST_X=1"}, nil, func(c Config) any { return c.Server.Port }, 7512},
	} {
		t.Run(c.name, func(t *testing.T) {
			cfg, _, err := Load(Sources{File: fileOf(t, c.file), Env: c.env, Flags: c.flags})
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(c.want, c.get(cfg)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func strategy(name string) func(Config) any {
	return func(c Config) any { return string(c.Strategies[name]) }
}

// TestProblems holds that each problem names its source, key and remedy.
func TestProblems(t *testing.T) {
	for _, c := range []struct {
		name, file string
		env        []string
		flags      map[string]string
		want       string
	}{
		{"unknown", `{"listn":1}`, nil, nil, "file kuzzle.json: listn: there is no such key; did you mean listen?"},
		{"unknown flag", ``, nil, map[string]string{"log.lvl": "x"}, "flag --set log.lvl: log.lvl: there is no such key; did you mean log.level?"},
		{"unknown section", `{"securty":{"a":1}}`, nil, nil, "did you mean security?"},
		{"case counts in files", `{"Listen":":1"}`, nil, nil, "did you mean listen?"},
		{"not a section", `{"log":"info"}`, nil, nil, "log: write an object"},
		{"section as a variable", ``, []string{"KUZZLE_LOG=info"}, nil, "env KUZZLE_LOG: log: this is a section"},
		{"no meaning here", `{"limits":{"loginsPerSecond":5}}`, nil, nil, "limits.loginsPerSecond: replaced by delays after failed logins"},
		{"no meaning, below", `{"repositories":{"common":{"cacheTTL":1}}}`, nil, nil, "repositories: caches have no setting"},
		{"mqtt", ``, []string{"kuzzle_server__protocols__mqtt__enabled=true"}, nil, "server.protocols.mqtt.enabled: only HTTP and WebSocket exist here"},
		{"digests", `{"plugins":{"kuzzle-plugin-auth-passport-local":{"algorithm":"sha1"}}}`, nil, nil, "password digests are argon2id here"},
		{"other plugins", `{"plugins":{"my-plugin":{}}}`, nil, nil, "configured under strategies.<name>"},
		{"a fixed signing key", ``, []string{"kuzzle_security__jwt__secret=canary"}, nil, "the first start makes signing keys"},
		{"two variables", ``, []string{"KUZZLE_SECURITY__AUTHTOKEN__EXPIRESIN=1h", "kuzzle_security__authToken__expiresIn=2h"}, nil, "KUZZLE_SECURITY__AUTHTOKEN__EXPIRESIN has another value"},
		{"bool", `{"development":"yes"}`, nil, nil, `development = "yes": write true or false`},
		{"text for a bool in a file", `{"development":"true"}`, nil, nil, "write true or false"},
		{"number", `{"sessions":{"perUser":1.5}}`, nil, nil, "sessions.perUser = 1.5: write a whole number"},
		{"range", `{"sessions":{"perUser":0}}`, nil, nil, "sessions.perUser = 0: write a value from 1 to 10000"},
		{"duration", ``, []string{"KUZZLE_SECURITY__AUTH_TOKEN__EXPIRES_IN=soon"}, nil, `security.authToken.expiresIn = "soon": write a number of milliseconds`},
		{"short idle time", `{"server":{"protocols":{"websocket":{"idleTimeout":999}}}}`, nil, nil, "from 1s to 24h"},
		{"not for ever", `{"services":{"storageEngine":{"maxScrollDuration":-1}}}`, nil, nil, "from 1s to 24h"},
		{"size", `{"server":{"maxRequestSize":"1 cubit"}}`, nil, nil, "write a number of bytes"},
		{"choice", `{"log":{"level":"loud"}}`, nil, nil, `log.level = "loud": write debug or info or warn or error`},
		{"list", `{"security":{"restrictedProfileIds":[1]}}`, nil, nil, "write a list of texts"},
		{"proxy", `{"trustedProxies":["proxy"]}`, nil, nil, "write addresses or networks"},
		{"address", `{"listen":"7512"}`, nil, nil, `listen = 7512: write address:port`},
		{"open to others", `{"dev":true,"listen":"0.0.0.0:7512"}`, nil, nil, "listen = 0.0.0.0:7512: with dev the server listens on loopback only"},
		{"open to all", `{"listen":":7512"}`, []string{"KUZZLE_DEV=true"}, nil, "with dev the server listens on loopback only"},
		{"open to IPv6", `{"dev":true,"listen":"[::]:7512"}`, nil, nil, "with dev the server listens on loopback only"},
		{"open by a name", `{"dev":true,"listen":"kuzzle.example:7512"}`, nil, nil, "with dev the server listens on loopback only"},
		{"open metrics", `{"dev":true,"metricsListen":"0.0.0.0:9090"}`, nil, nil, "metricsListen = 0.0.0.0:9090: with dev the server listens on loopback only"},
		{"nobody is called anything", `{"clerk":{"attributes":{"emailAddress":"off","phoneNumber":"off","username":"off","web3Wallet":"off"}}}`, nil, nil, "clerk.attributes.emailAddress = off: users need an identifier"},
		{"same address", `{"metricsListen":"127.0.0.1:7512"}`, nil, nil, "give another address than that of listen"},
		{"ports", `{"listen":":1","server":{"port":2}}`, nil, nil, "different ports"},
		{"origin", `{"http":{"accessControlAllowOrigin":"https://a.example/"}}`, nil, nil, "without a path"},
		{"expression", `{"http":{"accessControlAllowOrigin":"(","accessControlAllowOriginUseRegExp":true}}`, nil, nil, "write a regular expression"},
		{"header line", `{"http":{"accessControlAllowMethods":"GET\r\nSet-Cookie: a=b"}}`, nil, nil, "write a text"},
		{"scrolls", `{"services":{"storageEngine":{"maxScrollDuration":"5s"}}}`, nil, nil, "must not be longer than services.storageEngine.maxScrollDuration, 5s"},
		{"tokens", `{"security":{"authToken":{"maxTTL":"1m"}}}`, nil, nil, "must not be longer than security.authToken.maxTTL, 1m"},
		{"half an administrator", `{"admin":{"username":"root"}}`, nil, nil, "give admin.password"},
		{"other half", ``, []string{"KUZZLE_ADMIN_PASSWORD=canary"}, nil, "a password alone"},
		{"secret as a flag", ``, nil, map[string]string{"masterKey": "canary"}, "all users of this machine can read flags; use the file or KUZZLE_MASTER_KEY"},
		{"no HTTP", `{"server":{"protocols":{"http":{"enabled":false}}}}`, nil, nil, "begin with HTTP"},
		{"pings", `{"server":{"protocols":{"websocket":{"sendPingsAutomatically":true}}}}`, nil, nil, "by sending {\"p\":1}"},
		{"upper case below strategies", ``, []string{"KUZZLE_STRATEGIES__LOCAL__REQUIREPASSWORD=true"}, nil, "write kuzzle_strategies__<name>__<setting>"},
		{"a strategy is a section", `{"strategies":{"local":true}}`, nil, nil, "strategies.local: write an object"},
		{"bad JSON in the environment", ``, []string{"kuzzle_strategies__local__a=*json:{"}, nil, "one JSON value"},
		{"secret of a wrong type", `{"masterKey":["canary"]}`, nil, nil, "masterKey = [redacted]: write a text"},
		{"a mistyped secret", `{"masterKy":"canary"}`, nil, nil, "did you mean masterKey?"},
		{"broken file", "{\n\"a\"", nil, nil, "file kuzzle.json: line 2: "},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, _, err := Load(Sources{File: fileOf(t, c.file), Env: c.env, Flags: c.flags})
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Fatalf("got %v, want %q", err, c.want)
			}
			if strings.Contains(err.Error(), "canary") {
				t.Errorf("a secret shows: %v", err)
			}
		})
	}
}

func TestAllProblemsAtOnce(t *testing.T) {
	_, _, err := Load(Sources{
		File: fileOf(t, `{"listn":1,"log":{"level":"loud"},"cluster":{}}`), Env: []string{"KUZZLE_LOG=info"}, Flags: map[string]string{"nope": "1"},
	})
	var problems Problems
	if !errors.As(err, &problems) || len(problems) != 5 {
		t.Fatalf("got %v, want 5 problems", err)
	}
	if _, _, err := Load(Sources{File: "/nowhere/kuzzle.json"}); err == nil {
		t.Error("a missing file is no error")
	}
	if _, _, err := Load(Sources{File: fileOf(t, strings.Repeat(" ", maxFile+1))}); err == nil || !strings.Contains(err.Error(), "larger than 1MB") {
		t.Errorf("got %v, want the limit", err)
	}
}

// TestStrangers: variables of other programs stop nothing, and each is named once with
// the key that may have been meant.
func TestStrangers(t *testing.T) {
	env := []string{
		"KUZZLE_LISTN=x", "KUZZLE_VAULT_KEY=secret", "KUZZLE_SECRETS_FILE=/x", "KUZZLE_HOST=localhost", "KUZZLE_USERNAME=me", "KUZZLE_PASSWORD=canary",
		"KUZZLE_PROTOCOL=http", "KUZZLE_API_KEY=canary", "KUZZLE_SSL=", "KUZZLE_LOG_LEVEL=error", "KUZZLE_SERVICE_HOST=10.0.0.1", "KUZZLE_TEST_X=1", "HOME=/root",
	}
	cfg, _, err := Load(Sources{Env: env})
	if err != nil || cfg.Log.Level != "error" {
		t.Fatalf("level %q, %v; want what has a meaning, and no refusal of the rest", cfg.Log.Level, err)
	}
	var named []string
	for _, unknown := range Strangers(env) {
		named = append(named, unknown.From.Name)
		if strings.Contains(unknown.String(), "canary") || strings.Contains(unknown.String(), "secret ") {
			t.Errorf("a value shows: %s", unknown)
		}
	}
	want := []string{"KUZZLE_API_KEY", "KUZZLE_HOST", "KUZZLE_LISTN", "KUZZLE_PASSWORD", "KUZZLE_PROTOCOL", "KUZZLE_SECRETS_FILE", "KUZZLE_USERNAME", "KUZZLE_VAULT_KEY"}
	if !slices.Equal(named, want) {
		t.Errorf("got %v, want %v", named, want)
	}
	for _, unknown := range Strangers(env) {
		if !strings.Contains(unknown.String(), "KUZZLE_LISTEN") && !strings.Contains(unknown.String(), "the nearest is KUZZLE_") && !strings.Contains(unknown.String(), "did you mean KUZZLE_") {
			t.Errorf("it names no key: %s", unknown)
		}
	}
	for _, near := range akin {
		if locate(near).key == nil {
			t.Errorf("%s is no key", near)
		}
	}
	if got, want := Strangers(env[:1])[0].String(), "env KUZZLE_LISTN: there is no such key; did you mean KUZZLE_LISTEN?"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}
