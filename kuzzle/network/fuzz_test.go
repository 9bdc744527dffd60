package network_test

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/gokuzzle/kuzzle/kuzzle/api"
	"github.com/gokuzzle/kuzzle/kuzzle/network"
)

func fuzzServer() http.Handler {
	d := api.New(api.Config{Table: api.NewTable(newDesk().controllers(), nil), Authenticator: open{}, Rights: open{}})
	d.Ready()
	return network.New(d, network.Options{MaxRequestSize: 1 << 16, MaxDepth: 50})
}

// FuzzBody proves that no body, however declared, is answered with anything but
// JSON and a status that is not our fault.
func FuzzBody(f *testing.F) {
	handler := fuzzServer()
	for _, body := range []string{`{"a":1}`, `[`, "a=1&b=%zz", "--b\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n1\r\n--b--\r\n",
		zipped(`{"a":1}`), deflated(`[]`), `{"a":"\ud800"}`, strings.Repeat("[", 60)} {
		for _, kind := range []string{"application/json", "application/x-www-form-urlencoded", "multipart/form-data; boundary=b", "text/x"} {
			f.Add([]byte(body), kind, "gzip")
			f.Add([]byte(body), kind, "")
		}
	}
	f.Fuzz(func(t *testing.T, body []byte, kind, encoding string) {
		r := httptest.NewRequest("POST", "/echo", iotest.HalfReader(bytes.NewReader(body)))
		r.ContentLength = int64(len(body))
		r.Header.Set("Content-Type", kind)
		if encoding != "" {
			r.Header.Set("Content-Encoding", encoding)
		}
		checkAnswer(t, handler, r)
	})
}

// FuzzTarget does the same for queries, headers and addresses.
func FuzzTarget(f *testing.F) {
	handler := fuzzServer()
	f.Add("a=1&a=2", "Bearer x", `{"v":1}`, "1.2.3.4", "https://a.example")
	f.Add("%zz&=&&", "bearer", `[]`, "[::1]:80,,", "null")
	f.Fuzz(func(t *testing.T, query, authorization, volatile, forwarded, origin string) {
		r := httptest.NewRequest("GET", "/echo/x", nil)
		r.URL.RawQuery = query
		r.Header.Set("Authorization", authorization)
		r.Header.Set("X-Kuzzle-Volatile", volatile)
		r.Header.Set("X-Forwarded-For", forwarded)
		r.Header.Set("Origin", origin)
		checkAnswer(t, handler, r)
	})
}

func checkAnswer(t *testing.T, handler http.Handler, r *http.Request) {
	t.Helper()
	w := httptest.NewRecorder()
	handler.ServeHTTP(w, r)
	if w.Code >= 500 {
		t.Errorf("status %d: %s", w.Code, w.Body)
	}
	if !json.Valid(w.Body.Bytes()) {
		t.Errorf("not JSON: %s", w.Body)
	}
}
