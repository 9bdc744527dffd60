package systemtest

import (
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
)

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
	create, remove, list, verify := "auth:createMyContact", "auth:deleteMyContact", "auth:getMyContacts", "auth:verifyMyContact"
	const mine, forbidden = `{"contactId":"$mine"}`, "api.assert.forbidden_argument"
	table := []scenario{
		{name: "somebody has an address", as: "admin", do: "security:createContact", args: `{"_id":"root"}`, body: `{"kind":"email","value":"root@example.com","verified":true}`, keep: map[string]string{"roots": "result.id"}, events: []string{"contact.verified"}},
		{name: "create", as: "user", do: create, body: `{"kind":"email","value":"root@example.com"}`, keep: map[string]string{"mine": "result.id"}, events: []string{"contact.created"},
			want: `{"verified":false,"primary":false,"reserved":false,"verification":null,"value":"root@example.com"}`},
		{name: "the list", as: "user", do: list, want: `{"hits":[{"id":"$mine","verified":false}],"total":1}`},
		{name: "the owner is who logs in", do: "auth:login", args: `{"strategy":"local"}`, body: `{"username":"root@example.com","password":"$password"}`, want: `{"_id":"root"}`, events: []string{"session.created"}},
		{name: "ask for a code", as: "user", do: verify, args: mine, want: `{"requested":true,"expiresAt":"<number>"}`},
		{name: "a code of another form", as: "user", do: verify, args: mine, body: `{"code":"12345"}`, status: 400, error: "api.assert.invalid_argument"},
		{name: "with a space", as: "user", do: verify, args: mine, body: `{"code":"123 456"}`, status: 400, error: "api.assert.invalid_argument"},
		{name: "a number", as: "user", do: verify, args: mine, body: `{"code":123456}`, status: 400, error: "api.assert.invalid_type", props: `["body.code","string"]`},
		{name: "nothing", as: "user", do: verify, args: mine, body: `{"code":""}`, status: 400, error: "api.assert.invalid_argument"},
		{name: "verify another's", as: "user", do: verify, args: `{"contactId":"$roots"}`, status: 404, error: contactGone},
		{name: "verify what is verified", as: "admin", do: verify, args: `{"contactId":"$roots"}`, status: 412, error: "security.contact.already_verified"},
		{name: "no SMS here", as: "user", do: create, body: `{"kind":"phone","value":"+12015550123"}`, keep: map[string]string{"phone": "result.id"}, events: []string{"contact.created"}},
		{name: "no code by it", as: "user", do: verify, args: `{"contactId":"$phone"}`, status: 412, error: "security.notify.off"},
		{name: "the phone goes", as: "user", do: remove, args: `{"contactId":"$phone"}`, events: []string{"contact.deleted"}},
		{name: "not another's", as: "user", do: remove, args: `{"contactId":"$roots"}`, status: 404, error: contactGone},
		{name: "delete", as: "user", do: remove, args: mine, want: `{"id":"$mine"}`, events: []string{"contact.deleted"}},
		{name: "again", as: "user", do: remove, args: mine, status: 404, error: contactGone, props: `["user","$mine"]`},
		{name: "no value", as: "user", do: create, body: `{"kind":"phone","value":"1"}`, status: 400, error: "api.assert.invalid_argument"},
	}
	for _, flag := range []string{"verified", "primary", "reserved"} {
		table = append(table, scenario{name: flag + " is not for users to say", as: "user", do: create, body: `{"kind":"email","value":"x@example.com","` + flag + `":true}`, status: 400, error: forbidden, props: `["body.` + flag + `"]`})
	}
	for _, do := range []string{create, remove, list, verify} {
		table = append(table, scenario{name: do + " of nobody", do: do, args: mine, body: `{"kind":"email","value":"x@example.com"}`, status: 401, error: "security.rights.unauthorized"})
	}
	return table
}

// gather returns the texts of the next mails, by kind and address, in any order: they
// must be exactly the expected ones.
func (box mailbox) gather(t *testing.T, want ...string) map[string]string {
	t.Helper()
	got := map[string]string{}
	for range want {
		select {
		case m := <-box:
			got[m["kind"]+" "+m["to"]] = m["text"]
		case <-time.After(time.Minute):
			t.Fatalf("got mails %v, want %q", slices.Sorted(maps.Keys(got)), want)
		}
	}
	if slices.Sort(want); !slices.Equal(slices.Sorted(maps.Keys(got)), want) {
		t.Fatalf("got mails %q, want %q", slices.Sorted(maps.Keys(got)), want)
	}
	return got
}

var sixDigits = regexp.MustCompile(`(?m)^[0-9]{6}$`)

func myContact(action, token, id string, body map[string]any) call {
	c := call{controller: "auth", action: action, token: token, args: map[string]any{}, body: body, hasBody: body != nil}
	if id != "" {
		c.args["contactId"] = id
	}
	return c
}

// addContact gives a caller an e-mail address.
func (st *story) addContact(t *testing.T, token, address string) (id string) {
	t.Helper()
	a := st.call(t, myContact("createMyContact", token, "", map[string]any{"kind": "email", "value": address}))
	wantError(t, "a contact", a, 200, "")
	return a.text("result.id")
}

// TestContactsByMail: a user adds an address and verifies it by the code of a mail. Then
// the user logs in by it, and resets go there. A user who adds another user's address
// gains nothing and blocks nobody.
func TestContactsByMail(t *testing.T) {
	t.Parallel()
	eachProtocol(t, func(t *testing.T, protocol string) {
		const old, young = "jane@example.com", "j.doe@example.org"
		st, box := startMailing(t, protocol, func(set *settings) {
			set.Local["resetPasswordUrl"] = "https://app.example.com/reset#{token}"
		})
		s := st.server
		s.letReset(t)
		for _, name := range []string{"jane", "evil"} {
			s.operate(t, "security", "createUser", map[string]any{"_id": name}, map[string]any{
				"content": map[string]any{"profileIds": []any{"user"}}, "credentials": map[string]any{"local": map[string]any{"username": name, "password": canaryPassword}},
			})
		}
		jane, evil := st.login(t, "jane"), st.login(t, "evil")
		theirs := st.addContact(t, evil, "Jane@Example.com")
		wantError(t, "a login by an address that was added", st.call(t, loginAs(old, canaryPassword, "")), 401, "plugin.strategy.missing_user")

		verify := func(token, id, address string, and ...string) {
			t.Helper()
			wantError(t, "asking for a code", st.call(t, myContact("verifyMyContact", token, id, nil)), 200, "")
			text := box.gather(t, append(and, "contact-code "+address)...)["contact-code "+address]
			code := sixDigits.FindString(text)
			if code == "" || strings.Contains(text, "jane") || strings.Contains(text, "evil") {
				t.Fatalf("the mail has no code, or a name:\n%s", text)
			}
			wrong := "000000"
			if code == wrong {
				wrong = "000001"
			}
			st.kept["who"], st.kept["id"], st.kept["wrong"], st.kept["code"] = token, id, wrong, code
			const args = `{"contactId":"$id"}`
			st.run(t, scenario{as: "who", do: "auth:verifyMyContact", args: args, body: `{"code":"$wrong"}`, status: 403, error: "security.contact.wrong_code", events: []string{"contact.refused"}})
			st.run(t, scenario{as: "who", do: "auth:verifyMyContact", args: args, body: `{"code":"$code"}`, want: `{"verified":true,"verification":{"strategy":"code"}}`, events: []string{"contact.verified"}})
		}
		first := st.addContact(t, jane, old)
		verify(jane, first, old)
		if a := st.call(t, loginAs("JANE@example.com", canaryPassword, "")); a.text("result._id") != "jane" {
			t.Errorf("a login by a verified address: %s", a.raw)
		}
		wantError(t, "a request by name", st.call(t, requestReset("jane")), 200, "")
		box.next(t, "password-reset", old)
		wantError(t, "a request by address", st.call(t, requestReset(old)), 200, "")
		box.next(t, "password-reset", old)

		// A caller that asks for a code learns the same about an existing address as
		// about any other, and with the code that the address is taken.
		free := st.addContact(t, evil, "nobody@example.com")
		asked := st.call(t, myContact("verifyMyContact", evil, theirs, nil))
		other := st.call(t, myContact("verifyMyContact", evil, free, nil))
		if asked.status != 200 || other.status != 200 || asked.at("result.requested") != other.at("result.requested") {
			t.Errorf("of a taken address: %s\nof another: %s", asked.raw, other.raw)
		}
		code := sixDigits.FindString(box.gather(t, "contact-code Jane@example.com", "contact-code nobody@example.com")["contact-code Jane@example.com"])
		wantError(t, "a code for a taken address", st.call(t, myContact("verifyMyContact", evil, theirs, map[string]any{"code": code})), 412, "security.credentials.identifier_taken")

		// The address that the user had is told of every change.
		second := st.addContact(t, jane, young)
		if text := box.next(t, "contact-changed", old); !strings.Contains(text, "one e-mail address of jane was added") {
			t.Errorf("the notice says:\n%s", text)
		}
		verify(jane, second, young)
		box.next(t, "contact-changed", old)
		wantError(t, "the first one goes", st.call(t, myContact("deleteMyContact", jane, first, nil)), 200, "")
		box.next(t, "contact-changed", old)
		wantError(t, "a login by what is gone", st.call(t, loginAs(old, canaryPassword, "")), 401, "plugin.strategy.missing_user")
		wantError(t, "another request", st.call(t, requestReset("jane")), 200, "")
		box.next(t, "password-reset", young)
		s.operate(t, "security", "updateContact", map[string]any{"_id": "evil", "contactId": theirs}, map[string]any{"verified": true})

		// A change takes a proof of late, as one of a second factor does.
		s.clock.advance(16 * time.Minute)
		for _, c := range []call{
			myContact("createMyContact", jane, "", map[string]any{"kind": "email", "value": "x@example.com"}),
			myContact("verifyMyContact", jane, second, nil), myContact("deleteMyContact", jane, second, nil),
		} {
			want, id := 401, "security.token.factor_required"
			if c.action == "verifyMyContact" {
				want, id = 412, "security.contact.already_verified"
			}
			wantError(t, c.action+" in a stale session", st.call(t, c), want, id)
		}
		prove := call{controller: "auth", action: "proveFactor", args: map[string]any{"strategy": "local"}, token: jane, hasBody: true, body: map[string]any{"username": young, "password": canaryPassword}}
		wantError(t, "a proof by the address", st.call(t, prove), 200, "")
		wantError(t, "the second one goes", st.call(t, myContact("deleteMyContact", jane, second, nil)), 200, "")
		box.next(t, "contact-changed", young)

		if log := s.log.String(); strings.Contains(log, "example.com") || strings.Contains(log, young) {
			t.Error("the log has an address")
		}
	})
}

// TestOneAddressAtOnce: of a hundred users who want one address at the same moment, in
// two spellings, as a contact and as a name of new credentials, one gets it; the same
// for two who prove that they read its mail.
func TestOneAddressAtOnce(t *testing.T) {
	t.Parallel()
	eachProtocol(t, func(t *testing.T, protocol string) {
		const users = 10
		st, box := startMailing(t, protocol)
		s := st.server
		for i := range users {
			s.operate(t, "security", "createUser", map[string]any{"_id": "u" + itoa(i), "refresh": false}, map[string]any{"content": map[string]any{"profileIds": []any{"user"}}})
		}
		spelled := func(i int) string { return []string{"Jane@example.com", "jane@EXAMPLE.com"}[i%2] }
		once(t, "one address", st.atOnce(t, 10*users, func(i int) call {
			c := call{controller: "security", token: st.kept["admin"], hasBody: true, args: map[string]any{"refresh": false}}
			if i/2%2 == 0 {
				c.action, c.args["_id"] = "createContact", "u"+itoa(i/2%users)
				c.body = map[string]any{"kind": "email", "value": spelled(i), "verified": true}
				return c
			}
			c.action = "createUser"
			c.body = map[string]any{"content": map[string]any{"profileIds": []any{"user"}}, "credentials": map[string]any{
				"local": map[string]any{"username": spelled(i), "password": canaryPassword}}}
			return c
		}))

		const address = "john@example.com"
		var proofs []call
		for _, name := range []string{"user", "root"} {
			token := st.login(t, name)
			id := st.addContact(t, token, address)
			wantError(t, "asking for a code", st.call(t, myContact("verifyMyContact", token, id, nil)), 200, "")
			code := sixDigits.FindString(box.next(t, "contact-code", address))
			proofs = append(proofs, myContact("verifyMyContact", token, id, map[string]any{"code": code}))
		}
		answers := st.atOnce(t, len(proofs), func(i int) call { return proofs[i] })
		once(t, "one proof", answers)
		for _, a := range answers {
			if a.status != 200 {
				wantError(t, "the other", a, 412, "security.credentials.identifier_taken")
			}
		}
		if a := st.call(t, loginAs(address, canaryPassword, "")); a.status != 200 {
			t.Errorf("a login by the address: %s", a.raw)
		}
	})
}

// TestCodesForOthers: a user who asks repeatedly for a code to another user's address is
// refused for that only. Its owner asks and gets a code, even at the same client
// address, and learns nothing of it.
func TestCodesForOthers(t *testing.T) {
	t.Parallel()
	eachProtocol(t, func(t *testing.T, protocol string) {
		const address = "jane@example.com"
		st, box := startMailing(t, protocol, behindProxy)
		s := st.server
		s.clock.freeze()
		verify := func(token, id, from string) answer {
			t.Helper()
			return st.from(t, protocol, from, myContact("verifyMyContact", token, id, nil))
		}
		evil, owner := st.login(t, "user"), st.login(t, "root")
		theirs, own := st.addContact(t, evil, "Jane@example.com"), st.addContact(t, owner, address)
		const times = 5
		for range times {
			wantError(t, "somebody else asks", verify(evil, theirs, "198.51.100.1"), 200, "")
			box.next(t, "contact-code", "Jane@example.com")
		}
		refused := verify(evil, theirs, "198.51.100.1")
		wantError(t, "somebody else asks too often", refused, 429, "security.contact.too_many_codes")
		if text := refused.text("error.message"); !strings.Contains(text, "codes were requested") || refused.header.Get("Retry-After") == "" && protocol == "http" {
			t.Errorf("the refusal says %q", text)
		}
		for _, from := range []string{"198.51.100.1", "192.0.2.1"} {
			wantError(t, "the owner asks", verify(owner, own, from), 200, "")
			code := sixDigits.FindString(box.next(t, "contact-code", address))
			if from == "192.0.2.1" {
				st.kept["code"] = code
			}
		}
		proof := myContact("verifyMyContact", owner, own, map[string]any{"code": st.kept["code"]})
		wantError(t, "the owner's code", st.call(t, proof), 200, "")
	})
}
