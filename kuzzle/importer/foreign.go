package importer

import (
	"maps"
	"strings"

	"github.com/gokuzzle/kuzzle/kuzzle/importer/columns"
	"github.com/gokuzzle/kuzzle/kuzzle/importer/systems"
)

// foreign decodes the users that a system's reader reads. Members that the system does not
// define mean the same as columns of a table, except those that only our exports have.
func foreign(format string, read systems.Reader, o Options) decoder {
	fields := columns.All()[format]
	if fields == nil {
		fields = columns.Foreign()
	}
	of := mapColumns(fields, o.Map)
	return func(raw []byte, _ string, r *Row) error {
		u, err := read(raw)
		if err != nil {
			return err
		}
		maps.DeleteFunc(u.Rest, func(_ string, value any) bool { return value == "" })
		assignAll(r, u.Rest, of)
		assignAll(r, u.Fields, func(name string) field { return field(name) })
		for _, a := range u.Emails {
			r.Emails = appendAddress(r.Emails, Address{Value: a.Value, Verified: a.Verified, Assumed: a.Assumed})
		}
		for _, a := range u.Phones {
			r.Phones = appendAddress(r.Phones, Address{Value: a.Value, Verified: a.Verified, Assumed: a.Assumed})
		}
		for _, a := range u.Accounts {
			r.identity(a.Provider, a.ID)
		}
		for _, secret := range u.Apps {
			r.secret(secret)
		}
		for _, l := range u.Lacks {
			r.lack(l.Name, "%s", l.Reason)
		}
		if u.Skip != "" {
			r.skip = &RowError{"", u.Skip}
		}
		r.FactorLeft, r.Locked, r.guessed = r.FactorLeft || u.FactorLeft, u.Locked, u.Guessed
		finishForeign(r)
		return nil
	}
}

// finishForeign completes a row from several fields.
func finishForeign(r *Row) {
	if strings.Contains(r.Username, "@") {
		r.Emails, r.Username = mainFirst(r.Emails, assumed(r.Username)), ""
	}
	if strings.Trim(r.Password, "*") == "" {
		r.Password = "" // Google shows it so
	}
	provider, _ := r.Private["provider"].(string)
	id, _ := r.Private["providerId"].(string)
	r.identity(provider, id)
	delete(r.Private, "provider")
	delete(r.Private, "providerId")
}
