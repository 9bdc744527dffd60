package maintenance_test

import (
	"errors"
	"testing"

	"github.com/gokuzzle/kuzzle/kuzzle/accounts/accountstest"
	"github.com/gokuzzle/kuzzle/kuzzle/fault/assert"
	"github.com/gokuzzle/kuzzle/kuzzle/storage"
	"github.com/gokuzzle/kuzzle/strategies/digestimport"
)

// The configuration, or the importer, decides when a weak digest is wrapped.
func TestWrap(t *testing.T) {
	const bcrypt = "$2a$12$R2YyyYy8eOHWKvSBf8ncquy.b8bDFffYDt7.Pg2eL093uUjgYn9b2"
	for _, row := range []struct {
		name, config, wrap, digest string
		want                       string
		improved                   int
	}{
		{"by default later", ``, "", accountstest.MD5OfPassword, digestimport.Sealed, 1},
		{"at once", ``, "now", accountstest.MD5OfPassword, digestimport.Wrapped, 0},
		{"never", ``, "off", accountstest.MD5OfPassword, digestimport.Left, 0},
		{"at once, as configured", `{"wrap":"now"}`, "", accountstest.MD5OfPassword, digestimport.Wrapped, 0},
		{"later in spite of it", `{"wrap":"now"}`, "weak", accountstest.MD5OfPassword, digestimport.Sealed, 1},
		{"not, as configured", `{"wrap":"off"}`, "", accountstest.MD5OfPassword, digestimport.Sealed, 0},
		{"at once in spite of it", `{"wrap":"off"}`, "now", accountstest.MD5OfPassword, digestimport.Wrapped, 0},
		{"a strong one never", ``, "now", bcrypt, digestimport.Bare, 0},
	} {
		t.Run(row.name, func(t *testing.T) {
			b := accountstest.New(t, nil)
			b.Use(t, digestimport.Name, digestimport.New, row.config)
			in := map[string]any{"username": "ada", "passwordDigest": row.digest, "passwordHasher": "md5"}
			if row.digest == bcrypt {
				in["passwordHasher"] = "bcrypt"
			}
			if row.wrap != "" {
				in[digestimport.WrapField] = row.wrap
			}
			u := b.Create(t, accountstest.Imported(in))
			shown, err := b.Credentials.Credentials(t.Context(), u.Kuid, digestimport.Name)
			if err != nil || shown[digestimport.ProtectionField] != row.want {
				t.Errorf("protection %v (%v), want %s", shown[digestimport.ProtectionField], err, row.want)
			}
			if err := b.Accounts.Users.Refresh(t.Context(), storage.Users); err != nil {
				t.Fatal(err)
			}
			counted, err := b.Care.CountCredentials(t.Context(), digestimport.Name, digestimport.ProtectionField, row.want)
			if err != nil || counted != 1 {
				t.Errorf("%d are counted as %s (%v), want 1", counted, row.want, err)
			}
			done, err := b.Care.Upkeep(t.Context(), digestimport.Name, "", func() bool { return true })
			if err != nil || done.Improved != row.improved {
				t.Errorf("%d improved (%v), want %d", done.Improved, err, row.improved)
			}
			if row.digest == accountstest.MD5OfPassword {
				if _, err := b.Login(t, "ada", "password"); err != nil {
					t.Errorf("the login: %v", err)
				}
			}
		})
	}
	b := accountstest.NewImporting(t, nil)
	_, err := b.Credentials.Create(t.Context(), accountstest.Admin, accountstest.Imported(map[string]any{"username": "ada", "passwordDigest": accountstest.MD5OfPassword, "passwordHasher": "md5", "wrap": "soon"}))
	if !errors.Is(err, assert.InvalidArgument) {
		t.Errorf("an unknown value: %v, want invalid_argument", err)
	}
}
