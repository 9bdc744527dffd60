package systemtest

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gokuzzle/kuzzle/kuzzle/backend"
	"github.com/gokuzzle/kuzzle/strategies"
)

// office is a strategy that lets a user in by where the user is and by a header.
type office struct {
	unproven
	host strategies.Host
}

// unproven is the common part of the tests' strategies: they store nothing.
type unproven struct{}

func (unproven) Check(context.Context, strategies.Subject, strategies.Credentials) (strategies.Draft, error) {
	return nil, strategies.Refused()
}

func (unproven) Info(strategies.Record) strategies.Credentials { return nil }

func newOffice(_ json.RawMessage, host strategies.Host) (strategies.Strategy, error) {
	return office{host: host}, nil
}

const officeAddress = "198.51.100.7"

func (office) Name() string { return "office" }

func (office) Headers() []string { return []string{"x-device", "X-Long"} }

func (s office) Authenticate(ctx context.Context, in strategies.Credentials) (strategies.Outcome, error) {
	peer := s.host.Peer(ctx)
	s.host.Log().WarnContext(ctx, "somebody comes", "peer", peer)
	name, _ := in["kuid"].(string)
	found, ok, err := s.host.Find(ctx, name)
	if err != nil {
		return strategies.Outcome{}, err
	}
	if !ok || peer.Addr.String() != officeAddress || peer.Header("X-Device") != "desk-canary" {
		return strategies.Outcome{}, strategies.Refused()
	}
	return strategies.Outcome{Kuid: found.Kuid, Factor: "place"}, nil
}

func (s office) Actions() []strategies.Action {
	return []strategies.Action{{
		Controller: "office", Name: "whence", Routes: []string{"POST /_office/whence"}, Summary: "Tells where the caller is.",
		Run: func(ctx context.Context, _ strategies.Call) (any, error) {
			peer, got := s.host.Peer(ctx), map[string]any{}
			for _, name := range []string{"X-Device", "X-Long", "X-Other", "Authorization", "Cookie"} {
				if value := peer.Header(name); value != "" {
					got[name] = value
				}
			}
			got["from"] = peer.Addr.String() + " " + peer.Protocol
			return got, nil
		},
	}}
}

// TestPeer: a strategy knows where a login and a call come from, and of their headers
// those that it names, and no log does.
func TestPeer(t *testing.T) {
	t.Parallel()
	s := start(t, behindProxy, func(set *settings) { set.Options = append(set.Options, backend.Use("office", newOffice)) })
	newStory(t, s, "http")
	s.operate(t, "security", "updateRole", map[string]any{"_id": "anonymous"}, map[string]any{"controllers": map[string]any{
		"auth": map[string]any{"actions": map[string]any{"login": true}}, "office": map[string]any{"actions": map[string]any{"*": true}},
	}})
	login := call{controller: "auth", action: "login", args: map[string]any{"strategy": "office"}, hasBody: true, body: map[string]any{"kuid": "user"}}
	whence := call{controller: "office", action: "whence"}
	for _, protocol := range []string{"http", "websocket"} {
		t.Run(protocol, func(t *testing.T) {
			send := func(header http.Header, c call) answer {
				if c.id = protocol; protocol == "http" {
					c.header = header
					return newHTTPClient(t, s).send(t, c)
				}
				return dialWith(t, s, header).send(t, c)
			}
			for name, test := range map[string]struct {
				header http.Header
				status int
			}{
				"at the office":  {http.Header{"X-Forwarded-For": {officeAddress}, "X-Device": {"desk-canary"}}, 200},
				"elsewhere":      {http.Header{"X-Forwarded-For": {"203.0.113.9"}, "X-Device": {"desk-canary"}}, 401},
				"another device": {http.Header{"X-Forwarded-For": {officeAddress}, "X-Device": {"other"}}, 401},
				"two devices":    {http.Header{"X-Forwarded-For": {officeAddress}, "X-Device": {"desk-canary", "other"}}, 401},
			} {
				if a := send(test.header, login); a.status != test.status {
					t.Errorf("%s: answered %d, want %d", name, a.status, test.status)
				}
			}
			a := send(http.Header{
				"X-Forwarded-For": {officeAddress}, "X-Device": {"a", "b"}, "X-Long": {strings.Repeat("x", strategies.MaxHeaders)},
				"X-Other": {"not named"}, "Cookie": {"x=y"},
			}, whence)
			if diff := cmp.Diff(map[string]any{"X-Device": "a, b", "from": officeAddress + " " + protocol}, a.result()); diff != "" {
				t.Errorf("an action sees (-want +got):\n%s", diff)
			}
		})
	}
	switch {
	case s.log.Has("desk-canary"):
		t.Error("a header is in the log")
	case !s.log.Has(officeAddress + " by websocket"):
		t.Error("the peer was not logged")
	}
}
