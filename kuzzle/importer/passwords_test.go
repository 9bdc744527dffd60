package importer_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/gokuzzle/kuzzle/kuzzle/importer"
)

// laravel is a bcrypt digest of "correct horse" as PHP writes it.
const laravel = "$2y$10$OWdRCd0yDJNdykD20stMxO6zGymd8jEw.VXWeiedtMrqpZl/0QbAu"

// TestPasswordOrDigest: what a column or key called password holds is a password only
// where nothing of it is a digest, and never opens the door as the text that it is.
func TestPasswordOrDigest(t *testing.T) {
	for _, c := range []struct {
		name, file string
		options    importer.Options
		// opens logs ada in, shut does not.
		opens, shut string
		refused     string // the option that the refusal is about
	}{
		{name: "Laravel", file: "username,password\nada,$D\n", opens: "correct horse", shut: laravel},
		{name: "in JSON", file: `{"username":"ada","password":"$D"}`, opens: "correct horse", shut: laravel},
		{name: "with blanks around it", file: "username,password\nada,\"$D \n\"\n", opens: "correct horse", shut: laravel},
		{name: "under a name", file: "username,password\nada,$D\n", options: importer.Options{Hasher: "bcrypt"}, opens: "correct horse", shut: laravel},
		{name: "the format in a column", file: "username,password,password_hasher\nada,5f4dcc3b5aa765d61d8327deb882cf99,md5\n", opens: "password", shut: "5f4dcc3b5aa765d61d8327deb882cf99"},
		{name: "said to be passwords", file: "username,password\nada,$D\n", options: importer.Options{PlainPasswords: true}, opens: laravel, shut: "correct horse"},
		{name: "passwords", file: "username,password\nada,correct horse\nbob,another one\n", opens: "correct horse"},
		{name: "mixed", file: "username,password\nada,$D\nbob,correct horse\n", refused: "plain-passwords"},
		{name: "mixed far below", file: "username,password\nada,$D\n" + strings.Repeat("x,\n", 50_000) + "bob,correct horse\n", refused: "plain-passwords"},
		{name: "mixed in JSON", file: `{"username":"ada","password":"$D"}` + "\n" + `{"username":"bob","password":"correct horse"}`, refused: "plain-passwords"},
		{name: "mixed and said to be passwords", file: "username,password\nada,correct horse\nbob,$D\n", options: importer.Options{PlainPasswords: true}, opens: "correct horse"},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := newBench(t, t.TempDir())
			_, report, err := b.bring(t, strings.NewReader(strings.ReplaceAll(c.file, "$D", laravel)), c.options)
			var option *importer.OptionError
			if c.refused != "" {
				if !errors.As(err, &option) || option.Option != c.refused || b.users() != 0 {
					t.Fatalf("got %v and %d users, want a refusal about %s and nobody", err, b.users(), c.refused)
				}
				return
			}
			if err != nil || report != "" {
				t.Fatal(err, report)
			}
			if err := b.login(t, "ada", c.opens); err != nil {
				t.Errorf("the right password: %v", err)
			}
			if c.shut != "" && b.login(t, "ada", c.shut) == nil {
				t.Errorf("%.10s… logs in", c.shut)
			}
		})
	}
}
