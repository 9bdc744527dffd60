package network

import (
	"encoding/json"
	"errors"
	"net/netip"
	"reflect"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/gokuzzle/kuzzle/kuzzle/api"
	"github.com/gokuzzle/kuzzle/kuzzle/budget"
)

// TestBufferOfNone reads into a buffer without room, as one is that could not be
// filled and was given back.
func TestBufferOfNone(t *testing.T) {
	none := []byte(nil)
	giveBuffer(&none)
	var of budget.Share
	if err := fillBuffer(t.Context(), &none, strings.NewReader("text"), 0, &of); err != nil || string(none) != "text" {
		t.Errorf("read %q: %v", none, err)
	}
	for range 100 {
		if b := takeBuffer(); cap(*b) < newBuffer {
			t.Fatalf("a buffer of %d bytes is used again", cap(*b))
		}
	}
}

// FuzzMessage proves that every message is either a request or gets an answer
// that is JSON, and that decoding agrees with the standard library where both
// accept.
func FuzzMessage(f *testing.F) {
	for _, seed := range []string{`{"controller":"a","action":"b","requestId":"r","jwt":"t","volatile":{},"body":[]}`, `{"requestId":1e30}`,
		`{"requestId":{}}`, `null`, `[1]`, `"\ud800"`, `{"a":1,"a":2}`, "\xff", `{"a":"\\\"["}`, strings.Repeat("[", 101)} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, message []byte) {
		value, err := decodeJSON(message)
		var plain any
		plainErr := json.Unmarshal(message, &plain)
		if err == nil && (plainErr != nil || !utf8.Valid(message) || !reflect.DeepEqual(value, plain)) {
			t.Errorf("decoded %v (%v), want %v", value, plainErr, plain)
		}
		payload, ok := value.(map[string]any)
		if !ok {
			return
		}
		req, id := &api.Request{}, payload["requestId"]
		if setRequestID(req, id) == nil && fill(req, payload) == nil {
			if req.ID == "" || len(req.ID) > MaxRequestIDBytes || len(req.Token) > MaxTokenBytes {
				t.Errorf("a request of id %q", req.ID)
			}
			return
		}
		if answer := appendRefusal(nil, id, badRequestID()); !json.Valid(answer) {
			t.Errorf("not JSON: %s", answer)
		}
	})
}

// TestDepth checks that brackets are counted like in a parser, also beside strings with
// brackets.
func TestDepth(t *testing.T) {
	tests := []struct {
		text string
		want bool
	}{
		{`[[]]`, false}, {`[[[]]]`, true}, {`[{"a":[]}]`, true}, {`[[],[],[]]`, false}, {`["[[[["]`, false},
		{`["\"[[[["]`, false}, {`["\\",[[]]]`, true}, {`["\\\"[[["]`, false}, {`"`, false}, {`"\`, false}, {`[[["`, true}, {``, false},
	}
	for _, test := range tests {
		_, err := measure([]byte(test.text), 2, DefaultMaxNodes)
		if got := errors.Is(err, errTooDeep); got != test.want {
			t.Errorf("%s is too deep: %v, want %v", test.text, got, test.want)
		}
	}
}

// TestSlotsForMemory has no more slots than the memory budget has bytes for.
func TestSlotsForMemory(t *testing.T) {
	nobody := func(netip.Addr) bool { return false }
	for _, row := range []struct {
		budget *budget.Budget
		want   int
	}{{nil, 100}, {budget.New(1000 * connectionWeight), 100}, {budget.New(50 * connectionWeight), 50}, {budget.New(connectionWeight), leastSlots}} {
		if got := newSlots(&Options{MaxConnections: 100, Budget: row.budget}, nobody).max; got != row.want {
			t.Errorf("a budget of %d bytes has %d slots, want %d", row.budget.Limit(), got, row.want)
		}
	}
}
