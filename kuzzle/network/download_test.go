package network_test

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/gokuzzle/kuzzle/kuzzle/api"
	"github.com/gokuzzle/kuzzle/kuzzle/budget"
	"github.com/gokuzzle/kuzzle/kuzzle/network"
)

const downloadPiece = 256 << 10

// source answers the requested number of pieces, and reports the budget's held
// bytes meanwhile.
func source(all *budget.Budget, held chan<- int64) api.Controller {
	give := func(_ context.Context, req *api.Request, _ api.None) (any, error) {
		text, _ := req.Arg("pieces").(string)
		pieces, _ := strconv.Atoi(text)
		req.SetHeader("ETag", `"source"`)
		if req.Arg("known") != nil {
			return api.WithStatus{Status: http.StatusNotModified, Result: api.Raw{ContentType: "image/png"}}, nil
		}
		write := func(_ context.Context, to io.Writer) error {
			select {
			case held <- all.Used():
			default:
			}
			for range pieces {
				if _, err := to.Write(bytes.Repeat([]byte("x"), downloadPiece)); err != nil {
					return err
				}
			}
			if req.Arg("broken") != nil {
				return errors.New("the store is gone")
			}
			return nil
		}
		length := int64(pieces * downloadPiece)
		if req.Arg("broken") != nil {
			length++
		}
		return api.Raw{
			ContentType: "image/png", Value: map[string]any{"pieces": pieces},
			Stream: &api.Stream{Length: length, Holds: 2 * downloadPiece, Write: write},
		}, nil
	}
	return api.Controller{Name: "source", Actions: []api.Declared{
		api.Action[api.None, any]{Name: "give", Routes: api.Routes{"GET /give"}, Run: give},
	}}
}

// TestDownload: a body that is generated while it is written holds its declared
// bytes of the budget, for any length, and a truncated one is never mistaken for a
// complete one.
func TestDownload(t *testing.T) {
	all, held := budget.New(4<<20), make(chan int64, 100)
	f := start(t, network.Options{Budget: all}, source(all, held))
	fetch := func(query string) (*http.Response, []byte, error) {
		t.Helper()
		res, err := http.Get(f.url("/give?" + query))
		if err != nil {
			t.Fatal(err)
		}
		defer res.Body.Close()
		body, err := io.ReadAll(res.Body)
		return res, body, err
	}
	const pieces = 64 // four times the budget
	res, body, err := fetch("pieces=" + strconv.Itoa(pieces))
	if err != nil || len(body) != pieces*downloadPiece || res.ContentLength != int64(len(body)) || res.Header.Get("Content-Type") != "image/png" {
		t.Errorf("got %d bytes of %d, %v, %v", len(body), res.ContentLength, err, res.Header)
	}
	if while := <-held; while < 2*downloadPiece || while > 3*downloadPiece {
		t.Errorf("the budget held %d bytes while it was written, want about %d", while, 2*downloadPiece)
	}
	if _, body, err := fetch("pieces=1&broken"); err == nil {
		t.Errorf("a body that ended too early: got %d bytes and no error", len(body))
	}
	if res, body, err := fetch("pieces=1&known"); err != nil || res.StatusCode != http.StatusNotModified || len(body) > 0 || res.Header.Get("ETag") != `"source"` {
		t.Errorf("known already: got %d, %d bytes, %v", res.StatusCode, len(body), err)
	}
	ws := f.socket(t, nil)
	if err := sendText(ws, `{"controller":"source","action":"give","pieces":"1"}`); err != nil {
		t.Fatal(err)
	}
	if _, frame, err := ws.ReadMessage(); err != nil || !strings.Contains(string(frame), `"pieces":1`) {
		t.Errorf("a socket: got %s, %v", frame, err)
	}
	checkFree(t, all)

	large := all.Share()
	if err := large.Grow(t.Context(), all.Large()-downloadPiece); err != nil {
		t.Fatal(err)
	}
	if res, body, _ := fetch("pieces=1"); res.StatusCode != http.StatusServiceUnavailable || !strings.Contains(string(body), "network.memory.exhausted") || res.Header.Get("Retry-After") == "" {
		t.Errorf("without memory: got %d %s", res.StatusCode, body)
	}
	large.Release()
	checkFree(t, all)
}

// TestSlowDownloadsGiveWay: a client that stops reading is cut off once others need
// the memory of its answer.
func TestSlowDownloadsGiveWay(t *testing.T) {
	all := budget.New(4 << 20)
	f := start(t, network.Options{Budget: all}, source(all, nil))
	c := f.dial(t)
	if _, err := io.WriteString(c, get("/give?pieces=4000")); err != nil {
		t.Fatal(err)
	}
	res, err := http.ReadResponse(bufio.NewReader(c), nil)
	if err != nil || res.StatusCode != http.StatusOK {
		t.Fatal(res, err)
	}
	need := all.Share()
	defer need.Release()
	for deadline := time.Now().Add(20 * time.Second); need.Grow(t.Context(), all.Large()-downloadPiece) != nil; {
		if time.Now().After(deadline) {
			t.Fatalf("a client that reads nothing holds %d bytes", all.Used())
		}
	}
	if n, err := io.Copy(io.Discard, res.Body); err == nil {
		t.Errorf("the client was sent all of its %d bytes", n)
	}
}

// TestUploadsDraw: an action that reads its body as a stream takes its bytes from
// the budget when it begins to read, and not before.
func TestUploadsDraw(t *testing.T) {
	all := budget.New(4 << 20)
	f := start(t, network.Options{Budget: all}, sink(api.Body{Types: []string{"text/csv"}, Stream: true, Holds: 1 << 20}))
	rest := all.Share()
	if err := rest.Grow(t.Context(), all.Large()-(1<<19)); err != nil {
		t.Fatal(err)
	}
	send := func(path string) string { return message("POST", path, "abc", "Content-Type: text/csv") }
	runRaw(t, f, []rawCase{
		{name: "read", request: send("/take"), status: 503, id: "network.memory.exhausted"},
		{name: "unread", request: send("/take?unread"), status: 200},
	})
	rest.Release()
	runRaw(t, f, []rawCase{{name: "with memory", request: send("/take"), status: 200, field: "result.bytes", want: "3"}})
	checkFree(t, all)
}
