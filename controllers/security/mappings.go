package security

import (
	"context"

	"github.com/gokuzzle/kuzzle/controllers/kuzzleview"
	"github.com/gokuzzle/kuzzle/kuzzle/api"
	"github.com/gokuzzle/kuzzle/kuzzle/fault/assert"
	"github.com/gokuzzle/kuzzle/kuzzle/storage"
)

// mappings are the actions on the mappings of users, profiles and roles.
func (c *searchActions) mappings() []api.Declared {
	return []api.Declared{
		c.getMapping("getUserMapping", "GET /users/_mapping", storage.Users),
		c.getMapping("getProfileMapping", "GET /profiles/_mapping", storage.Profiles),
		c.getMapping("getRoleMapping", "GET /roles/_mapping", storage.Roles),
		c.updateMapping("updateUserMapping", "PUT /users/_mapping", storage.Users),
		c.updateMapping("updateProfileMapping", "PUT /profiles/_mapping", storage.Profiles),
		c.updateMapping("updateRoleMapping", "PUT /roles/_mapping", storage.Roles),
	}
}

// infoField is the field that the backend adds to every document.
const infoField = "_kuzzle_info"

type mappingOf struct {
	Mapping map[string]any `json:"mapping"`
}

func (c *searchActions) getMapping(name, route string, of storage.Collection) api.Declared {
	return api.Action[api.None, mappingOf]{
		Name: name, Routes: api.Routes{route},
		Summary: "Shows how " + string(of) + " are indexed.",
		Run: func(ctx context.Context, _ *api.Request, _ api.None) (mappingOf, error) {
			found, err := c.Accounts.Users.Mapping(ctx, of)
			fields := make(map[string]any, len(found.Properties))
			for field, definition := range found.Properties {
				if field != infoField {
					fields[field] = definition
				}
			}
			return mappingOf{fields}, err
		},
	}
}

type updateMappingArgs struct {
	Whole      map[string]any `body:".,required"`
	Properties map[string]any `body:"properties"`
	Dynamic    dynamic        `body:"dynamic"`
	Meta       map[string]any `body:"_meta"`
}

// dynamic is "true", "false" or "strict"; booleans stand for their names.
type dynamic string

// Decode reads both forms.
func (d *dynamic) Decode(name string, value any) error {
	switch v := value.(type) {
	case bool:
		*d = "false"
		if v {
			*d = "true"
		}
	case string:
		*d = dynamic(v)
	default:
		return assert.InvalidType.New(name, "string")
	}
	return nil
}

// collectionMapping is the result of a change of a mapping.
type collectionMapping struct {
	Meta       map[string]any `json:"_meta,omitempty"`
	Dynamic    string         `json:"dynamic,omitempty"`
	Properties map[string]any `json:"properties"`
}

func (c *searchActions) updateMapping(name, route string, of storage.Collection) api.Declared {
	return api.Action[updateMappingArgs, collectionMapping]{
		Name: name, Routes: api.Routes{route},
		Summary: "Adds fields to the mapping of " + string(of) + ".",
		Run: func(ctx context.Context, req *api.Request, args updateMappingArgs) (collectionMapping, error) {
			merged, err := c.Accounts.Users.UpdateMapping(ctx, kuzzleview.Actor(req), of, storage.Mapping{
				Dynamic: string(args.Dynamic), Meta: args.Meta, Properties: args.Properties,
			})
			return collectionMapping{merged.Meta, merged.Dynamic, merged.Properties}, err
		},
	}
}
