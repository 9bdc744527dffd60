package main

import (
	"strings"
	"testing"

	"github.com/alecthomas/kong"
	"github.com/google/go-cmp/cmp"

	"github.com/gokuzzle/kuzzle/kuzzle/config"
)

// TestPlainServe holds that what is read without kong is what kong reads, and that
// everything else is left to it.
func TestPlainServe(t *testing.T) {
	for _, test := range []struct {
		line  string
		plain bool
	}{
		{"serve", true},
		{"serve --dev", true},
		{"serve --listen 127.0.0.1:0 --data=/tmp/a=b --config c.json --elasticsearch http://a:1,http://b:2 --dev", true},
		{"serve --listen 127.0.0.1:0 --listen=:1", true},
		{"serve --set a.b=c --set=d=e=f --set g=", true},
		{"serve --set a=*json:{\"b\":[1,2]}", true},
		{"serve --listen=", true},
		{"serve --listen --dev", false},
		{"serve --listen -x", false},
		{"serve --listen", false},
		{"serve --set a", false},
		{"serve --dev=false", false},
		{"serve --nonsense 1", false},
		{"serve again", false},
		{"serve --help", false},
		{"serve -h", false},
		{"--dev serve", false},
		{"version", false},
		{"", false},
	} {
		args := strings.Fields(test.line)
		got, plain := plainServe(args)
		if plain != test.plain {
			t.Errorf("%q: read plainly %t, want %t", test.line, plain, test.plain)
		}
		if !plain {
			continue
		}
		var want commands
		parser, err := kong.New(&want, kong.Vars(config.FlagVars()), importVars(), webhookVars())
		if err != nil {
			t.Fatal(err)
		}
		if _, err := parser.Parse(args); err != nil {
			t.Errorf("%q: kong says %v", test.line, err)
		}
		if len(want.Serve.Set) == 0 {
			want.Serve.Set = map[string]string{}
		}
		if diff := cmp.Diff(&want.Serve, got, cmp.AllowUnexported(serve{})); diff != "" {
			t.Errorf("%q: %s", test.line, diff)
		}
	}
}
