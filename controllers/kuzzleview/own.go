package kuzzleview

import (
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/users"
	"github.com/gokuzzle/kuzzle/kuzzle/fault/assert"
)

// ofTheAccount are names by which clients know what a server keeps of a user beside
// the content. As members of the content they would change nothing of it.
var ofTheAccount = [...]string{
	PublicMetadata, "privateMetadata", "externalId", "emailAddress", "emailAddresses", "phoneNumber", "phoneNumbers", "web3Wallet", "web3Wallets",
	"banned", "locked", "deleteSelfEnabled", "createOrganizationEnabled", "createOrganizationsLimit", "bypassClientTrust",
	"createdAt", "updatedAt", "lastSignInAt", "lastActiveAt", "legalAcceptedAt",
}

// RefuseAccount refuses content, at a path, that users write of their own and that has such
// a name, unless had says that the user has it there already; nil is a user who is new.
func RefuseAccount(path string, content map[string]any, had func(name string) bool) error {
	for _, name := range ofTheAccount {
		if _, given := content[name]; given && (had == nil || !had(name)) {
			return assert.Forbidden.New(path + name)
		}
	}
	return nil
}

// TakeUnsafe takes the metadata that users write themselves out of their content, at a path,
// and returns it as metadata; nil where it is not given.
func TakeUnsafe(path string, content map[string]any) (map[string]any, error) {
	unsafe, given := content[UnsafeMetadata]
	if !given {
		return nil, nil
	}
	delete(content, UnsafeMetadata)
	metadata := map[string]any{users.UnsafeMetadata: unsafe}
	if err := users.CheckMetadata("body", metadata, users.MetadataKinds()); err != nil {
		return nil, assert.InvalidType.New(path+UnsafeMetadata, "object")
	}
	return metadata, nil
}
