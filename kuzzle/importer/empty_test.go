package importer_test

import (
	"strings"
	"testing"

	"github.com/gokuzzle/kuzzle/kuzzle/importer"
)

// TestDigestsOfNothing: a digest of the empty password, an empty one, or one of zeros lets nobody in.
func TestDigestsOfNothing(t *testing.T) {
	for _, digest := range []string{
		"d41d8cd98f00b204e9800998ecf8427e", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
		"$2y$04$abcdefghijklmnopqrstuuw5K/AnD6Y3qszY9HG5Fj3l5KJRoHyoe", "{SHA}2jmj7l5rSw0yVb/vlWAYkK/YBwk=", "{PLAIN}", "{noop}", "{CLEARTEXT}",
		"00000000000000000000000000000000", "md5$$d41d8cd98f00b204e9800998ecf8427e", "{MD5}1B2M2Y8AsgTpgAmY7PhCfg==", "plain$$", "!", "*",
	} {
		b := newBench(t, t.TempDir())
		if _, _, err := b.bring(t, strings.NewReader("id,username,password_digest\n1,ada,"+digest+"\n"), importer.Options{}); err != nil {
			t.Fatal(err)
		}
		for _, password := range []string{"", " ", "\x00", digest, "x"} {
			if b.login(t, "ada", password) == nil {
				t.Errorf("%q logs in with %q", digest, password)
			}
		}
	}
}
