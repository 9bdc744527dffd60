package systemtest

import (
	"context"
	"encoding/json"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/gokuzzle/kuzzle/kuzzle/api"
)

// secretsSeen are the secrets that one server was sent by any client of a test, so
// that they can be looked for in all that it writes.
type secretsSeen struct {
	mu sync.Mutex
	// sent has the kind of each secret. A value that was also sent as something else,
	// such as a name, is not a secret, and is in shown.
	sent  map[string]secretKind
	shown map[string]bool
}

// secretKind tells where a secret may be.
type secretKind uint8

const (
	nowhere secretKind = iota + 1
	// inTheStore only: digests, and values derived from them.
	inTheStore
)

// secretNames are the members of requests that hold secrets.
var secretNames = map[string]secretKind{
	"password": nowhere, "currentPassword": nowhere, "token": nowhere, "jwt": nowhere, "pepper": nowhere, "passwordDigest": inTheStore,
}

const (
	// shortSecret is the length up to which a text may be found by chance.
	shortSecret = 11
	// largeRequest is one that is sent for its size, in bytes.
	largeRequest = 256 << 10
)

func newSecretsSeen() *secretsSeen {
	return &secretsSeen{sent: map[string]secretKind{}, shown: map[string]bool{}}
}

// note records the secrets of a request.
func (seen *secretsSeen) note(request any) {
	seen.mu.Lock()
	defer seen.mu.Unlock()
	seen.walk("", request)
}

func (seen *secretsSeen) walk(name string, value any) {
	switch v := value.(type) {
	case string:
		if kind, secret := secretNames[name]; !secret {
			seen.shown[v] = true
		} else if len(v) > shortSecret && seen.sent[v] != nowhere {
			seen.sent[v] = kind
		}
	case []any:
		for _, one := range v {
			seen.walk(name, one)
		}
	case map[string]any:
		for key, one := range v {
			seen.walk(key, one)
		}
	}
}

// check notes the secrets of a request, and holds for its answer that it repeats no
// password and no digest.
func (seen *secretsSeen) check(t *testing.T, sent []byte, a answer) {
	t.Helper()
	var request any
	if seen == nil || len(sent) > largeRequest || json.Unmarshal(sent, &request) != nil {
		return
	}
	seen.note(request)
	own := newSecretsSeen()
	own.note(request)
	if found := own.in(string(a.raw), nowhere, inTheStore); found != "" {
		t.Errorf("an answer repeats a secret of its request (%.6s…): %.300s", found, a.raw)
	}
}

// in returns a secret of these kinds that a text contains, as it is or as JSON
// writes it, or "".
func (seen *secretsSeen) in(text string, kinds ...secretKind) string {
	seen.mu.Lock()
	defer seen.mu.Unlock()
	for secret, kind := range seen.sent {
		if seen.shown[secret] || !slices.Contains(kinds, kind) {
			continue
		}
		quoted := string(mustJSON(secret))
		if strings.Contains(text, secret) || strings.Contains(text, quoted[1:len(quoted)-1]) {
			return secret
		}
	}
	return ""
}

// metrics returns the server's metrics, "" if it no longer answers.
func (s *server) metrics() string {
	req := &api.Request{
		ID: "operator", Controller: "server", Action: "metrics", Args: map[string]any{"format": "prometheus"},
		Peer: &api.Peer{Protocol: api.Embedded, Operator: true},
	}
	res := s.app.Dispatch(context.Background(), req)
	if res.Err != nil {
		return ""
	}
	return string(res.Append(nil, req, false))
}

// checkSent looks for all secrets that the server was sent in all that it has said
// and kept.
func (s *server) checkSent(t *testing.T, said map[string]string) {
	t.Helper()
	for where, text := range said {
		if found := s.seen.in(text, nowhere, inTheStore); found != "" {
			t.Errorf("%s: contains a secret that a client sent (%.6s…)", where, found)
		}
	}
	err := filepath.WalkDir(s.data, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || !entry.Type().IsRegular() {
			return err
		}
		content, err := os.ReadFile(path)
		if found := s.seen.in(string(content), nowhere); found != "" {
			t.Errorf("%s holds a secret that a client sent (%.6s…)", filepath.Base(path), found)
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
}
