package profiles_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"reflect"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gokuzzle/kuzzle/kuzzle/fault"
)

// catalogue is a small server on which user is an alias of a part of security.
type catalogue struct{}

var (
	nativeActions = map[string]map[string]bool{
		"auth":     set("login", "logout", "getCurrentUser"),
		"security": set("createUser", "getUser", "deleteUser", "createRole"),
		"user":     set("create", "get", "delete"),
		"server":   set("now", "info"),
	}
	pluginActions = map[string]map[string]bool{
		"local/password": set("reset", "getResetPasswordToken"),
	}
	aliases = map[string]string{"create": "createUser", "get": "getUser", "delete": "deleteUser"}
)

func (catalogue) Native(controller string) (map[string]bool, bool) {
	actions, ok := nativeActions[controller]
	return actions, ok
}

func (catalogue) Plugin(controller string) (map[string]bool, bool) {
	actions, ok := pluginActions[controller]
	return actions, ok
}

func (catalogue) Canonical(controller, action string) (string, string) {
	if name, ok := aliases[action]; ok && controller == "user" {
		return "security", name
	}
	return controller, action
}

func set(names ...string) map[string]bool {
	s := map[string]bool{}
	for _, name := range names {
		s[name] = true
	}
	return s
}

// object decodes a document like the network package does.
func object(t testing.TB, text string) map[string]any {
	t.Helper()
	var doc map[string]any
	decoder := json.NewDecoder(bytes.NewReader([]byte(text)))
	if err := decoder.Decode(&doc); err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return doc
}

// wantFault compares an error with a kind and its props; a nil kind stands for success.
func wantFault(t testing.TB, err error, kind *fault.Kind, props ...any) {
	t.Helper()
	if kind == nil {
		if err != nil {
			t.Errorf("got %v, want no error", err)
		}
		return
	}
	got, ok := fault.From(err)
	if !ok || !errors.Is(err, kind) {
		t.Errorf("got %v, want %v %v", err, kind, props)
		return
	}
	if len(got.Props)+len(props) > 0 && !reflect.DeepEqual(got.Props, props) {
		t.Errorf("%v: props differ (-want +got):\n%s", err, cmp.Diff(props, got.Props))
	}
}
