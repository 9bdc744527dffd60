package backend

import (
	"net/netip"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gokuzzle/kuzzle/kuzzle/api"
	"github.com/gokuzzle/kuzzle/kuzzle/config"
)

// elsewhere are the settings that act without this package or the command reading
// them: config refuses every value but those that are so anyway, or has put
// them into another.
var elsewhere = []string{"publicUrl", "server.port", "server.protocols.http.enabled", "security.authToken.algorithm"}

// TestEverySettingIsRead fails for a setting that nothing asks for: a setting
// that does nothing is a promise not kept.
func TestEverySettingIsRead(t *testing.T) {
	var code strings.Builder
	for _, pattern := range []string{"*.go", "../*.go"} {
		files, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range files {
			if strings.HasSuffix(file, "_test.go") {
				continue
			}
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			code.Write(text)
		}
	}
	checked := 0
	eachSetting(reflect.TypeFor[config.Config](), "", func(path, field string) {
		checked++
		if slices.Contains(elsewhere, path) {
			return
		}
		if !regexp.MustCompile(`\.` + field + `\b`).MatchString(code.String()) {
			t.Errorf("nothing reads %s (the field %s)", path, field)
		}
	})
	if checked < 50 {
		t.Errorf("found only %d settings", checked)
	}
}

// TestEveryLiveSettingIsObeyed fails for a setting that may be set in the store and
// that obey does not put in force.
func TestEveryLiveSettingIsObeyed(t *testing.T) {
	code, err := os.ReadFile("obey.go")
	if err != nil {
		t.Fatal(err)
	}
	fields := map[string]string{}
	eachSetting(reflect.TypeFor[config.Config](), "", func(path, field string) { fields[path] = field })
	live := 0
	for _, key := range config.Keys() {
		if !key.Live {
			continue
		}
		live++
		if !regexp.MustCompile(`\.` + fields[key.Path] + `\b`).Match(code) {
			t.Errorf("obey does not read %s (the field %s)", key.Path, fields[key.Path])
		}
	}
	if live < 5 {
		t.Errorf("found only %d live settings", live)
	}
}

func eachSetting(section reflect.Type, path string, visit func(path, field string)) {
	for _, f := range reflect.VisibleFields(section) {
		at := strings.TrimPrefix(path+"."+f.Tag.Get("json"), ".")
		if f.Type.Kind() == reflect.Struct {
			eachSetting(f.Type, at, visit)
			continue
		}
		visit(at, f.Name)
	}
}

// newApp makes a server over a fresh folder; change may be nil.
func newApp(t *testing.T, change func(*config.Config), more ...Option) *App {
	t.Helper()
	cfg := config.Default()
	cfg.Data, cfg.Audit.File = t.TempDir(), "off"
	if change != nil {
		change(&cfg)
	}
	app, err := New(append([]Option{WithConfig(cfg), WithTerminal(nil)}, more...)...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = app.Close() })
	return app
}

func TestShutdownTimeoutIsTheNetworks(t *testing.T) {
	app := newApp(t, func(cfg *config.Config) { cfg.Server.ShutdownTimeout = config.Duration(3 * time.Second) })
	options, err := app.networkOptions()
	if got := options.ShutdownGrace; err != nil || got != 3*time.Second {
		t.Errorf("the network waits %v (%v), want 3s", got, err)
	}
}

func TestNotificationsCanBeOff(t *testing.T) {
	for _, wanted := range []bool{true, false} {
		app := newApp(t, func(cfg *config.Config) { cfg.Server.Protocols.WebSocket.RealtimeNotifications = wanted })
		peer := &api.Peer{Protocol: api.WebSocket, Addr: netip.MustParseAddr("127.0.0.1")}
		app.links.attach(peer, "jdoe", "a session", time.Now().Add(time.Hour))
		if got := len(app.links.byConn) == 1; got != wanted {
			t.Errorf("with realtimeNotifications %v a connection is followed: %v", wanted, got)
		}
	}
}

func TestPasswordChangesMayLeaveSessionsAlone(t *testing.T) {
	for _, revoke := range []bool{true, false} {
		app := newApp(t, func(cfg *config.Config) { cfg.Security.RevokeTokensOnPasswordChange = revoke })
		if got := !app.accounts.Credentials.KeepTokensOnPasswordChange; got != revoke {
			t.Errorf("with revokeTokensOnPasswordChange %v other sessions end: %v", revoke, got)
		}
	}
}
