package settings_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/gokuzzle/kuzzle/kuzzle/config"
	"github.com/gokuzzle/kuzzle/kuzzle/settings"
)

// TestFixed: settings that cannot be set while servers run are returned with their default
// and origin, for the given sections, and without secrets.
func TestFixed(t *testing.T) {
	cfg, standard := config.Default(), config.Default()
	cfg.Notify.Mail, cfg.Notify.SMTP.Password = "smtp", "zebra-canary"
	cfg.Strategies = config.Free{"local": json.RawMessage(`{"minLength":12,"pepper":"zebra-canary"}`)}
	standard.Strategies = config.Free{"local": json.RawMessage(`{"minLength":8}`)}
	all := settings.Fixed(cfg, standard, config.Origins{"notify.mail": {Source: config.FromProgram}}, "notify.", "strategies.", "sessions.")
	told := map[string]settings.Setting{}
	for _, one := range all {
		told[one.Key] = one
		if !one.Fixed || one.Pinned || strings.Contains(string(one.Value), "canary") {
			t.Errorf("%+v", one)
		}
		if !slices.ContainsFunc([]string{"notify.", "strategies."}, func(section string) bool { return strings.HasPrefix(one.Key, section) }) {
			t.Errorf("%s can be set while servers run, or was not asked for", one.Key)
		}
	}
	mail, length := told["notify.mail"], told["strategies.local.minLength"]
	if string(mail.Value) != `"smtp"` || string(mail.Default) != `"off"` || mail.From != "program" || mail.Help == "" || !slices.Contains(mail.Choices, "webhook") {
		t.Errorf("notify.mail: %+v", mail)
	}
	if string(length.Value) != "12" || string(length.Default) != "8" {
		t.Errorf("the length of passwords: %+v", length)
	}
	if text, err := json.Marshal(told["strategies.local.pepper"]); err != nil || !strings.Contains(string(text), "redacted") {
		t.Errorf("a secret of a strategy: %s, %v", text, err)
	}
}
