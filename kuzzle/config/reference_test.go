package config_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/gokuzzle/kuzzle/kuzzle/config"
)

// TestReference holds that every key is described, no default that is a secret is
// shown, and lines fit a terminal.
func TestReference(t *testing.T) {
	text := config.Reference()
	plain := strings.Join(strings.Fields(text), " ")
	for _, key := range config.Keys() {
		if key.Help == "" || !strings.Contains(plain, " ("+key.Env()+") "+strings.Join(strings.Fields(key.Help), " ")) {
			t.Errorf("%s is not described", key.Path)
		}
	}
	for line := range strings.Lines(text) {
		if strings.HasPrefix(line, "        ") && utf8.RuneCountInString(line) > 100 {
			t.Errorf("a line of %d characters: %s", utf8.RuneCountInString(line), line)
		}
	}
	for _, want := range []string{"Default: 127.0.0.1:7512.", "One of grouped, wait_for, none.", "From 1 to 64.", "-1 is no end."} {
		if !strings.Contains(plain, want) {
			t.Errorf("%q is missing", want)
		}
	}
}
