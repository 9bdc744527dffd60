package importer

import (
	"maps"
	"reflect"
	"strings"

	"github.com/gokuzzle/kuzzle/kuzzle/importer/columns"
	"github.com/gokuzzle/kuzzle/kuzzle/importer/rows"
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
		if u.Skip != "" {
			r.Skip = &rows.Error{Reason: u.Skip}
			return nil
		}
		maps.DeleteFunc(u.Rest, func(_ string, value any) bool { return value == "" })
		for name, field := range o.Map {
			if u.Rest[name] != nil {
				delete(u.Fields, field)
			}
		}
		r.AssignAll(u.Rest, func(name string) rows.Field { return besides(u, name, of(name)) })
		r.AssignAll(u.Fields, func(name string) rows.Field { return rows.Field(name) })
		for _, a := range u.Emails {
			r.Emails = rows.AppendAddress(r.Emails, a)
		}
		for _, a := range u.Phones {
			r.Phones = rows.AppendAddress(r.Phones, a)
		}
		r.Identities, r.Lacks = append(r.Identities, u.Identities...), append(r.Lacks, u.Lacks...)
		for _, secret := range u.Apps {
			r.AddApp(secret)
		}
		r.FactorLeft, r.Locked, r.Guessed = r.FactorLeft || u.FactorLeft, u.Locked, u.Guessed
		finishForeign(r)
		return nil
	}
}

// besides returns the meaning of a member that the system does not define. It has none if the
// system's own member means the same and has another value.
func besides(u *systems.User, name string, f rows.Field) rows.Field {
	own, has := u.Fields[string(f)]
	switch {
	case !has || !f.One() || own == nil || own == "":
		return f
	case reflect.DeepEqual(own, u.Rest[name]):
		return rows.Ignored
	}
	return ""
}

// finishForeign completes a row from several fields.
func finishForeign(r *Row) {
	if strings.Contains(r.Username, "@") {
		r.Emails, r.Username = rows.MainFirst(r.Emails, rows.Assumed(r.Username)), ""
	}
	if strings.Trim(r.Password, "*") == "" {
		r.Password = "" // Google shows it so
	}
	provider, _ := r.Private["provider"].(string)
	id, _ := r.Private["providerId"].(string)
	r.AddIdentity(provider, id)
	delete(r.Private, "provider")
	delete(r.Private, "providerId")
}
