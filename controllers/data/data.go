package data

import (
	"context"

	"github.com/gokuzzle/kuzzle/kuzzle/api"
	"github.com/gokuzzle/kuzzle/kuzzle/fault/assert"
)

// Controllers returns the controllers index and collection.
func Controllers() []api.Controller {
	return []api.Controller{
		{
			Name: "index", About: "The indexes of documents, of which there are none.",
			Actions: []api.Declared{api.Action[api.None, indexes]{
				Name: "list", Routes: api.Routes{"GET /_list"}, Summary: "Lists the indexes: none.",
				Run: func(context.Context, *api.Request, api.None) (indexes, error) { return indexes{[]string{}}, nil },
			}},
		},
		{
			Name: "collection", About: "The collections of an index, of which there are none.",
			Actions: []api.Declared{api.Action[listArgs, collections]{
				Name: "list", Routes: api.Routes{"GET /{index}/_list"}, Summary: "Lists the collections of an index: none.", Run: list,
			}},
		},
	}
}

type indexes struct {
	Indexes []string `json:"indexes"`
}

// Types of collections that a client can ask for.
const (
	all      = "all"
	stored   = "stored"
	realtime = "realtime"
)

type listArgs struct {
	Index string `arg:"index,required,id"`
	Type  string `arg:"type,default=all"`
}

type collections struct {
	Type        string   `json:"type"`
	Collections []string `json:"collections"`
}

func list(_ context.Context, _ *api.Request, args listArgs) (collections, error) {
	if args.Type != all && args.Type != stored && args.Type != realtime {
		return collections{}, assert.Unexpected.New(args.Type, []string{all, stored, realtime})
	}
	return collections{Type: args.Type, Collections: []string{}}, nil
}
