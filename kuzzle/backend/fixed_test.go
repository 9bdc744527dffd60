package backend

import (
	"io"
	"strings"
	"testing"

	"github.com/gokuzzle/kuzzle/kuzzle/config"
)

// TestFixed: effective values of the configuration are shown, but only the host of the
// address that messages are posted to.
func TestFixed(t *testing.T) {
	cfg := config.Default()
	cfg.Data, cfg.Dev = t.TempDir(), true
	cfg.Notify.SMS, cfg.Notify.Webhook.URL = "webhook", "https://hooks.example.com/zebra-canary?zebra-canary"
	app, err := New(WithConfig(cfg), WithTerminal(io.Discard))
	if err != nil {
		t.Fatal(err)
	}
	defer app.Close()
	values := map[string]string{}
	for _, one := range fixed(app, config.Origins{"dev": {Source: config.FromProgram}})() {
		values[one.Key] = string(one.Value) + " " + one.From
		if strings.Contains(string(one.Value), "canary") || strings.HasPrefix(one.Key, "strategies.legacy-http.") {
			t.Errorf("%s is %s", one.Key, one.Value)
		}
	}
	for key, want := range map[string]string{
		"notify.mail": `"log" program`, "notify.sms": `"webhook" default`, "notify.webhook.url": `"https://hooks.example.com/…" default`,
		"strategies.local.minLength": "6 default", "factors.policy": `"optional" default`,
	} {
		if values[key] != want {
			t.Errorf("%s is %s, want %s", key, values[key], want)
		}
	}
}
