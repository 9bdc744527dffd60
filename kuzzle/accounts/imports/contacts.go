package imports

import (
	"slices"

	"github.com/gokuzzle/kuzzle/kuzzle/accounts/users"
	"github.com/gokuzzle/kuzzle/strategies"
)

// mergedContacts merges a row's contacts into a user's, after the records were merged.
func (in *importing) mergedContacts(p *plannedRow, was *users.User, records []strategies.Record) ([]users.Contact, error) {
	lost, err := in.lostNames(was, records)
	if err != nil {
		return nil, err
	}
	kinds, all := p.row.removes(ContactsPart)
	has := slices.DeleteFunc(slices.Clone(was.Contacts), func(c users.Contact) bool {
		return all || slices.Contains(kinds, removed(c.Kind)) || in.follows(&c, lost)
	})
	if has, err = in.names.JoinContacts(contactsName, has, p.contacts); err != nil {
		return nil, err
	}
	has, left := in.names.AddContacts(has, p.row.Addresses, in.Now().UnixMilli())
	p.addressLeft = p.addressLeft || left
	return has, nil
}

// lostNames returns the claims of a user's records that the merged records no longer make: in the
// source system the user has another address, or none.
func (in *importing) lostNames(was *users.User, records []strategies.Record) ([]string, error) {
	before, err := (&users.User{Records: was.Records}).Claims(in.names.Naming())
	if err != nil {
		return nil, err
	}
	after, err := (&users.User{Records: records}).Claims(in.names.Naming())
	return slices.DeleteFunc(before, func(key string) bool { return slices.Contains(after, key) }), err
}

// follows reports whether a contact is removed together with lost names. A contact that was proved
// or reserved here, and not in the source, stays.
func (in *importing) follows(c *users.Contact, lost []string) bool {
	if c.Reserved || c.Verified() && c.Verification.Strategy != users.ByImport {
		return false
	}
	key, err := in.names.Naming().ClaimKey("", c.Identifier())
	return err == nil && slices.Contains(lost, key)
}
