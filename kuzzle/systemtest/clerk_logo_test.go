package systemtest

import (
	"net/http"
	"testing"
)

// TestClerkLogo: an organization's logo is seen at its address, by everybody and in every
// shape that has the organization, until there is another one.
func TestClerkLogo(t *testing.T) {
	t.Parallel()
	s := startClerk(t, func(set *settings) { set.PublicURL = imagesURL })
	user := s.member(t, "anna")
	org := s.make(t, "/organizations", `{"name":"Acme","created_by":"`+user+`"}`)
	path := "/organizations/" + org + "/logo"
	none := map[string]any{"has_image": false, "image_url": ""}
	s.refuse(t, "DELETE", path, []clerkRefusal{{"none yet", "", 404, []string{"image_not_found"}}})
	show := func(address string) (*http.Response, []byte) {
		return s.image(t, "/_images/organizations/"+org+"/", address)
	}
	var former string
	for kind, content := range map[string]string{"image/gif": "GIF89ax", "image/png": "\x89PNG\r\n\x1a\nx"} {
		body, contentType := form(t, "file", content)
		a := s.call(t, "PUT", path, body, "Content-Type", contentType)
		a.want(t, kind, map[string]any{"has_image": true, "object": "organization", "id": org})
		address, _ := a.object["image_url"].(string)
		if res, shown := show(address); res.StatusCode != 200 || res.Header.Get("Content-Type") != kind || string(shown) != content {
			t.Errorf("%s: shown %d %s %q", kind, res.StatusCode, res.Header.Get("Content-Type"), shown)
		}
		if former != "" {
			if res, _ := show(former); res.StatusCode != 404 {
				t.Errorf("the logo before is still shown: %d", res.StatusCode)
			}
		}
		former = address
		members, _ := s.call(t, "GET", "/organizations/"+org+"/memberships", "").data(t)
		if got := column(members, "organization.image_url"); got[0] != address {
			t.Errorf("members see %q, want %s", got, address)
		}
	}
	s.refuseImages(t, "PUT", path)
	body, contentType := form(t, "file", "GIF89ax")
	if a := s.call(t, "PUT", "/organizations/org_none/logo", body, "Content-Type", contentType); a.status != 404 {
		t.Errorf("of no organization: %d %s", a.status, a.body)
	}
	if res, _ := show(former); res.StatusCode != 200 {
		t.Errorf("after refusals the logo is gone: %d", res.StatusCode)
	}
	s.call(t, "DELETE", path, "null").want(t, "deleted", none)
	if res, _ := show(former); res.StatusCode != 404 {
		t.Errorf("a deleted logo: %d", res.StatusCode)
	}
	gone := s.call(t, "PUT", path, body, "Content-Type", contentType).object["image_url"].(string)
	s.call(t, "DELETE", "/organizations/"+org, "")
	if res, _ := show(gone); res.StatusCode != 404 {
		t.Errorf("the logo of a deleted organization: %d", res.StatusCode)
	}
}
