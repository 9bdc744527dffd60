package network_test

import (
	"net/http"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/gokuzzle/kuzzle/kuzzle/network"
)

// TestMounts answers files, with the mount's headers and none of the API's.
func TestMounts(t *testing.T) {
	made := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	f := start(t, network.Options{Node: "knode-brave-otter-12345", Mounts: []network.Mount{{
		Path: "/app/", Header: http.Header{"Content-Security-Policy": {"default-src 'self'"}, "cache-control": {"max-age=60"}},
		Files: fstest.MapFS{
			"index.html":      {Data: []byte("<!doctype html>home"), ModTime: made},
			"deep/index.html": {Data: []byte("<!doctype html>deep"), ModTime: made},
			"empty/x.txt":     {Data: []byte("x"), ModTime: made},
			"code.js":         {Data: []byte("let a"), ModTime: made},
			"a b?.txt":        {Data: []byte("odd"), ModTime: made},
		},
	}}})
	tests := []struct {
		verb, path string
		status     int
		body       string
		header     map[string]string
	}{
		{"GET", "/app/", 200, "<!doctype html>home", map[string]string{"Content-Type": "text/html; charset=utf-8"}},
		{"GET", "/app", 301, "", map[string]string{"Location": "/app/"}},
		{"GET", "//app", 301, "", map[string]string{"Location": "/app/"}},
		{"GET", "/app/deep/", 200, "<!doctype html>deep", nil},
		{"GET", "/app/deep", 301, "", map[string]string{"Location": "/app/deep/"}},
		{"GET", "/app/index.html", 200, "<!doctype html>home", nil},
		{"GET", "/app/code.js?body=%zz&controller=x", 200, "let a", map[string]string{"Content-Type": "text/javascript; charset=utf-8", "Last-Modified": made.Format(http.TimeFormat)}},
		{"GET", "/app/a%20b%3F.txt", 200, "odd", nil},
		{"HEAD", "/app/code.js", 200, "", map[string]string{"Content-Length": "5"}},
		{"GET", "/app/empty/", 404, "There is no such file.\n", map[string]string{"Content-Type": "text/plain; charset=utf-8"}},
		{"GET", "/app/nowhere", 404, "There is no such file.\n", nil},
		{"GET", "/app/code.js/x", 404, "There is no such file.\n", nil},
		{"POST", "/app/code.js", 405, "Files are read by GET and HEAD.\n", map[string]string{"Allow": "GET, HEAD"}},
	}
	for _, test := range tests {
		t.Run(test.verb+" "+test.path, func(t *testing.T) {
			res := do(t, f, test.verb, test.path, http.Header{"X-Kuzzle-Request-Id": {strings.Repeat("x", 300)}})
			body := read(t, res)
			if res.StatusCode != test.status || test.status != 301 && body != test.body {
				t.Errorf("answered %d %q", res.StatusCode, body)
			}
			want := map[string]string{"Content-Security-Policy": "default-src 'self'", "X-Content-Type-Options": "nosniff",
				"X-Kuzzle-Request-Id": "", "X-Kuzzle-Node": "", "Access-Control-Allow-Methods": ""}
			if test.status == 200 {
				want["Cache-Control"] = "max-age=60"
			}
			for name, value := range test.header {
				want[name] = value
			}
			for name, value := range want {
				if got := res.Header.Get(name); got != value {
					t.Errorf("header %s is %q, want %q", name, got, value)
				}
			}
		})
	}
	runRaw(t, f, []rawCase{
		{name: "what steps out of it", request: get("/app/../echo"), status: 404, id: "network.http.url_not_found"},
		{name: "escaped", request: get("/app/..%2f..%2fetc/passwd"), status: 404, id: "network.http.url_not_found"},
		{name: "what begins like it", request: get("/application"), status: 404, id: "network.http.url_not_found"},
		{name: "the API beside it", request: get("/echo"), status: 200},
	})
	res := do(t, f, "GET", "/app/code.js", http.Header{"If-Modified-Since": {made.Format(http.TimeFormat)}})
	if res.StatusCode != http.StatusNotModified {
		t.Errorf("what a client has already is answered %d", res.StatusCode)
	}
	_ = read(t, res)
}

// TestMountsPages serves an application whose pages are one file: paths without a
// file are pages, unchanging files are cached, and clients that accept packed files
// get them.
func TestMountsPages(t *testing.T) {
	f := start(t, network.Options{Mounts: []network.Mount{{
		Path: "/app", Pages: true, Kept: "assets", Files: fstest.MapFS{
			"index.html":        {Data: []byte("<!doctype html>home")},
			"index.html.gz":     {Data: []byte("packed home")},
			"assets/code.js":    {Data: []byte("let a")},
			"assets/code.js.gz": {Data: []byte("packed code")},
			"icon.svg":          {Data: []byte("<svg/>")},
		},
	}}})
	const asked, kept = "no-cache", "public, max-age=31536000, immutable"
	for _, test := range []struct {
		path, accepts, body, coding, caching string
		status                               int
	}{
		{path: "/app/", body: "<!doctype html>home", caching: asked, status: 200},
		{path: "/app/", accepts: "br, gzip", body: "packed home", coding: "gzip", caching: asked, status: 200},
		{path: "/app/users/jane.doe@example.com", body: "<!doctype html>home", caching: asked, status: 200},
		{path: "/app/users/a%2Fb", accepts: "gzip", body: "packed home", coding: "gzip", caching: asked, status: 200},
		{path: "/app/assets/code.js", body: "let a", caching: kept, status: 200},
		{path: "/app/assets/code.js", accepts: "gzip;q=0", body: "let a", caching: kept, status: 200},
		{path: "/app/assets/code.js", accepts: "gzip", body: "packed code", coding: "gzip", caching: kept, status: 200},
		{path: "/app/icon.svg", accepts: "gzip", body: "<svg/>", caching: asked, status: 200},
		{path: "/app/assets/gone.js", body: "There is no such file.\n", status: 404},
	} {
		res := do(t, f, "GET", test.path, http.Header{"Accept-Encoding": {test.accepts}})
		body := read(t, res)
		h := res.Header
		if res.StatusCode != test.status || body != test.body || h.Get("Content-Encoding") != test.coding || h.Get("Cache-Control") != test.caching {
			t.Errorf("%s for %q: %d %q %v", test.path, test.accepts, res.StatusCode, body, h)
		}
	}
}
