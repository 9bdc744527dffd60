package systemtest

import (
	"bytes"
	"io"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestClerkLogo: an organization's logo is seen at its address, by everybody and in every
// shape that has the organization, until there is another one.
func TestClerkLogo(t *testing.T) {
	t.Parallel()
	const public = "https://users.example.com"
	s := startClerk(t, func(set *settings) { set.PublicURL = public })
	user := s.member(t, "anna")
	org := s.make(t, "/organizations", `{"name":"Acme","created_by":"`+user+`"}`)
	path := "/organizations/" + org + "/logo"
	none := map[string]any{"has_image": false, "image_url": ""}
	s.refuse(t, "DELETE", path, []clerkRefusal{{"none yet", "", 404, []string{"image_not_found"}}})
	show := func(address string) (status int, kind string, content []byte) {
		t.Helper()
		own, ok := strings.CutPrefix(address, public+"/_images/organizations/"+org+"/")
		if !ok {
			t.Fatalf("a logo at %q", address)
		}
		res, err := s.client.Get("http://" + s.addr + "/_images/organizations/" + org + "/" + own)
		if err != nil {
			t.Fatal(err)
		}
		defer res.Body.Close()
		if content, err = io.ReadAll(res.Body); err != nil {
			t.Fatal(err)
		}
		return res.StatusCode, res.Header.Get("Content-Type"), content
	}
	var former string
	for kind, content := range map[string]string{"image/gif": "GIF89ax", "image/png": "\x89PNG\r\n\x1a\nx"} {
		body, contentType := form(t, "file", content)
		a := s.call(t, "PUT", path, body, "Content-Type", contentType)
		a.want(t, kind, map[string]any{"has_image": true, "object": "organization", "id": org})
		address, _ := a.object["image_url"].(string)
		if status, is, shown := show(address); status != 200 || is != kind || !bytes.Equal(shown, []byte(content)) {
			t.Errorf("%s: shown %d %s %q", kind, status, is, shown)
		}
		if former != "" {
			if status, _, _ := show(former); status != 404 {
				t.Errorf("the logo before is still shown: %d", status)
			}
		}
		former = address
		members, _ := s.call(t, "GET", "/organizations/"+org+"/memberships", "").data(t)
		if got := column(members, "organization.image_url"); got[0] != address {
			t.Errorf("members see %q, want %s", got, address)
		}
	}
	for name, row := range map[string]struct {
		part, content string
		status        int
		errors        []string
	}{
		"text":           {"file", "only text", 400, []string{"request_body_invalid"}},
		"empty":          {"file", "", 400, []string{"form_param_missing file"}},
		"another part":   {"uploader_user_id", "GIF89ax", 400, []string{"form_param_missing file"}},
		"a byte too big": {"file", "GIF89a" + strings.Repeat("x", 10<<20-5), 413, []string{"image_too_large"}},
	} {
		body, contentType := form(t, row.part, row.content)
		a := s.call(t, "PUT", path, body, "Content-Type", contentType)
		if diff := cmp.Diff(row.errors, a.errors()); diff != "" || a.status != row.status || strings.Contains(string(a.body), "JSON") {
			t.Errorf("%s: %d %s (-want +got):\n%s", name, a.status, a.body, diff)
		}
	}
	body, contentType := form(t, "file", "GIF89ax")
	if a := s.call(t, "PUT", "/organizations/org_none/logo", body, "Content-Type", contentType); a.status != 404 {
		t.Errorf("of no organization: %d %s", a.status, a.body)
	}
	if status, _, _ := show(former); status != 200 {
		t.Errorf("after refusals the logo is gone: %d", status)
	}
	s.call(t, "DELETE", path, "null").want(t, "deleted", none)
	if status, _, _ := show(former); status != 404 {
		t.Errorf("a deleted logo: %d", status)
	}
	gone := s.call(t, "PUT", path, body, "Content-Type", contentType).object["image_url"].(string)
	s.call(t, "DELETE", "/organizations/"+org, "")
	if status, _, _ := show(gone); status != 404 {
		t.Errorf("the logo of a deleted organization: %d", status)
	}
}
