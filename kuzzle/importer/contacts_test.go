package importer_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/gokuzzle/kuzzle/kuzzle/accounts/accountstest"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/imports"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/users"
	"github.com/gokuzzle/kuzzle/kuzzle/importer"
)

// contactsOf are those of whoever has an account elsewhere, each written as its value
// behind * for a primary, + for a verified and ! for a reserved one.
func (b *bench) contactsOf(t *testing.T, account string) (all []string) {
	t.Helper()
	list, err := b.Contacts.List(t.Context(), b.holder(t, account))
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range list {
		marks := ""
		for _, m := range []struct {
			is   bool
			mark string
		}{{c.Primary, "*"}, {c.Verified(), "+"}, {c.Reserved, "!"}} {
			if m.is {
				marks += m.mark
			}
		}
		if c.Verified() && c.Verification.Strategy != users.ByImport {
			t.Errorf("%s was verified by %s", c.Value, c.Verification.Strategy)
		}
		all = append(all, marks+c.Value)
	}
	return all
}

const clerkTable = "id,username,primary_email_address,primary_phone_number,verified_email_addresses,unverified_email_addresses,verified_phone_numbers,unverified_phone_numbers,password_digest,password_hasher\n"

// brought is a user of a source and the contacts that the user has here.
type brought struct {
	format, text, account string
	want                  []string
	left                  int64
	// opens and shut are names that do, and do not, log in with "password".
	opens, shut []string
}

var broughtContacts = []brought{
	{format: "clerk", account: "clerk:u1",
		text:  clerkTable + "u1,ada,ada@example.com,+12015550101,ada@example.com|b@example.com,new@example.com,+12015550101,+12015550102," + accountstest.MD5OfPassword + ",md5\n",
		want:  []string{"*+ada@example.com", "+b@example.com", "new@example.com", "*++12015550101", "+12015550102"},
		opens: []string{"ada", "ada@example.com", "b@example.com", "+12015550101"}, shut: []string{"new@example.com", "+12015550102"}},
	{format: "clerk", account: "clerk:u2", // the primary address is not verified
		text: clerkTable + "u2,bob,bob@example.com,,b@example.com,bob@example.com,,555 0101," + accountstest.MD5OfPassword + ",md5\n",
		want: []string{"bob@example.com", "*+b@example.com"}, left: 1,
		opens: []string{"bob", "b@example.com"}, shut: []string{"bob@example.com"}},
	{format: "clerk", account: "clerk:u3", // it is the only name, as it was one before
		text: clerkTable + "u3,,cy@example.com,,,cy@example.com,,," + accountstest.MD5OfPassword + ",md5\n",
		want: []string{"cy@example.com"}, opens: []string{"cy@example.com"}},
	{format: "clerk", account: "clerk:u4",
		text: `[{"id":"u4","username":"dan","password_digest":"` + accountstest.MD5OfPassword + `","password_hasher":"md5","primary_email_address_id":"e2","primary_phone_number_id":"p2",
			"email_addresses":[{"id":"e1","email_address":"new@example.com","verification":{"status":"unverified"}},{"id":"e2","email_address":"dan@example.com","verification":{"status":"verified","strategy":"email_code"}},
				{"id":"e3","email_address":"kept@example.com","reserved":true,"verification":null}],
			"phone_numbers":[{"id":"p1","phone_number":"+12015550103","verification":{"status":"verified"}},{"id":"p2","phone_number":"+12015550104","verification":{"status":"verified"}}],
			"web3_wallets":[{"id":"w1","web3_wallet":"0x52908400098527886E0F7030069857D2E4169EE7","verification":{"status":"verified"}},{"id":"w2","web3_wallet":"no wallet","verification":null}]}]`,
		want: []string{"*+dan@example.com", "new@example.com", "!kept@example.com", "*++12015550104", "++12015550103", "*+0x52908400098527886E0F7030069857D2E4169EE7"}, left: 1,
		opens: []string{"dan", "dan@example.com", "+12015550103", "+12015550104"}, shut: []string{"new@example.com", "kept@example.com", "0x52908400098527886e0f7030069857d2e4169ee7"}},
}

// otherContacts are what sources besides Clerk tell of addresses.
var otherContacts = []brought{
	{format: "auth0", account: "auth0:auth0|1", text: `[{"user_id":"auth0|1","email":"ada@example.com","email_verified":true,"phone_number":"+12015550101","phone_verified":false}]`,
		want: []string{"*+ada@example.com", "+12015550101"}},
	{format: "auth0", account: "auth0:auth0|2", text: `[{"user_id":"auth0|2","email":"bob@example.com"}]`, want: []string{"bob@example.com"}},
	{format: "firebase", account: "firebase:f1", text: `{"users":[{"localId":"f1","email":"ada@example.com","emailVerified":false,"phoneNumber":"+12015550101"}]}`,
		want: []string{"ada@example.com", "*++12015550101"}},
	{format: "keycloak", account: "keycloak:k1", text: `{"realm":"r","users":[{"id":"k1","username":"ada","email":"ada@example.com","emailVerified":true,"createdTimestamp":1609545600000}]}`,
		want: []string{"*+ada@example.com"}},
	{format: "kratos", account: "kratos:r1", text: `[{"id":"r1","traits":{"email":"ada@example.com"},"credentials":{"password":{"identifiers":["b@example.com"]}},
			"verifiable_addresses":[{"value":"ada@example.com","via":"email","verified":true},{"value":"c@example.com","via":"email","verified":false},{"value":"+12015550101","via":"sms","verified":true}]}]`,
		want: []string{"*+ada@example.com", "c@example.com", "b@example.com", "*++12015550101"}},
	{format: "supertokens", account: "supertokens:s1", text: `{"users":[{"externalUserId":"s1","loginMethods":[{"email":"ada@example.com","isVerified":false},{"phoneNumber":"+12015550101","isVerified":true}]}]}`,
		want: []string{"ada@example.com", "*++12015550101"}},
	{format: "cognito", account: "cognito:ada", text: "cognito:username,email,email_verified,phone_number,phone_number_verified\nada,ada@example.com,TRUE,+12015550101,FALSE\n",
		want: []string{"*+ada@example.com", "+12015550101"}},
	{format: "supabase", account: "supabase:b1", text: "id,email,encrypted_password,email_confirmed_at,raw_app_meta_data,phone,phone_confirmed_at\nb1,ada@example.com,,2021-05-06 07:08:09+00,,12015550101,\n",
		want: []string{"*+ada@example.com", "+12015550101"}},
	{format: "wordpress", account: "wordpress:1", text: "ID,user_login,user_pass,user_email\n1,ada,,ada@example.com\n", want: []string{"ada@example.com"}},
	{format: "csv", account: "csv:1", text: "id,email,emailVerified,phone\n1,ada@example.com,yes,0201 555\n", want: []string{"*+ada@example.com"}, left: 1},
	{format: "csv", account: "csv:2", text: "id,verified_emails,unverified_emails,email\n2,b@example.com;c@example.com,bob@example.com,bob@example.com\n",
		want: []string{"bob@example.com", "*+b@example.com", "+c@example.com"}},
	{format: "json", account: "json:1", text: `{"id":"1","email":"ada@example.com","emails":["b@example.com",{"value":"c@example.com","verified":true},{"value":"d@example.com","verified":false}]}`,
		want: []string{"ada@example.com", "b@example.com", "*+c@example.com", "d@example.com"}},
	{format: "ldif", account: "ldif:uid=zoe", text: "dn: uid=zoe\nuid: zoe\nmail: zoe@example.com\nmobile: +12015550101\n", want: []string{"zoe@example.com", "+12015550101"}},
}

// TestContactsComeAlong: addresses become contacts as their source knows them, names go
// on logging in as they did, and an export brings the same contacts back.
func TestContactsComeAlong(t *testing.T) {
	for _, c := range slices.Concat(broughtContacts, otherContacts) {
		t.Run(c.account, func(t *testing.T) {
			b := newBench(t, t.TempDir())
			how := importer.Options{Format: c.format}
			for _, turn := range []struct {
				dry  bool
				want importer.Counts
				left int64
			}{{true, importer.Counts{Rows: 1, Created: 1}, c.left}, {false, importer.Counts{Rows: 1, Created: 1}, c.left}, {false, importer.Counts{Rows: 1, Unchanged: 1}, 0}} {
				how.DryRun = turn.dry
				p, report, err := b.bring(t, strings.NewReader(c.text), how)
				if err != nil || p.Counts != turn.want || p.AddressesLeft != turn.left {
					t.Fatalf("%+v, %v, want %+v\n%s", p, err, turn, report)
				}
			}
			if diff := cmp.Diff(c.want, b.contactsOf(t, c.account)); diff != "" {
				t.Errorf("contacts (-want +got):\n%s", diff)
			}
			if len(c.opens) == 0 {
				return
			}
			exported, to := export(t, b, true), newBench(t, t.TempDir())
			if p, report, err := to.bring(t, strings.NewReader(string(exported)), importer.Options{}); err != nil || p.Created != 1 || p.AddressesLeft != 0 {
				t.Fatalf("from an export: %+v, %v\n%s", p, err, report)
			}
			if diff := cmp.Diff(string(exported), string(export(t, to, true))); diff != "" {
				t.Errorf("the second export differs (-first +second):\n%s", diff)
			}
			for _, name := range c.opens {
				if err := to.login(t, name, "password"); err != nil {
					t.Errorf("%s: %v", name, err)
				}
			}
			for _, name := range c.shut {
				if err := to.login(t, name, "password"); err == nil {
					t.Errorf("%s logs in", name)
				}
			}
		})
	}
}

// TestOnlyNameOfAnother: somebody's only name is claimed although it is not verified, as
// it was a name before; not so where somebody else has it, or where there is another one.
func TestOnlyNameOfAnother(t *testing.T) {
	const text = clerkTable + "u1,,ada@example.com,,ada@example.com,,,,,\nu2,,Ada@example.com,,,Ada@example.com,,,,\nu3,eve,ada@example.com,,,ada@example.com,,,,\n"
	b := newBench(t, t.TempDir())
	for _, dry := range []bool{true, false} {
		p, report, err := b.bring(t, strings.NewReader(text), importer.Options{Format: "clerk", DryRun: dry})
		if err != nil || p.Created != 2 || p.Failed != 1 || !strings.Contains(report, `{"row":2,"field":"email"`) {
			t.Errorf("%+v, %v, want the second row refused (dry run: %t)\n%s", p, err, dry, report)
		}
	}
	if diff := cmp.Diff([]string{"ada@example.com"}, b.contactsOf(t, "clerk:u3")); diff != "" {
		t.Errorf("contacts (-want +got):\n%s", diff)
	}
}

// TestClerkStanding: a lock comes along with its end, a ban where it was asked for, and
// factors that Clerk keeps to itself are counted.
func TestClerkStanding(t *testing.T) {
	const text = `[{"id":"u1","username":"ada","locked":true,"lockout_expires_in_seconds":3600},{"id":"u2","username":"bob","locked":true,"lockout_expires_in_seconds":null},
		{"id":"u3","username":"cy","locked":false,"lockout_expires_in_seconds":null},{"id":"u4","username":"dan","banned":true,"locked":false},
		{"id":"u5","username":"eve","locked":true,"lockout_expires_in_seconds":1e300},{"id":"u6","username":"fay","totp_enabled":true},
		{"id":"u7","username":"gus","phone_numbers":[{"phone_number":"+12015550105","reserved_for_second_factor":true,"verification":{"status":"verified"}}]},
		{"id":"u8","username":"hal","totp_enabled":true,"totp_secret":"JBSWY3DPEHPK3PXP","backup_code_enabled":true,"locked":true,"lockout_expires_in_seconds":0}]`
	b := newBench(t, t.TempDir())
	p, report, err := b.bring(t, strings.NewReader(text), importer.Options{Format: "clerk", IncludeDisabled: true})
	if err != nil || p.Created != 7 || p.Failed != 1 || p.FactorsLeft != 2 || p.Left["backup codes (Clerk does not export them)"] != 1 || !strings.Contains(report, `"field":"lockout_expires_in_seconds"`) {
		t.Fatalf("%+v, %v\n%s", p, err, report)
	}
	standing := func(account string) users.Standing {
		u, err := b.Users.User(t.Context(), b.holder(t, account))
		if err != nil {
			t.Fatal(err)
		}
		return u.Standing
	}
	if s := standing("clerk:u1"); s.LockedAt == 0 || s.LockedUntil != s.LockedAt+time.Hour.Milliseconds() {
		t.Errorf("a lock with an end: %+v", s)
	}
	if s := standing("clerk:u2"); s.LockedAt == 0 || s.LockedUntil != 0 {
		t.Errorf("a lock without one: %+v", s)
	}
	for _, account := range []string{"clerk:u3", "clerk:u8"} {
		if s := standing(account); s != (users.Standing{}) {
			t.Errorf("no lock: %+v", s)
		}
	}
	if s := standing("clerk:u4"); s.BannedAt == 0 {
		t.Errorf("a ban: %+v", s)
	}
	p, report, err = b.bring(t, strings.NewReader(text), importer.Options{Format: "clerk", IncludeDisabled: true, OnConflict: imports.ConflictMerge, MergeCredentials: true})
	if err != nil || p.Unchanged != 7 {
		t.Errorf("again: %+v, %v\n%s", p, err, report)
	}
}
