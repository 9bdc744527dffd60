package nulls_test

import (
	"slices"
	"testing"

	"github.com/gokuzzle/kuzzle/kuzzle/importer/nulls"
)

// TestFind: null means something in the members of a format, nested ones too, and in no others.
func TestFind(t *testing.T) {
	for _, c := range []struct {
		format, object string
		want           []string
	}{
		{"auth0", `{"email":null,"name":"null","updated_at":null}`, []string{"email"}},
		{"kratos", `{"credentials":{"password":{"config":{"hashed_password":null}},"oidc":null},"traits":{"other":null}}`, []string{"passwordDigest", "accounts"}},
		{"keycloak", `{"credentials":null}`, []string{"passwordDigest", "totpSecret"}},
		{"json", `{"email":null}`, nil},
	} {
		got, err := nulls.Find(c.format, []byte(c.object))
		if err != nil || !slices.Equal(got, c.want) {
			t.Errorf("%s of %s: got %v, %v, want %v", c.object, c.format, got, err, c.want)
		}
	}
}
