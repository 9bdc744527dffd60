package importer_test

import (
	"strings"
	"testing"

	"github.com/gokuzzle/kuzzle/kuzzle/importer"
)

// TestForms: what the systems write now and then comes along too, or is told.
func TestForms(t *testing.T) {
	const bcrypt = "$2b$04$abcdefghijklmnopqrstuu5s2v8.iXieOjg/.AySBTTZIIVFJeBui"
	for _, c := range []struct {
		name, text, format string
		created, skipped   int64
		factors            int64    // left out
		accounts           []string // that somebody has then
		told               []string // fields of the report
	}{
		{name: "Active Directory", format: "ldif", created: 1, skipped: 1, accounts: []string{"ldif:CN=Jane,DC=example"}, told: []string{"disabled"},
			text: "dn: CN=Jane,DC=example\nchangetype: add\nobjectClass: user\nobjectGUID:: /////w==\njpegPhoto:: /9j/4A==\nsAMAccountName: jane\nuserAccountControl: 512\n\n" +
				"dn: CN=PC,DC=example\nobjectClass: computer\nsAMAccountName: PC$\n\ndn: CN=Old,DC=example\nsAMAccountName: old\nuserAccountControl: 514\n"},
		{name: "a name that is no text", format: "ldif", created: 1, told: []string{"title"}, text: "# comments may\n  go on\n\ndn: uid=a\nuid: a\ntitle:: /////w==\n"},
		{name: "a provider at Cognito", format: "cognito", created: 1, accounts: []string{"google:1155", "cognito:Google_1155"},
			text: `{"Users":[{"Username":"Google_1155","Attributes":[{"Name":"identities","Value":"[{\"userId\":\"1155\",\"providerName\":\"Google\"}]"}],"UserStatus":"EXTERNAL_PROVIDER"}]}`},
		{name: "Cognito's identities that are none", format: "cognito", created: 1, told: []string{"identities"},
			text: `{"Users":[{"Username":"a","Attributes":[{"Name":"identities","Value":"none"}]}]}`},
		{name: "factors of Auth0", format: "auth0", created: 2, factors: 2,
			text: `[{"user_id":"a","email":"a@example.com","mfa_factors":[{"totp":{"secret":"JBSWY3DPEHPK3PXP"}},{"phone":{"value":"+12015550101"}}]},{"user_id":"b","multifactor":["guardian"]}]`},
		{name: "a digest of Auth0 that is not supported", format: "auth0", created: 2, told: []string{"custom_password_hash"},
			text: `[{"user_id":"a","custom_password_hash":{"algorithm":"md4","hash":{"value":"00","encoding":"hex"}}},{"user_id":"b","custom_password_hash":{"algorithm":"md5","hash":{"value":"x","encoding":"hex"}}}]`},
		{name: "labels of Auth0", format: "auth0", created: 1, skipped: 1, accounts: []string{"auth0:auth0|5f1"}, told: []string{"disabled"},
			text: `{"Id":"auth0|5f1","Nickname":"j","Email":"j@example.com"}` + "\n" + `{"Id":"auth0|5f2","Nickname":"j","Email":"k@example.com","Blocked":true}`},
		{name: "a site of WordPress' network", format: "wordpress", created: 1, skipped: 2, told: []string{"disabled", "deletedAt"},
			text: "ID,user_login,user_pass,spam,deleted\n1,a," + bcrypt + ",0,0\n2,b," + bcrypt + ",1,0\n3,c," + bcrypt + ",0,1\n"},
		{name: "a phone first in Firebase's table", format: "firebase", created: 2, accounts: []string{"apple.com:17"},
			text: "u1,,false" + strings.Repeat(",", 23) + "+12015550101,false" + strings.Repeat(",", 27) + "\n" + "u2,b@example.com,true" + strings.Repeat(",", 24) + "false,,17" + strings.Repeat(",", 25) + "\n"},
		{name: "pages", format: "keycloak", created: 3, text: `[{"username":"a","requiredActions":[]}]` + "\n\n" + `[{"username":"b","requiredActions":[]}][]` + `[{"username":"c"}]`},
		{name: "pages in objects", format: "cognito", created: 2, text: `{"Users":[{"Username":"a","Attributes":[]}],"PaginationToken":"x"}{"NextToken":null}{"Users":[]}{"Users":[{"Username":"b"}]}`},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := newBench(t, t.TempDir())
			p, report, err := b.bring(t, strings.NewReader(c.text), importer.Options{})
			if err != nil || p.Created != c.created || p.Skipped != c.skipped || p.Failed > 0 || p.Format != c.format || p.FactorsLeft != c.factors {
				t.Errorf("as %s: %+v, %d factors left, %v\n%s", p.Format, p.Counts, p.FactorsLeft, err, report)
			}
			for _, account := range c.accounts {
				if _, err := b.Credentials.CredentialsByID(t.Context(), account, "external"); err != nil {
					t.Errorf("the account %s: %v", account, err)
				}
			}
			for _, field := range c.told {
				if !strings.Contains(report, `"field":"`+field+`"`) {
					t.Errorf("the report does not tell of %s:\n%s", field, report)
				}
			}
			if len(c.told) == 0 && report != "" {
				t.Errorf("the report tells %s", report)
			}
		})
	}
}

// TestSeveralValues: of several values of an entry in a directory the first digest comes, whatever
// marks stand before it, and the others are told.
func TestSeveralValues(t *testing.T) {
	b := newBench(t, t.TempDir())
	text := "dn: uid=a\nuid: a\nuid: anna\nuserPassword: {SASL}a@x\nuserPassword: {MD5}X03MO1qnZdYdgyfeuILPmQ==\n"
	p, report, err := b.bring(t, strings.NewReader(text), importer.Options{})
	if err != nil || p.WithPassword != 1 || p.Fields["uid"] != 1 || p.FieldsLeft != 1 {
		t.Errorf("%+v, %v\n%s", p, err, report)
	}
	if err := b.login(t, "a", "password"); err != nil {
		t.Error(err)
	}
}

// TestCutPages: a page that ends early is told, and nothing is lost in silence.
func TestCutPages(t *testing.T) {
	for _, text := range []string{`{"Users":[{"Username":"a","Attributes":[]}],"Pagination`, `[{"username":"a","requiredActions":[]}][{"username":"b"`} {
		if p, _, err := newBench(t, t.TempDir()).bring(t, strings.NewReader(text), importer.Options{}); err == nil {
			t.Errorf("%s: %+v and no error", text, p.Counts)
		}
	}
}
