package systemtest

import (
	"bytes"
	"io"
	"mime/multipart"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// form is a form with one part, as text, and its content type.
func form(t *testing.T, part, content string) (body, contentType string) {
	t.Helper()
	var b strings.Builder
	w := multipart.NewWriter(&b)
	file, err := w.CreateFormFile(part, "picture.bin")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.WriteString(file, content); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String(), w.FormDataContentType()
}

// imagesURL is the public URL of servers that show pictures.
const imagesURL = "https://users.example.com"

// image reads a picture at its address, which is below a path, as everybody can.
func (s clerkServer) image(t *testing.T, below, address string) (*http.Response, []byte) {
	t.Helper()
	own, ok := strings.CutPrefix(address, imagesURL+below)
	if !ok {
		t.Fatalf("a picture at %q", address)
	}
	return exchange(t, s.client.Do, "GET", "http://"+s.addr+below+own, nil)
}

// refuseImages sends forms without a picture.
func (s clerkServer) refuseImages(t *testing.T, method, path string) {
	t.Helper()
	for name, row := range map[string]struct {
		part, content string
		status        int
		errors        []string
	}{
		"text":           {"file", "only text", 400, []string{"request_body_invalid"}},
		"SVG":            {"file", "<svg xmlns='http://www.w3.org/2000/svg'/>", 400, []string{"request_body_invalid"}},
		"empty":          {"file", "", 400, []string{"form_param_missing file"}},
		"another part":   {"image", "GIF89ax", 400, []string{"form_param_missing file"}},
		"a byte too big": {"file", "GIF89a" + strings.Repeat("x", 10<<20-5), 413, []string{"image_too_large"}},
	} {
		body, contentType := form(t, row.part, row.content)
		a := s.call(t, method, path, body, "Content-Type", contentType)
		if diff := cmp.Diff(row.errors, a.errors()); diff != "" || a.status != row.status || strings.Contains(string(a.body), "JSON") {
			t.Errorf("%s: %d %s (-want +got):\n%s", name, a.status, a.body, diff)
		}
	}
}

// TestClerkProfileImage: everybody who has the URL of a picture sees it, without a
// key, until the user has another one.
func TestClerkProfileImage(t *testing.T) {
	t.Parallel()
	s := startClerk(t, func(set *settings) { set.PublicURL = imagesURL + "/" })
	id := s.make(t, "/users", `{"email_address":["image@example.com"],"password":"my-secure-password"}`)
	path := "/users/" + id + "/profile_image"
	none := map[string]any{"has_image": false, "image_url": "", "profile_image_url": ""}
	s.call(t, "GET", "/users/"+id, "").want(t, "before", none)
	show := func(address string) (*http.Response, []byte) { return s.image(t, "/_images/"+id+"/", address) }
	var former string
	for kind, content := range map[string]string{
		"image/png": "\x89PNG\r\n\x1a\nx", "image/jpeg": "\xff\xd8\xff\xe0x", "image/gif": "GIF89ax", "image/webp": "RIFF0000WEBPVP8 x",
		"image/png largest": "\x89PNG\r\n\x1a\n" + strings.Repeat("x", 10<<20-8),
	} {
		body, contentType := form(t, "file", content)
		a := s.call(t, "POST", path, body, "Content-Type", contentType)
		a.want(t, kind, map[string]any{"has_image": true, "object": "user"})
		address, _ := a.object["image_url"].(string)
		res, shown := show(address)
		want := []string{strings.Fields(kind)[0], "nosniff", "public, max-age=3600", "default-src 'none'; sandbox"}
		got := []string{res.Header.Get("Content-Type"), res.Header.Get("X-Content-Type-Options"), res.Header.Get("Cache-Control"), res.Header.Get("Content-Security-Policy")}
		if diff := cmp.Diff(want, got); diff != "" || res.StatusCode != 200 || !bytes.Equal(shown, []byte(content)) {
			t.Errorf("%s: %d, %d bytes of %d (-want +got):\n%s", kind, res.StatusCode, len(shown), len(content), diff)
		}
		if former != "" {
			if res, _ := show(former); res.StatusCode != 404 {
				t.Errorf("%s: the picture before is still shown: %d", kind, res.StatusCode)
			}
		}
		former = address
	}
	s.refuseImages(t, "POST", path)
	s.refuse(t, "POST", path, []clerkRefusal{{"JSON", `{"file":"x"}`, 415, []string{"unsupported_content_type"}}})
	body, contentType := form(t, "file", "GIF89ax")
	if a := s.call(t, "POST", path, body[:len(body)-20], "Content-Type", contentType); a.status != 400 {
		t.Errorf("half a form: %d %s", a.status, a.body)
	}
	if a := s.call(t, "POST", "/users/user_nobody/profile_image", body, "Content-Type", contentType); a.status != 404 {
		t.Errorf("nobody's: %d %s", a.status, a.body)
	}
	if res, _ := show(former); res.StatusCode != 200 {
		t.Errorf("after refusals the picture is gone: %d", res.StatusCode)
	}
	s.call(t, "DELETE", path, "null").want(t, "deleted", none)
	if res, _ := show(former); res.StatusCode != 404 {
		t.Errorf("a deleted picture: %d", res.StatusCode)
	}
	s.refuse(t, "DELETE", path, []clerkRefusal{{"none left", "", 404, []string{"image_not_found"}}})
	s.refuse(t, "DELETE", "/users/user_nobody/profile_image", []clerkRefusal{{"nobody's", "", 404, []string{"resource_not_found"}}})
}
