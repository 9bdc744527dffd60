package organizations

import "github.com/gokuzzle/kuzzle/kuzzle/accounts/users"

// creationLimit says whether a user may create organizations, and how many at most, 0
// for any number.
func (b *base) creationLimit(u *users.User) (may bool, most int) {
	d := u.Detailed()
	if d.OrganizationsLimit != nil {
		most = *d.OrganizationsLimit
	}
	if d.CreateOrganizations != nil {
		return *d.CreateOrganizations, most
	}
	return !b.closed.Load(), most
}

// Open says whether users may create organizations of whom that is not known. They may
// until it is called.
func (os *Organizations) Open(open bool) { os.closed.Store(!open) }
