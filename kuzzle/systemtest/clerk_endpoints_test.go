package systemtest

import (
	"fmt"
	"net/http"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// TestClerkEndpoints asks every endpoint of Clerk's list for something that it does not
// know. Those that users rely on are there, refuse another key before anything else, and
// name a parameter that they do not have; one that is not served says so as Clerk does.
func TestClerkEndpoints(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("testdata/clerk_endpoints.txt")
	if err != nil {
		t.Fatal(err)
	}
	s := startClerk(t)
	variable := regexp.MustCompile(`\{[a-z0-9_]+\}`)
	served := 0
	for line := range strings.Lines(string(text)) {
		var priority, verb, path string
		if _, err := fmt.Sscan(line, &priority, &verb, &path); err != nil {
			t.Fatal(err)
		}
		path = strings.TrimPrefix(variable.ReplaceAllString(path, "x"), "/v1")
		body, contentType := `{"nowhere_known":1}`, "application/json"
		if strings.HasSuffix(path, "_image") || strings.HasSuffix(path, "/logo") {
			body, contentType = form(t, "file", "GIF89a")
		}
		if strings.HasSuffix(path, "/bulk") {
			body = "[" + body + "]"
		}
		if verb == http.MethodGet || verb == http.MethodDelete || contentType != "application/json" {
			path += "?nowhere_known=1"
		}
		if a := s.call(t, verb, path, body, "Content-Type", contentType, "Authorization", "Bearer sk_test_of_nobody_at_all"); a.status != http.StatusUnauthorized || !strings.HasPrefix(strings.Join(a.errors(), ";"), "clerk_key_invalid") {
			t.Errorf("%s %s with another key: %d %s", verb, path, a.status, a.body)
		}
		a := s.call(t, verb, path, body, "Content-Type", contentType)
		switch {
		case a.status == http.StatusUnprocessableEntity && slices.Contains(a.errors(), "form_param_unknown nowhere_known"):
			served++
		case priority == "later" && a.status == http.StatusNotFound && slices.Equal(a.errors(), []string{"resource_not_found"}):
			t.Logf("not served: %s %s", verb, path)
		default:
			t.Errorf("%s %s %s: %d %s", priority, verb, path, a.status, a.body)
		}
	}
	t.Logf("%d endpoints are served", served)
}
