package config

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gokuzzle/kuzzle/kuzzle/cli"
)

func TestReportMasksSecrets(t *testing.T) {
	cfg, origins, err := Load(Sources{
		File: fileOf(t, `{"strategies":{"oidc":{"clientSecret":"canary","issuer":"https://id.example","apiKeys":["canary"],
			"providers":[{"token":"canary"}],"secrets":{"a":"canary","b":{"c":"canary"}}},"local":{"requirePassword":true,"passwordPolicies":[]}}}`),
		Env: []string{"KUZZLE_ADMIN_USERNAME=root", "KUZZLE_ADMIN_PASSWORD=canary", "KUZZLE_MASTER_KEY=canary"},
	})
	if err != nil {
		t.Fatal(err)
	}
	var text, array bytes.Buffer
	entries := cfg.Report(origins)
	if err := WriteText(&text, entries); err != nil {
		t.Fatal(err)
	}
	if err := WriteJSON(&array, entries); err != nil {
		t.Fatal(err)
	}
	for _, printed := range []string{text.String(), array.String()} {
		if strings.Contains(printed, "canary") {
			t.Errorf("a secret shows:\n%s", printed)
		}
		for _, want := range []string{"admin.password", "[redacted]", "env KUZZLE_ADMIN_PASSWORD", "strategies.oidc.issuer", "https://id.example", "strategies.local.requirePassword", "default"} {
			if !strings.Contains(printed, want) {
				t.Errorf("%q is missing in\n%s", want, printed)
			}
		}
	}
	var read []Entry
	if err := json.Unmarshal(array.Bytes(), &read); err != nil || len(read) != len(entries) {
		t.Errorf("%d entries read back, %v, want %d", len(read), err, len(entries))
	}
}

func TestPublic(t *testing.T) {
	cfg, _, err := Load(Sources{Env: []string{"KUZZLE_MASTER_KEY=canary", "kuzzle_strategies__local__a=canary"}})
	if err != nil {
		t.Fatal(err)
	}
	encoded, err := json.Marshal(cfg.Public())
	if err != nil {
		t.Fatal(err)
	}
	var shown map[string]map[string]any
	if err := json.Unmarshal(encoded, &shown); err != nil {
		t.Fatal(err)
	}
	var sections []string
	for name := range shown {
		sections = append(sections, name)
	}
	for _, hidden := range []string{"canary", "security", "redacted", "kuzzle-data"} {
		if strings.Contains(string(encoded), hidden) {
			t.Errorf("%q shows in %s", hidden, encoded)
		}
	}
	if got, want := len(sections), 5; got != want {
		t.Errorf("sections %v, want %d", sections, want)
	}
	if got, want := shown["server"]["port"], any(7512.0); got != want {
		t.Errorf("port %v, want %v", got, want)
	}
}

func TestFlags(t *testing.T) {
	flags := struct{ Flags }{}
	program := cli.Program{Name: "any", Texts: FlagTexts}
	args := []string{"--listen", ":0", "--config", "/c.json", "--set", "http.accessControlAllowOrigin=https://a.example,https://b.example", "--set=log.level=debug"}
	if _, err := program.Parse(&flags, args); err != nil {
		t.Fatal(err)
	}
	want := Sources{File: "/c.json", Env: []string{"A=b"}, Flags: map[string]string{
		"listen": ":0", "log.level": "debug", "http.accessControlAllowOrigin": "https://a.example,https://b.example",
	}}
	if diff := cmp.Diff(want, flags.Sources([]string{"A=b"})); diff != "" {
		t.Error(diff)
	}
	_, help := program.Parse(&flags, []string{"--help"})
	for _, text := range []string{"127.0.0.1:7512", "KUZZLE_LISTEN", "./kuzzle-data", "--set="} {
		if !strings.Contains(help.Error(), text) {
			t.Errorf("%q is missing in the help:\n%s", text, help)
		}
	}
}
