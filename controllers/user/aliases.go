package user

import (
	"github.com/gokuzzle/kuzzle/controllers/security"
	"github.com/gokuzzle/kuzzle/kuzzle/api"
)

// Name is the controller's name.
const Name = "user"

// Aliases lists the names, in display order.
//
// The route of checkRights is declared by the controller security.
func Aliases() []api.Alias {
	alias := func(name, to string, routes ...string) api.Alias {
		return api.Alias{Controller: Name, Name: name, To: security.Name + ":" + to, Routes: routes}
	}
	return []api.Alias{
		alias("create", "createUser", "POST /user/_create", "POST /user/{_id}/_create"),
		alias("createRestricted", "createRestrictedUser", "POST /user/_createRestricted", "POST /user/{_id}/_createRestricted"),
		alias("createFirstAdmin", "createFirstAdmin", "POST /user/_createFirstAdmin", "POST /user/{_id}/_createFirstAdmin"),
		alias("get", "getUser", "GET /user/{_id}"),
		alias("mGet", "mGetUsers", "POST /user/_mGet", "GET /user/_mGet"),
		alias("mDelete", "mDeleteUsers", "POST /user/_mDelete"),
		alias("update", "updateUser", "PUT /user/{_id}/_update"),
		alias("replace", "replaceUser", "PUT /user/{_id}/_replace"),
		alias("upsert", "upsertUser", "PUT /user/{_id}/_upsert"),
		alias("delete", "deleteUser", "DELETE /user/{_id}"),
		alias("search", "searchUsers", "POST /user/_search"),
		alias("scroll", "scrollUsers", "GET /user/_scroll/{scrollId}"),
		alias("mappings", "getUserMapping", "GET /user/_mappings"),
		alias("updateMappings", "updateUserMapping", "PUT /user/_mappings"),
		alias("rights", "getUserRights", "GET /user/{_id}/_rights"),
		alias("strategies", "getUserStrategies", "GET /user/{_id}/_strategies"),
		alias("checkRights", "checkRights", "POST /_checkRights/{userId}"),
		alias("revokeTokens", "revokeTokens", "DELETE /user/{_id}/tokens"),
		{Controller: Name, Name: "refresh", To: security.Name + ":refresh",
			Routes: api.Routes{"POST /user/_refresh"}, Args: map[string]any{"collection": "users"}},
	}
}
