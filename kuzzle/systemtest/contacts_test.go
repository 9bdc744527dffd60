package systemtest

const contactGone = "security.contact.not_found"

// contactsTable is the story of contacts that an administrator gives to users.
func contactsTable() []scenario {
	const (
		user, local      = `{"_id":"user"}`, `{"strategy":"local"}`
		first            = `{"_id":"user","contactId":"$first"}`
		second           = `{"_id":"user","contactId":"$second"}`
		missing, wrong   = "api.assert.missing_argument", "api.assert.invalid_argument"
		taken, wrongType = "security.credentials.identifier_taken", "api.assert.invalid_type"
	)
	created, verified, updated, opened := []string{"contact.created"}, []string{"contact.verified"}, []string{"contact.updated"}, []string{"session.created"}
	create, update, remove, list := "security:createContact", "security:updateContact", "security:deleteContact", "security:getContacts"
	table := []scenario{
		{name: "none", as: "admin", do: list, args: user, want: `{"hits":[],"total":0}`},
		{name: "create", as: "admin", do: create, args: user, body: `{"kind":"email","value":" Jane@EXAMPLE.com"}`, keep: map[string]string{"first": "result.id"}, events: created,
			want: `{"id":"<text>","kind":"email","value":"Jane@example.com","verified":false,"primary":false,"reserved":false,"verification":null,"createdAt":"<number>"}`},
		{name: "it opens nothing", do: "auth:login", args: local, body: `{"username":"jane@example.com","password":"$password"}`, status: 401, error: "plugin.strategy.missing_user", events: []string{"session.refused"}},
		{name: "create, verified", as: "admin", do: create, args: user, body: `{"kind":"email","value":"j@example.com","verified":true}`, keep: map[string]string{"second": "result.id"}, events: verified,
			want: `{"verified":true,"primary":true,"verification":{"strategy":"admin","at":"<number>"}}`},
		{name: "a login by it", do: "auth:login", args: local, body: `{"username":"J@example.com","password":"$password"}`, want: user, events: opened},
		{name: "create, a phone", as: "admin", do: create, args: user, body: `{"kind":"phone","value":"+1 201-555-0123","reserved":true}`, keep: map[string]string{"phone": "result.id"}, events: created,
			want: `{"value":"+12015550123","reserved":true,"primary":false}`},
		{name: "which opens nothing", do: "auth:login", args: local, body: `{"username":"+12015550123","password":"$password"}`, status: 401, error: "plugin.strategy.missing_user", events: []string{"session.refused"}},
		{name: "and is nobody else's", as: "admin", do: create, args: `{"_id":"limited"}`, body: `{"kind":"phone","value":"+12015550123","verified":true}`, status: 412, error: taken, props: `["phone"]`},
		{name: "an address neither", as: "admin", do: create, args: `{"_id":"limited"}`, body: `{"kind":"email","value":"j@EXAMPLE.com","reserved":true}`, status: 412, error: taken, props: `["email"]`},
		{name: "unless it claims nothing", as: "admin", do: create, args: `{"_id":"limited"}`, body: `{"kind":"email","value":"j@EXAMPLE.com"}`, keep: map[string]string{"theirs": "result.id"}, events: created},
		{name: "until it is verified", as: "admin", do: update, args: `{"_id":"limited","contactId":"$theirs"}`, body: `{"verified":true}`, status: 412, error: taken, props: `["email"]`},
		{name: "verify", as: "admin", do: update, args: first, body: `{"verified":true}`, want: `{"verified":true,"primary":false}`, events: verified},
		{name: "verify again", as: "admin", do: update, args: first, body: `{"verified":true}`, want: `{"verified":true}`},
		{name: "primary", as: "admin", do: update, args: first, body: `{"primary":true}`, want: `{"primary":true}`, events: updated},
		{name: "the list", as: "admin", do: list, args: user, want: `{"hits":[{"id":"$first","primary":true},{"id":"$second","primary":false},{"id":"$phone"}],"total":3}`},
		{name: "a search shows none", as: "admin", do: "security:searchUsers", args: `{"refresh":"wait_for"}`, lacks: []string{"example.com", "+1201", "idn_"}},
		{name: "nor does getUser", as: "admin", do: "security:getUser", args: user, lacks: []string{"example.com", "+1201", "idn_"}},

		{name: "the primary one stays", as: "admin", do: update, args: first, body: `{"primary":false}`, status: 412, error: "security.contact.primary_stays"},
		{name: "verified or reserved", as: "admin", do: update, args: first, body: `{"reserved":true}`, status: 400, error: "security.contact.verified_or_reserved"},
		{name: "no primary without proof", as: "admin", do: create, args: user, body: `{"kind":"email","value":"x@example.com","primary":true}`, status: 412, error: "security.contact.not_verified"},
		{name: "nothing given", as: "admin", do: update, args: first, body: `{"verified":null}`, status: 400, error: "security.contact.nothing_given"},
		{name: "no body", as: "admin", do: update, args: first, status: 400, error: "security.contact.nothing_given"},
		{name: "wrong type", as: "admin", do: update, args: first, body: `{"verified":"yes"}`, status: 400, error: wrongType, props: `["body.verified","boolean"]`},
		{name: "again", as: "admin", do: create, args: user, body: `{"kind":"email","value":"JANE@example.com"}`, status: 412, error: "security.contact.already_exists", props: `["email"]`},
		{name: "another kind", as: "admin", do: create, args: user, body: `{"kind":"fax","value":"1"}`, status: 400, error: wrong},
		{name: "no address", as: "admin", do: create, args: user, body: `{"kind":"email","value":"jane"}`, status: 400, error: wrong},
		{name: "no number", as: "admin", do: create, args: user, body: `{"kind":"phone","value":"jane@example.com"}`, status: 400, error: wrong},
		{name: "no value", as: "admin", do: create, args: user, body: `{"kind":"email"}`, status: 400, error: missing, props: `["body.value"]`},

		{name: "delete", as: "admin", do: remove, args: first, want: `{"id":"$first"}`, events: []string{"contact.deleted"}},
		{name: "the next is primary", as: "admin", do: list, args: user, want: `{"hits":[{"id":"$second","primary":true},{"id":"$phone"}],"total":2}`},
		{name: "delete again", as: "admin", do: remove, args: first, status: 404, error: contactGone, props: `["user","$first"]`},
		{name: "update what is gone", as: "admin", do: update, args: first, body: `{"verified":true}`, status: 404, error: contactGone},
		{name: "of somebody else", as: "admin", do: remove, args: `{"_id":"limited","contactId":"$second"}`, status: 404, error: contactGone},
		{name: "delete the user", as: "admin", do: "security:deleteUser", args: user, events: []string{"user.deleted"}},
		{name: "and the address is free", as: "admin", do: update, args: `{"_id":"limited","contactId":"$theirs"}`, body: `{"verified":true}`, want: `{"verified":true,"primary":true}`, events: verified},
		{name: "no login by what is gone", do: "auth:login", args: local, body: `{"username":"+12015550123","password":"$password"}`, status: 401, error: "plugin.strategy.missing_user", events: []string{"session.refused"}},
	}
	for _, do := range []string{create, update, remove, list} {
		body := `{"kind":"email","value":"x@example.com","verified":true}`
		table = append(table,
			scenario{name: do + " without _id", as: "admin", do: do, args: `{"contactId":"x"}`, body: body, status: 400, error: missing, props: `["_id"]`},
			scenario{name: do + ", unknown", as: "admin", do: do, args: `{"_id":"ghost","contactId":"x"}`, body: body, status: 404, error: "security.user.not_found"},
			scenario{name: do + " without rights", as: "limited", do: do, args: `{"_id":"root","contactId":"x"}`, body: body, status: 403, error: "security.rights.forbidden"},
		)
	}
	return table
}

// ownContacts is the story of contacts that users give themselves.
func ownContacts() []scenario {
	create, remove, list := "auth:createMyContact", "auth:deleteMyContact", "auth:getMyContacts"
	const mine, forbidden = `{"contactId":"$mine"}`, "api.assert.forbidden_argument"
	table := []scenario{
		{name: "somebody has an address", as: "admin", do: "security:createContact", args: `{"_id":"root"}`, body: `{"kind":"email","value":"root@example.com","verified":true}`, keep: map[string]string{"roots": "result.id"}, events: []string{"contact.verified"}},
		{name: "create", as: "user", do: create, body: `{"kind":"email","value":"root@example.com"}`, keep: map[string]string{"mine": "result.id"}, events: []string{"contact.created"},
			want: `{"verified":false,"primary":false,"reserved":false,"verification":null,"value":"root@example.com"}`},
		{name: "the list", as: "user", do: list, want: `{"hits":[{"id":"$mine","verified":false}],"total":1}`},
		{name: "the owner is who logs in", do: "auth:login", args: `{"strategy":"local"}`, body: `{"username":"root@example.com","password":"$password"}`, want: `{"_id":"root"}`, events: []string{"session.created"}},
		{name: "not another's", as: "user", do: remove, args: `{"contactId":"$roots"}`, status: 404, error: contactGone},
		{name: "delete", as: "user", do: remove, args: mine, want: `{"id":"$mine"}`, events: []string{"contact.deleted"}},
		{name: "again", as: "user", do: remove, args: mine, status: 404, error: contactGone, props: `["user","$mine"]`},
		{name: "no value", as: "user", do: create, body: `{"kind":"phone","value":"1"}`, status: 400, error: "api.assert.invalid_argument"},
	}
	for _, flag := range []string{"verified", "primary", "reserved"} {
		table = append(table, scenario{name: flag + " is not for users to say", as: "user", do: create, body: `{"kind":"email","value":"x@example.com","` + flag + `":true}`, status: 400, error: forbidden, props: `["body.` + flag + `"]`})
	}
	for _, do := range []string{create, remove, list} {
		table = append(table, scenario{name: do + " of nobody", do: do, args: mine, body: `{"kind":"email","value":"x@example.com"}`, status: 401, error: "security.rights.unauthorized"})
	}
	return table
}
