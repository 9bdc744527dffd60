package organizations

import "github.com/gokuzzle/kuzzle/kuzzle/accounts/users"

// creationLimit returns whether a user may create organizations, and the largest number, 0 for no
// limit.
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

// Open sets whether users without a setting of their own may create organizations. By default they
// may.
func (os *Organizations) Open(open bool) { os.closed.Store(!open) }
