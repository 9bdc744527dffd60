package organizations

import "github.com/gokuzzle/kuzzle/kuzzle/accounts/users"

// creationLimit says whether a user may create organizations, and how many at most, 0
// for any number.
func creationLimit(u *users.User) (may bool, most int) {
	d := u.Detailed()
	if d.OrganizationsLimit != nil {
		most = *d.OrganizationsLimit
	}
	return d.CreateOrganizations == nil || *d.CreateOrganizations, most
}
