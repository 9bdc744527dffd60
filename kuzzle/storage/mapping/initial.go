package mapping

import "github.com/gokuzzle/kuzzle/kuzzle/storage"

// Searchable reports whether the collection's content is indexed. Other collections
// are read by id only.
func Searchable(of storage.Collection) bool {
	switch of {
	case storage.Users, storage.Profiles, storage.Roles, storage.APIKeys, storage.Sessions,
		storage.Organizations, storage.Memberships, storage.OrganizationInvitations, storage.Tickets:
		return true
	}
	return false
}

// Initial returns the mapping that a collection is created with. Every call returns
// its own copy.
func Initial(of storage.Collection) storage.Mapping {
	properties := map[string]any{}
	switch of {
	case storage.Users:
		properties["profileIds"] = typed("keyword")
	case storage.Profiles:
		properties["tags"] = typed("keyword")
		properties["policies"] = object(map[string]any{
			"roleId": typed("keyword"),
			"restrictedTo": map[string]any{"type": "nested", "properties": map[string]any{
				"index":       typed("keyword"),
				"collections": typed("keyword"),
			}},
		})
	case storage.Roles:
		properties["tags"] = typed("keyword")
		properties["controllers"] = map[string]any{"type": "object", "dynamic": "false"}
	case storage.APIKeys:
		properties["userId"] = typed("keyword")
		properties["description"] = typed("text")
		properties["expiresAt"] = typed("long")
		properties["ttl"] = typed("keyword")
		properties["fingerprint"] = typed("keyword")
	case storage.Sessions:
		properties["kuid"] = typed("keyword")
	case storage.Organizations:
		properties["name"] = typed("keyword")
		properties["slug"] = typed("keyword")
		properties["createdBy"] = typed("keyword")
		properties["createdAt"] = typed("long")
		properties["members"] = typed("long")
		properties["unfinished"] = typed("boolean")
	case storage.Memberships:
		properties["organization"] = typed("keyword")
		properties["kuid"] = typed("keyword")
		properties["role"] = typed("keyword")
		properties["createdAt"] = typed("long")
	case storage.OrganizationInvitations:
		properties["organization"] = typed("keyword")
		properties["email"] = typed("keyword")
		properties["status"] = typed("keyword")
		properties["createdAt"] = typed("long")
		properties["expiresAt"] = typed("long")
	}
	if of == storage.Tickets {
		properties["kind"] = typed("keyword")
		properties["kuid"] = typed("keyword")
		properties["email"] = typed("keyword")
		properties["status"] = typed("keyword")
		properties["createdAt"] = typed("long")
		properties["expiresAt"] = typed("long")
		properties["removeAt"] = typed("long")
	}
	if written(of) {
		properties["_kuzzle_info"] = object(map[string]any{
			"author":    typed("keyword"),
			"createdAt": typed("date"),
			"updatedAt": typed("date"),
			"updater":   typed("keyword"),
		})
	}
	return storage.Mapping{Dynamic: "false", Properties: properties}
}

// written reports whether clients write the collection's content, which then has the
// author and the time.
func written(of storage.Collection) bool {
	switch of {
	case storage.Users, storage.Profiles, storage.Roles, storage.APIKeys:
		return true
	}
	return false
}

func typed(name string) map[string]any { return map[string]any{"type": name} }

func object(properties map[string]any) map[string]any {
	return map[string]any{"properties": properties}
}
