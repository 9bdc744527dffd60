package api_test

import (
	"context"
	"errors"
	"math"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gokuzzle/kuzzle/kuzzle/api"
	"github.com/gokuzzle/kuzzle/kuzzle/fault"
)

var errPart = fault.Declare(0x40060102, "test.part", 404, "There is no %s.")

type quick struct{}

func (quick) AppendJSON(dst []byte) ([]byte, error) { return append(dst, `{"quick":true}`...), nil }

type failing struct{}

func (failing) MarshalJSON() ([]byte, error) { return nil, errors.New("a secret cause") }

type panicking struct{}

func (panicking) MarshalJSON() ([]byte, error) { panic("a secret cause") }

// answering makes a dispatcher whose action answers result.
func answering(result any, err error) *api.Dispatcher {
	return dispatcher([]api.Controller{{Name: "test", Actions: []api.Declared{api.Action[api.None, any]{Name: "run",
		Run: func(_ context.Context, req *api.Request, _ api.None) (any, error) {
			req.SetHeader("x-more", "yes")
			req.SetCookie("authToken=secret")
			return result, err
		}}}}})
}

// TestEnvelope tests the answer that clients read, key by key.
func TestEnvelope(t *testing.T) {
	const rest = `"requestId":"r1","controller":"test","action":"run","volatile":{"v":1},"headers":{"x-more":"yes"}`
	whole := func(status, failure, result string) string {
		return `{` + rest + `,"status":` + status + `,"error":` + failure + result + `}`
	}
	part := `{"message":"There is no user.","status":404,"id":"test.part","code":1074135298,"props":["user"]}`
	parts := `{"message":"There is no x.","status":404,"id":"test.part","code":1074135298,"props":["x"],"errors":[` + part + `],"count":1}`
	many := errPart.New("x")
	many.Errors = []*fault.Error{errPart.New("user")}
	tests := []struct {
		name   string
		result any
		err    error
		want   string
	}{
		{"a result", map[string]any{"a": "<&>"}, nil, whole("200", "null", `,"result":{"a":"<&>"}`)},
		{"a text", "é \"quoted\"\n", nil, whole("200", "null", `,"result":"é \"quoted\"\n"`)},
		{"a flag", true, nil, whole("200", "null", `,"result":true`)},
		{"null", nil, nil, whole("200", "null", `,"result":null`)},
		{"no result", api.NoResult{}, nil, whole("200", "null", ``)},
		{"one that writes itself", quick{}, nil, whole("200", "null", `,"result":{"quick":true}`)},
		{"a result in part", api.Partial{Result: []any{1}, Err: many}, nil, whole("404", parts, `,"result":[1]`)},
		{"an error", nil, errPart.New("user"), whole("404", part, `,"result":null`)},
		{"a kind as an error", nil, errPart, whole("404", `{"message":"There is no ?.","status":404,"id":"test.part","code":1074135298,"props":[]}`, `,"result":null`)},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			req := request(sock, nil, nil)
			req.Volatile = map[string]any{"v": 1}
			res := answering(test.result, test.err).Dispatch(context.Background(), req)
			if diff := cmp.Diff(value(t, test.want), any(envelope(t, req, res))); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if !slices.Equal(res.Cookies, []string{"authToken=secret"}) {
				t.Errorf("cookie %q", res.Cookies)
			}
		})
	}
}

// TestEnvelopeEchoes index and collection only if they were sent, and the room
// where there are rooms.
func TestEnvelopeEchoes(t *testing.T) {
	req := request(sock, map[string]any{"index": "i", "collection": nil}, nil)
	res := answering(nil, nil).Dispatch(context.Background(), req)
	got, _ := value(t, string(res.Append(nil, req, true))).(map[string]any)
	collection, given := got["collection"]
	if got["index"] != "i" || collection != nil || !given || got["room"] != "r1" {
		t.Errorf("got %v", got)
	}
}

// TestUnencodable makes one opaque error of a result that cannot be written.
func TestUnencodable(t *testing.T) {
	for name, result := range map[string]any{"no number": math.NaN(), "a failure": failing{}, "a panic": panicking{},
		"raw": api.Raw{Value: map[string]any{"a": panicking{}}}} {
		t.Run(name, func(t *testing.T) {
			req := request(sock, nil, nil)
			res := answering(result, nil).Dispatch(context.Background(), req)
			body := res.Append([]byte("before "), req, true)
			got, ok := value(t, string(body[len("before "):])).(map[string]any)
			if !ok || got["status"] != 500.0 || res.Status != 500 || res.Err.ID() != "core.fatal.unexpected_error" || res.Err.Cause == nil {
				t.Errorf("answer %s with error %v", body, res.Err)
			}
		})
	}
}

// TestRaw goes without an envelope, with a room where that is possible.
func TestRaw(t *testing.T) {
	req := request(sock, nil, nil)
	res := answering(api.Raw{ContentType: "application/yaml", Body: []byte("a: b"), Value: map[string]any{"a": "b"}}, nil).
		Dispatch(context.Background(), req)
	if got := string(res.Append(nil, req, false)); got != "a: b" {
		t.Errorf("got %q", got)
	}
	if got := string(res.Append(nil, req, true)); got != `{"a":"b","room":"r1"}` {
		t.Errorf("got %q", got)
	}
}
