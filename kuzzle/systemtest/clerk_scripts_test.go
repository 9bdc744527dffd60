package systemtest

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gokuzzle/kuzzle/clerk/scripts"
)

// installScript installs a version of a package with one script, while the server runs.
func (s clerkServer) installScript(t *testing.T, version, script string) {
	t.Helper()
	var out bytes.Buffer
	zipped := gzip.NewWriter(&out)
	files := tar.NewWriter(zipped)
	for name, content := range map[string]string{
		"package.json": fmt.Sprintf(`{"name":"@clerk/clerk-js","version":%q}`, version), "LICENSE": "MIT License", "dist/clerk.browser.js": script,
	} {
		err := files.WriteHeader(&tar.Header{Name: "package/" + name, Typeflag: tar.TypeReg, Size: int64(len(content))})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(files, content); err != nil {
			t.Fatal(err)
		}
	}
	if err := files.Close(); err != nil {
		t.Fatal(err)
	}
	if err := zipped.Close(); err != nil {
		t.Fatal(err)
	}
	if _, _, err := scripts.Install(s.data, out.Bytes(), scripts.Integrity(out.Bytes())); err != nil {
		t.Fatal(err)
	}
}

// TestFrontendScripts: pages load what is installed, under exact versions for good, and under majors and
// the tag latest by a redirect.
func TestFrontendScripts(t *testing.T) {
	s := startFrontend(t)
	if a := s.file(t, "GET", "/npm/@clerk/clerk-js@6/dist/clerk.browser.js"); a.status != 404 || !strings.Contains(string(a.body), "kuzzle clerk install") {
		t.Errorf("before anything is installed: %d %s", a.status, a.body)
	}
	script := strings.Repeat("let ä = 1\n", 1000)
	for _, version := range []string{"6.9.0", "6.10.1", "6.11.0-canary.1", "60.0.0"} {
		s.installScript(t, version, script)
	}
	if err := os.WriteFile(filepath.Join(s.data, "secret"), []byte("a secret"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(filepath.Join(s.data, "secret"), filepath.Join(s.data, "npm/@clerk/clerk-js@6.9.0/dist/key.js")); err != nil {
		t.Fatal(err)
	}
	const kept = "public, max-age=31536000, immutable"
	for _, path := range []string{"", "/kuzzle.clerk.accounts.dev"} {
		for _, test := range []struct {
			verb, name         string
			status             int
			location, caching  string
			body, kind, coding string
		}{
			{verb: "GET", name: "clerk-js@6.10.1/dist/clerk.browser.js", status: 200, caching: kept, body: script, kind: "javascript"},
			{verb: "HEAD", name: "clerk-js@6.10.1/dist/clerk.browser.js", status: 200, caching: kept, kind: "javascript"},
			{verb: "GET", name: "clerk-js@6.10.1/dist/clerk.browser.js", status: 200, caching: kept, body: script, kind: "javascript", coding: "gzip"},
			{verb: "GET", name: "clerk-js@6.11.0-canary.1/dist/clerk.browser.js", status: 200, caching: kept, body: script, kind: "javascript"},
			{verb: "GET", name: "clerk-js@6.9.0/LICENSE", status: 200, caching: kept, body: "MIT License", kind: "text/plain"},
			{verb: "GET", name: "clerk-js@6/dist/clerk.browser.js?a=b", status: 307, location: "/npm/@clerk/clerk-js@6.10.1/dist/clerk.browser.js", caching: "public, max-age=300"},
			{verb: "GET", name: "clerk-js@latest/dist/none.js", status: 307, location: "/npm/@clerk/clerk-js@60.0.0/dist/none.js", caching: "public, max-age=300"},
			{verb: "GET", name: "clerk-js@6/dist/%00%3Fb%0A.js", status: 307, location: "/npm/@clerk/clerk-js@6.10.1/dist/\x00?b\n.js", caching: "public, max-age=300"},
			{verb: "GET", name: "clerk-js@6.9.0/dist/none.js", status: 404, caching: "no-store"},
			{verb: "GET", name: "clerk-js@6.9.0/package.json", status: 404, caching: "no-store"},
			{verb: "GET", name: "clerk-js@6.9.0/", status: 404, caching: "no-store"},
			{verb: "GET", name: "clerk-js@7/dist/clerk.browser.js", status: 404, caching: "no-store"},
			{verb: "GET", name: "clerk-js@6.11/dist/clerk.browser.js", status: 404, caching: "no-store"},
			{verb: "GET", name: "clerk-js@canary/dist/clerk.browser.js", status: 404, caching: "no-store"},
			{verb: "GET", name: "clerk-js@/dist/clerk.browser.js", status: 404, caching: "no-store"},
			{verb: "GET", name: "ui@1/dist/ui.browser.js", status: 404, caching: "no-store"},
			{verb: "GET", name: "clerk-js@6", status: 404, caching: "no-store"},
			{verb: "POST", name: "clerk-js@6.10.1/dist/clerk.browser.js", status: 405},
		} {
			a := s.file(t, test.verb, path+"/npm/@clerk/"+test.name, "Origin", "https://www.x.test", "Accept-Encoding", test.coding)
			h := a.header
			if a.status != test.status || test.status == 200 && string(a.body) != test.body || h.Get("Cache-Control") != test.caching || h.Get("Content-Encoding") != test.coding || !strings.Contains(h.Get("Content-Type"), test.kind) {
				t.Errorf("%s %s%s: %d %v, %d bytes", test.verb, path, test.name, a.status, h, len(a.body))
			}
			if to := a.location; test.location != "" && to != path+test.location {
				t.Errorf("%s%s leads to %s", path, test.name, to)
			}
			if test.status < 400 && (h.Get("Access-Control-Allow-Origin") != "*" || h.Get("Set-Cookie") != "") {
				t.Errorf("%s%s is not for pages of all origins: %v", path, test.name, h)
			}
		}
		for _, outside := range []string{"clerk-js@6.9.0/dist/key.js", "clerk-js@6.9.0/..%2f..%2f..%2fsecret", "..%2f..%2fsecret", "../../secret", "clerk-js@6.9.0/dist%2f..%2f..%2f..%2f..%2fsecret"} {
			if a := s.file(t, "GET", path+"/npm/@clerk/"+outside); a.status < 400 || strings.Contains(string(a.body), "a secret") {
				t.Errorf("%s%s: %d %s", path, outside, a.status, a.body)
			}
		}
	}
}

// TestFrontendScriptsOff: without the Frontend API, there are no scripts.
func TestFrontendScriptsOff(t *testing.T) {
	s := startClerk(t)
	s.installScript(t, "6.9.0", "let a")
	if a := s.file(t, "GET", "/npm/@clerk/clerk-js@6.9.0/dist/clerk.browser.js"); a.status != 404 {
		t.Errorf("answered %d %s", a.status, a.body)
	}
}

// fileAnswer is the answer of a request for a file, unpacked.
type fileAnswer struct {
	status   int
	header   http.Header
	body     []byte
	location string
}

// file requests a file, with headers in pairs; an empty value sends none.
func (s clerkServer) file(t *testing.T, verb, path string, header ...string) fileAnswer {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), verb, "http://"+s.addr+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Accept-Encoding", "identity")
	for i := 0; i < len(header); i += 2 {
		if header[i+1] != "" {
			req.Header.Set(header[i], header[i+1])
		}
	}
	client := *s.client
	client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	res, err := client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	a := fileAnswer{status: res.StatusCode, header: res.Header}
	from := io.Reader(res.Body)
	if res.Header.Get("Content-Encoding") == "gzip" && verb == "GET" {
		if from, err = gzip.NewReader(from); err != nil {
			t.Fatal(err)
		}
	}
	if a.body, err = io.ReadAll(from); err != nil {
		t.Fatal(err)
	}
	if to, err := res.Location(); err == nil {
		a.location = to.Path
	}
	return a
}
