package digest

import (
	"context"

	"github.com/gokuzzle/kuzzle/kuzzle/api"
	"github.com/gokuzzle/kuzzle/kuzzle/digest"
)

// Name is the controller's name.
const Name = "digest"

// New declares the controller.
func New() api.Controller {
	return api.Controller{
		Name:  Name,
		About: "Identifies password digests before their import.",
		Actions: []api.Declared{
			api.Action[identifyArgs, digest.Report]{
				Name: "identify", Routes: api.Routes{"POST /digests/_identify"},
				Summary: "Lists the possible formats of a digest, with parameters and strength.", Run: identify,
			},
		},
	}
}

type identifyArgs struct {
	Digest string `body:"digest,required"`
}

func identify(_ context.Context, _ *api.Request, args identifyArgs) (digest.Report, error) {
	return digest.Examine(args.Digest, digest.Ceilings{}), nil
}
