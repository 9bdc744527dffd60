package importer

import (
	"encoding/json"
	"maps"
	"strings"

	"github.com/gokuzzle/kuzzle/kuzzle/accounts/users"
	"github.com/gokuzzle/kuzzle/kuzzle/importer/columns"
	"github.com/gokuzzle/kuzzle/kuzzle/importer/rows"
	"github.com/gokuzzle/kuzzle/kuzzle/importer/systems"
	"github.com/gokuzzle/kuzzle/kuzzle/importer/values"
)

// tables returns the layouts of CSV by format.
func tables(o Options) map[string]layout {
	finish := map[string]func(*Row){
		clerkFormat: clerkNames,
		"cognito":   func(r *Row) { finishCognito(r, o.Cognito) },
		"supabase":  finishSupabase,
		"wordpress": func(r *Row) { r.Hasher = hasherOf(r.Digest, "wordpress") },
		"drupal":    finishDrupal,
		"firebase":  func(r *Row) { firebaseDigest(r, o.Firebase) },
		"django":    finishDjango,
	}
	for format := range columns.Applications() {
		finish[format] = finishForeign
	}
	layouts := map[string]layout{}
	for format, fields := range columns.All() {
		l := layout{columns: fields, header: columns.Headers[format], finish: finish[format]}
		if read := systems.Readers()[format]; read != nil {
			l.decode = foreign(format, read, o)
		}
		layouts[format] = l
	}
	return layouts
}

// finishCognito makes a digest that names the user pool, since Cognito exports no digests.
func finishCognito(r *Row, c Cognito) {
	if r.ExternalID == "" {
		r.ExternalID = r.Username
	}
	if c.Pool != "" && r.Username != "" {
		r.Digest, r.Hasher = "awscognito#"+c.Pool+"#"+c.Client+"#"+r.Username, "awscognito"
	}
}

func finishSupabase(r *Row) {
	for i := range r.Emails {
		r.Emails[i].Verified, r.Emails[i].Assumed = r.Private["emailConfirmedAt"] != nil, false
	}
	for i := range r.Phones {
		r.Phones[i].Assumed = false
		if r.Phones[i].Verified = r.Private["phoneConfirmedAt"] != nil; !strings.HasPrefix(r.Phones[i].Value, "+") {
			r.Phones[i].Value = "+" + r.Phones[i].Value // Supabase omits it
		}
	}
	app, _ := r.Metadata[users.PublicMetadata].(map[string]any)
	user, _ := r.Metadata[users.UnsafeMetadata].(map[string]any)
	r.AddIdentity(values.SupabaseProvider(app), values.SupabaseID(user))
	r.Hasher = ""
}

func finishDrupal(r *Row) {
	r.Hasher = ""
	if strings.HasPrefix(r.Digest, "$S$") || strings.HasPrefix(r.Digest, "U$S$") {
		r.Hasher = "drupal7"
	}
}

// finishDjango removes Django's marks for unusable passwords.
func finishDjango(r *Row) {
	if !strings.HasPrefix(r.Digest, "!") {
		r.Hasher = hasherOf(r.Digest, values.DjangoHasher(r.Digest))
	}
}

// djangoObjects reads objects with the columns of Django's table of users, or the objects of
// dumpdata: the model, the id, and an object with the other columns.
func djangoObjects(l layout, o Options) decoder {
	read := objects(l, o.Map)
	return func(raw []byte, key string, r *Row) error {
		var dumped struct {
			Model  string
			ID     text `json:"pk"`
			Fields json.RawMessage
		}
		if err := json.Unmarshal(raw, &dumped); err != nil {
			return err
		}
		if dumped.Model == "" {
			return read(raw, key, r)
		}
		if err := read(dumped.Fields, key, r); err != nil {
			return err
		}
		r.ExternalID = string(dumped.ID)
		if r.Username == "" && len(r.Emails) == 0 {
			r.Skip = &rows.Error{Field: "model", Reason: "the object is not a user"}
		}
		return nil
	}
}

// hasherOf returns the given format, except for digests that show theirs.
func hasherOf(digest, otherwise string) string {
	if digest == "" || values.ShowsFormat(digest) {
		return ""
	}
	return otherwise
}

// cognitoObjects reads the output of list-users: attributes by name, and a few members.
func cognitoObjects(l layout, o Options) decoder {
	l.columns = maps.Clone(l.columns)
	l.columns["usercreatedate"], l.columns["enabled"], l.columns["mustchange"] = string(rows.CreatedField), string(rows.EnabledField), string(rows.MustField)
	read := objects(l, o.Map)
	return func(raw []byte, key string, r *Row) error {
		var u struct {
			Username, UserStatus string
			Attributes           []struct{ Name, Value string }
			UserCreateDate       text
			Enabled              *bool
			Factors              []string `json:"UserMFASettingList"`
			Phones               []any    `json:"MFAOptions"` // of old pools: codes by SMS
		}
		if err := json.Unmarshal(raw, &u); err != nil {
			return err
		}
		flat := map[string]any{"cognito:username": u.Username, "usercreatedate": u.UserCreateDate}
		for _, a := range u.Attributes {
			flat[a.Name] = a.Value
		}
		if list, ok := flat["identities"].(string); ok {
			delete(flat, "identities")
			var identities []struct {
				Provider string `json:"providerName"`
				ID       text   `json:"userId"`
			}
			if err := json.Unmarshal([]byte(list), &identities); err != nil {
				r.Lack("identities", "the value is not a list of accounts at providers")
			}
			for _, i := range identities {
				r.AddIdentity(i.Provider, string(i.ID))
			}
		}
		if u.Enabled != nil {
			flat["enabled"] = *u.Enabled
		}
		flat["mustchange"] = u.UserStatus == "FORCE_CHANGE_PASSWORD" || u.UserStatus == "RESET_REQUIRED"
		r.FactorLeft = len(u.Factors)+len(u.Phones) > 0
		return read([]byte(values.JSON(flat)), key, r)
	}
}
