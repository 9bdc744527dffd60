package systemtest

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"net/http"
	"strings"
	"testing"
)

// pictureTable tests refusals of pictures over both protocols; TestPictures sends
// some.
func pictureTable() []scenario {
	const user, ghost = `{"_id":"user"}`, `{"_id":"ghost"}`
	const missing, unknown, none = "api.assert.missing_argument", "security.user.not_found", "security.user.picture_not_found"
	table := []scenario{
		{name: "nothing sent", only: "http", as: "admin", do: "security:setPicture", args: user, status: 400, error: "api.assert.body_required"},
		{name: "nothing sent of one's own", only: "http", as: "user", do: "auth:setMyPicture", status: 400, error: "api.assert.body_required"},
		{name: "nothing sent for a ghost", only: "http", as: "admin", do: "security:setPicture", args: ghost, status: 404, error: unknown},
		{name: "in a frame", only: "websocket", as: "admin", do: "security:setPicture", args: user, body: `{"picture":"iVBORw0KGgo="}`, status: 400, error: "api.process.stream_required"},
		{name: "one's own in a frame", only: "websocket", as: "user", do: "auth:setMyPicture", status: 400, error: "api.process.stream_required"},
	}
	for _, do := range []string{"security:getPicture", "security:deletePicture"} {
		table = append(table,
			scenario{name: do + " without _id", as: "admin", do: do, status: 400, error: missing, props: `["_id"]`},
			scenario{name: do + " of a ghost", as: "admin", do: do, args: ghost, status: 404, error: unknown, props: `["ghost"]`},
			scenario{name: do + " of nobody", as: "admin", do: do, args: `{"_id":"-1"}`, status: 404, error: unknown},
			scenario{name: do + " of whoever has none", as: "admin", do: do, args: user, status: 404, error: none, props: `["user"]`},
			scenario{name: do + " without rights", as: "limited", do: do, args: user, status: 403, error: "security.rights.forbidden"},
		)
	}
	for _, do := range []string{"auth:getMyPicture", "auth:deleteMyPicture"} {
		table = append(table, scenario{name: do, as: "user", do: do, status: 404, error: none, props: `["user"]`})
	}
	return table
}

// The first bytes of pictures.
var beginnings = map[string]string{
	"image/png": "\x89PNG\r\n\x1a\n", "image/jpeg": "\xff\xd8\xff\xe0", "image/gif": "GIF89a", "image/webp": "RIFF\x10\x00\x00\x00WEBPVP8 ",
}

// picture is one of a type and size, which no compression makes shorter.
func picture(kind string, size int) []byte {
	all := bytes.NewBuffer(nil)
	all.WriteString(beginnings[kind])
	for sum := sha256.Sum256([]byte(kind)); all.Len() < size; sum = sha256.Sum256(sum[:]) {
		all.Write(sum[:])
	}
	return all.Bytes()[:size]
}

const (
	mine    = "/_me/_picture"
	ofUser  = "/users/user/_picture"
	largest = 10 << 20
)

// gallery sends pictures over HTTP.
type gallery struct {
	*story
	http *httpClient
}

func (g gallery) send(t *testing.T, as, verb, path, kind string, body []byte, more ...string) answer {
	t.Helper()
	header := http.Header{}
	if as != "" {
		header.Set("Authorization", "Bearer "+g.kept[as])
	}
	if kind != "" {
		header.Set("Content-Type", kind)
	}
	for i := 0; i < len(more); i += 2 {
		header.Set(more[i], more[i+1])
	}
	return g.http.roundTrip(t, verb, path, header, body)
}

// wantPicture reads a picture and checks its headers.
func (g gallery) wantPicture(t *testing.T, as, path, kind string, want []byte) {
	t.Helper()
	a := g.send(t, as, "GET", path, "", nil)
	if a.status != 200 || !bytes.Equal(a.raw, want) {
		t.Errorf("%s: got %d, %d bytes %.200q, want the picture of %d bytes", path, a.status, len(a.raw), a.raw, len(want))
		return
	}
	sum := sha256.Sum256(want)
	for name, value := range map[string]string{
		"Content-Type": kind, "X-Content-Type-Options": "nosniff", "Content-Security-Policy": "default-src 'none'; sandbox",
		"Content-Disposition": "inline", "Cache-Control": "private, no-cache", "ETag": `"` + hex.EncodeToString(sum[:]) + `"`,
	} {
		if got := a.header.Values(name); len(got) != 1 || got[0] != value {
			t.Errorf("%s: header %s: got %q, want %q", path, name, got, value)
		}
	}
	again := g.send(t, as, "GET", path, "", nil, "If-None-Match", `"x", W/`+a.header.Get("ETag"))
	if again.status != 304 || len(again.raw) > 0 || again.header.Get("ETag") != a.header.Get("ETag") {
		t.Errorf("%s, known already: got %d and %d bytes, want 304 and none", path, again.status, len(again.raw))
	}
}

// TestPictures: users and those who manage them set, read and delete pictures. A
// refusal changes nothing, and a picture is served with its own type.
func TestPictures(t *testing.T) {
	t.Parallel()
	s := start(t)
	g := gallery{newStory(t, s, "websocket"), newHTTPClient(t, s)}

	for _, sc := range []scenario{
		{as: "admin", do: "security:createRole", args: `{"_id":"reader"}`, body: `{"controllers":{"security":{"actions":{"getUser":true}}}}`, events: []string{"role.created"}},
		{as: "admin", do: "security:createProfile", args: `{"_id":"reader"}`, body: `{"policies":[{"roleId":"reader"}]}`, events: []string{"profile.created"}},
		{as: "admin", do: "security:createUser", args: `{"_id":"reader"}`, body: `{"content":{"profileIds":["reader"]},"credentials":{"local":{"username":"reader","password":"$password"}}}`, events: []string{"rights.granted", "user.created"}},
		{do: "auth:login", args: `{"strategy":"local"}`, body: `{"username":"reader","password":"$password"}`, keep: map[string]string{"reader": "result.jwt"}, events: []string{"session.created"}},
	} {
		g.run(t, sc)
	}
	for kind := range beginnings {
		sent := picture(kind, 700<<10)
		a := g.send(t, "user", "PUT", mine, "application/octet-stream", sent)
		sum := sha256.Sum256(sent)
		if a.at("result._id") != "user" || a.at("result.type") != kind || a.at("result.size") != float64(len(sent)) || a.at("result.hash") != hex.EncodeToString(sum[:]) {
			t.Fatalf("%s: got %s", kind, a.raw)
		}
		g.wantPicture(t, "user", mine, kind, sent)
		g.wantPicture(t, "admin", ofUser, kind, sent)
	}

	// The largest there is, under a wrong name; from here on it has to stay.
	sent := picture("image/png", largest)
	if a := g.send(t, "admin", "PUT", ofUser, "image/gif", sent); a.at("result.type") != "image/png" {
		t.Fatalf("10 MB: got %s", a.raw)
	}
	const svg = `<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>`
	for _, refused := range []struct {
		name, as, kind string
		body           []byte
		status         int
		error, says    string
		more           []string
	}{
		{"a script that calls itself a picture", "user", "image/png", []byte(svg), 415, "security.user.invalid_picture", "image/png or image/jpeg or image/gif or image/webp", nil},
		{"a page", "user", "image/webp", []byte("<!DOCTYPE html><p>"), 415, "security.user.invalid_picture", "image/png or", nil},
		{"a sound, which begins like WebP", "user", "image/webp", []byte("RIFF\x10\x00\x00\x00WAVEfmt "), 415, "security.user.invalid_picture", "image/webp", nil},
		{"less than a beginning", "user", "image/png", []byte("\x89PNG"), 415, "security.user.invalid_picture", "image/png", nil},
		{"SVG", "user", "image/svg+xml", []byte(svg), 400, "network.http.unsupported_content", "image/png or", nil},
		{"JSON", "user", "application/json", []byte(`{}`), 400, "network.http.unsupported_content", "image/png or", nil},
		{"a form", "user", "multipart/form-data; boundary=x", []byte("--x--"), 400, "network.http.unsupported_content", "image/png or", nil},
		{"gzip", "user", "image/png", sent[:100], 400, "network.http.unsupported_compression", "must not be compressed", []string{"Content-Encoding", "gzip"}},
		{"one byte too many", "user", "image/png", picture("image/png", largest+1), 413, "", "10485760", nil},
		{"a stranger", "", "image/png", sent[:100], 401, "security.rights.unauthorized", "", nil},
		{"no rights", "limited", "image/png", sent[:100], 403, "security.rights.forbidden", "", nil},
	} {
		a := g.send(t, refused.as, "PUT", mine, refused.kind, refused.body, refused.more...)
		id, _ := a.at("error.id").(string)
		if id == "" {
			id, _ = a.at("id").(string) // a refusal before there is an action has no envelope
		}
		if a.status != refused.status || refused.error != "" && id != refused.error || !strings.Contains(string(a.raw), refused.says) {
			t.Errorf("%s: got %d %s, want %d %s that says %q", refused.name, a.status, a.raw, refused.status, refused.error, refused.says)
		}
	}
	g.tooLongInPieces(t)
	if a := g.send(t, "limited", "GET", ofUser, "", nil); a.status != 403 {
		t.Errorf("somebody else's picture without rights: got %d %s", a.status, a.raw)
	}
	g.wantPicture(t, "user", mine, "image/png", sent)
	sum := sha256.Sum256(sent)
	g.run(t, scenario{as: "admin", do: "security:getUser", args: `{"_id":"user"}`, want: `{"picture":"` + hex.EncodeToString(sum[:]) + `"}`})
	g.run(t, scenario{as: "reader", do: "security:getUser", args: `{"_id":"user"}`, want: `{"_id":"user","picture":"<absent>"}`})

	// A socket is told of it, and is left as it is.
	told := `{"_id":"user","type":"image/png","size":10485760,"hash":"<text>"}`
	changed, deleted := []string{"picture.changed"}, []string{"picture.deleted"}
	g.run(t, scenario{as: "user", do: "auth:getMyPicture", want: told})
	g.run(t, scenario{as: "admin", do: "security:getPicture", args: `{"_id":"user"}`, want: told})
	g.run(t, scenario{as: "user", do: "auth:deleteMyPicture", want: `{"_id":"user"}`, events: deleted})
	g.run(t, scenario{as: "user", do: "auth:getMyPicture", status: 404, error: "security.user.picture_not_found"})
	g.run(t, scenario{as: "admin", do: "security:getUser", args: `{"_id":"user"}`, want: `{"picture":"<absent>"}`})

	// An event names the actor and the user; a deleted user's picture is deleted
	// too.
	a := g.send(t, "admin", "PUT", ofUser, "image/png", sent[:100], "X-Kuzzle-Request-Id", "set")
	if _, happened := s.trace.of("set"); a.status != 200 || len(happened) != 1 || happened[0] != changed[0] {
		t.Errorf("set by an administrator: got %s and the events %v", a.raw, happened)
	}
	g.run(t, scenario{as: "admin", do: "security:deletePicture", args: `{"_id":"user"}`, want: `{"_id":"user"}`, events: deleted})
	g.send(t, "user", "PUT", mine, "image/png", sent[:100])
	s.operate(t, "security", "deleteUser", map[string]any{"_id": "user"}, nil)
	if a := g.send(t, "admin", "GET", ofUser, "", nil); a.at("error.id") != "security.user.not_found" {
		t.Errorf("the picture of somebody who left: got %d %s", a.status, a.raw)
	}
}

// tooLongInPieces sends a picture that does not say how long it is.
func (g gallery) tooLongInPieces(t *testing.T) {
	t.Helper()
	body := io.MultiReader(bytes.NewReader(picture("image/png", largest)), strings.NewReader("x"))
	res, text := exchange(t, g.http.http.Do, "PUT", g.http.base+mine, body, "Authorization", "Bearer "+g.kept["user"], "Content-Type", "image/png")
	if res.StatusCode != 413 || !strings.Contains(string(text), "10485760") {
		t.Errorf("one byte too many, in pieces: got %d %s", res.StatusCode, text)
	}
}
