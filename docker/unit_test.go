package docker

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gokuzzle/kuzzle/kuzzle/config"
)

// unit reads the settings of the systemd unit, each with all its values.
func unit(t *testing.T) map[string][]string {
	t.Helper()
	text, err := os.ReadFile("kuzzle.service")
	if err != nil {
		t.Fatal(err)
	}
	settings := map[string][]string{}
	for line := range strings.Lines(string(text)) {
		if name, value, ok := strings.Cut(strings.TrimSpace(line), "="); ok && !strings.HasPrefix(name, "#") {
			settings[name] = append(settings[name], value)
		}
	}
	return settings
}

// TestUnit holds that the systemd unit starts the server, under settings that the
// program takes, as a user without rights, and waits long enough for it to stop.
func TestUnit(t *testing.T) {
	u := unit(t)
	if got := u["ExecStart"]; !slices.Equal(got, []string{"/usr/local/bin/kuzzle serve"}) {
		t.Errorf("ExecStart: got %q", got)
	}
	var env []string
	for _, line := range u["Environment"] {
		env = append(env, strings.Fields(strings.ReplaceAll(line, "%S", "/var/lib"))...)
	}
	cfg, origins, err := config.Load(config.Sources{Env: env})
	if err != nil {
		t.Fatal(err)
	}
	set := 0
	for _, origin := range origins {
		if strings.HasPrefix(origin.Name, "KUZZLE_") {
			set++
		}
	}
	if set != len(env) {
		t.Errorf("%d of %q are settings", set, env)
	}
	if want := []string{filepath.Base(cfg.Data)}; !slices.Equal(u["StateDirectory"], want) {
		t.Errorf("StateDirectory: got %q, want %q", u["StateDirectory"], want)
	}
	stop, err := time.ParseDuration(u["TimeoutStopSec"][0])
	if err != nil || stop <= cfg.Server.ShutdownTimeout.Std() {
		t.Errorf("TimeoutStopSec: %v, %v; the server takes up to %s", stop, err, cfg.Server.ShutdownTimeout)
	}
	for name, want := range map[string]string{
		"DynamicUser": "yes", "NoNewPrivileges": "yes", "ProtectSystem": "strict", "ProtectHome": "yes", "CapabilityBoundingSet": "", "UMask": "0077",
	} {
		if !slices.Equal(u[name], []string{want}) {
			t.Errorf("%s: got %q, want %q", name, u[name], want)
		}
	}
}

var (
	linked    = regexp.MustCompile(`\]\(([\w./-]+)\)`)
	inCode    = regexp.MustCompile("`([^`\n]+)`")
	ourFolder = regexp.MustCompile(`^(\.ci|\.github|clerk|controllers|docker|kuzzle|profiles|strategies)/[\w./-]+$`)
)

// TestDocuments holds that files and folders exist that the documents of .github name.
func TestDocuments(t *testing.T) {
	for _, name := range []string{"ARCHITECTURE.md", "CHANGELOG.md", "CONTRIBUTING.md", "SECURITY.md"} {
		text, err := os.ReadFile(filepath.Join(top, ".github", name))
		if err != nil {
			t.Fatal(err)
		}
		for _, link := range linked.FindAllStringSubmatch(string(text), -1) {
			if _, err := os.Stat(filepath.Join(top, ".github", link[1])); err != nil {
				t.Errorf("%s: %v", name, err)
			}
		}
		for _, code := range inCode.FindAllStringSubmatch(string(text), -1) {
			for word := range strings.FieldsSeq(code[1]) {
				word = strings.TrimPrefix(word, "./")
				if !ourFolder.MatchString(word) {
					continue
				}
				if _, err := os.Stat(filepath.Join(top, word)); err != nil {
					t.Errorf("%s: %v", name, err)
				}
			}
		}
	}
}

var namedFile = regexp.MustCompile(`\bdocker/[\w./-]*\w`)

// TestNamedFiles holds that files of this folder exist wherever they are named.
func TestNamedFiles(t *testing.T) {
	seen := 0
	for _, name := range []string{"compose.yaml", "Dockerfile", "kuzzle.service", "../README.md", "../.ci/test"} {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, named := range namedFile.FindAllString(string(text), -1) {
			seen++
			if _, err := os.Stat(filepath.Join(top, named)); err != nil {
				t.Errorf("%s names a file that is not there: %v", name, err)
			}
		}
	}
	if seen == 0 {
		t.Error("no file is named anywhere")
	}
}
