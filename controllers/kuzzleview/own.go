package kuzzleview

import (
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/users"
	"github.com/gokuzzle/kuzzle/kuzzle/fault/assert"
)

// ofTheAccount lists the names that clients use for account data of the server. As members of the
// content they would change nothing of the account.
var ofTheAccount = [...]string{
	PublicMetadata, "privateMetadata", "externalId", "emailAddress", "emailAddresses", "phoneNumber", "phoneNumbers", "web3Wallet", "web3Wallets",
	"banned", "locked", "deleteSelfEnabled", "createOrganizationEnabled", "createOrganizationsLimit", "bypassClientTrust",
	"createdAt", "updatedAt", "lastSignInAt", "lastActiveAt", "legalAcceptedAt",
}

// RefuseAccount refuses content, at a path, that users write themselves and that has such a name.
// It accepts a name for which had reports that the stored content has it already; had is nil for a
// new user.
func RefuseAccount(path string, content map[string]any, had func(name string) bool) error {
	for _, name := range ofTheAccount {
		if _, given := content[name]; given && (had == nil || !had(name)) {
			return assert.Forbidden.New(path + name)
		}
	}
	return nil
}

// TakeUnsafe removes the metadata that users write themselves from their content, at a path, and
// returns it as metadata; nil if it is missing.
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
