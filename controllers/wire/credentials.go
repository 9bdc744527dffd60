package wire

import (
	"maps"

	"github.com/gokuzzle/kuzzle/kuzzle/api"
)

// Credentials is what a request says to a strategy: its arguments overlaid by
// its body. Logins by GET have nothing but arguments.
func Credentials(req *api.Request) map[string]any {
	in := maps.Clone(req.Args)
	if in == nil {
		in = map[string]any{}
	}
	maps.Copy(in, req.BodyObject())
	return in
}
