package importer_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gokuzzle/kuzzle/kuzzle/accounts/imports"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/users"
	"github.com/gokuzzle/kuzzle/kuzzle/importer"
)

// TestDetails: what Clerk knows of a person comes along, leaves with an export and comes
// back, is changed and removed by a merge, and is judged.
func TestDetails(t *testing.T) {
	const (
		whole = `[{"id":"u1","username":"ada","external_id":"app-1","first_name":"Ada","last_name":"L","locale":"en-GB","legal_accepted_at":1700000000000,
			"delete_self_enabled":false,"create_organization_enabled":true,"create_organizations_limit":3,"email_addresses":[]}]`
		changed = `[{"id":"u1","external_id":"app-2","first_name":null,"locale":"fr","delete_self_enabled":null}]`
		table   = "id,username,first_name,last_name,primary_email_address,password_hasher\nu2,bob,Bob,B,,\n"
	)
	no, yes, three := false, true, 3
	b := newBench(t, t.TempDir())
	details := func(b *bench, account string) users.Details {
		t.Helper()
		u, err := b.Users.User(t.Context(), b.holder(t, account))
		if err != nil {
			t.Fatal(err)
		}
		return u.Detailed()
	}
	bring := func(text string, o importer.Options, want importer.Counts) {
		t.Helper()
		for _, dry := range []bool{true, false} {
			o.Format, o.DryRun = "clerk", dry
			p, report, err := b.bring(t, strings.NewReader(text), o)
			if want.Rows = 1; err != nil || p.Counts != want {
				t.Fatalf("%+v, %v (dry run: %t)\n%s", p, err, dry, report)
			}
		}
	}
	has := users.Details{ExternalID: "app-1", FirstName: "Ada", LastName: "L", Locale: "en-GB", LegalAcceptedAt: 1_700_000_000_000,
		DeleteSelf: &no, CreateOrganizations: &yes, OrganizationsLimit: &three}
	bring(whole, importer.Options{}, importer.Counts{Created: 1})
	if diff := cmp.Diff(has, details(b, "clerk:u1")); diff != "" {
		t.Errorf("brought (-want +got):\n%s", diff)
	}
	bring(table, importer.Options{}, importer.Counts{Created: 1})
	if diff := cmp.Diff(users.Details{FirstName: "Bob", LastName: "B"}, details(b, "clerk:u2")); diff != "" {
		t.Errorf("from a table (-want +got):\n%s", diff)
	}
	to := newBench(t, t.TempDir())
	if p, report, err := to.bring(t, strings.NewReader(string(export(t, b, true))), importer.Options{}); err != nil || p.Created != 2 {
		t.Fatalf("%+v, %v\n%s", p, err, report)
	}
	if diff := cmp.Diff(has, details(to, "clerk:u1")); diff != "" {
		t.Errorf("after an export and an import (-want +got):\n%s", diff)
	}

	merge := importer.Options{OnConflict: imports.ConflictMerge}
	has.FirstName, has.Locale, has.DeleteSelf = "", "fr", nil
	bring(changed, merge, importer.Counts{Merged: 1})
	if diff := cmp.Diff(has, details(b, "clerk:u1")); diff != "" {
		t.Errorf("merged without names (-want +got):\n%s", diff)
	}
	merge.MergeCredentials = true
	has.ExternalID = "app-2"
	bring(changed, merge, importer.Counts{Merged: 1})
	if diff := cmp.Diff(has, details(b, "clerk:u1")); diff != "" {
		t.Errorf("merged with names (-want +got):\n%s", diff)
	}
	bring(changed, merge, importer.Counts{Unchanged: 1})
	bring(`[{"id":"u3","username":"eve","external_id":"app-2"}]`, importer.Options{}, importer.Counts{Failed: 1})
	for _, bad := range []string{
		`"locale":"not a language"`, `"external_id":"` + strings.Repeat("x", 600) + `"`, `"create_organizations_limit":-1`,
		`"legal_accepted_at":99999999999999`, `"delete_self_enabled":"maybe"`, `"external_id":{}`, `"first_name":"a\u0001"`,
	} {
		bring(`[{"id":"u4","username":"dan",`+bad+`}]`, importer.Options{}, importer.Counts{Failed: 1})
	}
	p, report, err := b.bring(t, strings.NewReader(`{"kuid":"x","accountDetails":{"nickname":"x"}}`), importer.Options{})
	if err != nil || p.Failed != 1 || !strings.Contains(report, `"field":"accountDetails.nickname"`) {
		t.Errorf("an unknown detail: %+v, %v\n%s", p, err, report)
	}
	if p, report, err = to.bring(t, strings.NewReader(`{"kuid":"`+to.holder(t, "clerk:u1")+`","accountDetails":null}`), merge); err != nil || p.Merged != 1 {
		t.Errorf("none: %+v, %v\n%s", p, err, report)
	}
	if got := details(to, "clerk:u1"); got != (users.Details{}) {
		t.Errorf("none: got %+v", got)
	}
}

// TestClerkStates: nobody whom Clerk keeps out comes in, and a password that others may know stays so.
func TestClerkStates(t *testing.T) {
	for _, c := range []struct{ state, want string }{
		{`"deprovisioned":true`, "skipped disabled"},
		{`"banned":true`, "skipped disabled"},
		{`"requires_password_reset":true`, "with a password to change"},
		{`"deprovisioned":false,"requires_password_reset":false`, ""},
	} {
		p, _, err := newBench(t, t.TempDir()).bring(t, strings.NewReader(`[{"id":"u1","object":"user","username":"ada",`+c.state+`}]`), importer.Options{Format: "clerk"})
		got := ""
		if p.Refused["disabled"] == 1 && p.Skipped == 1 {
			got = "skipped disabled"
		}
		for state := range p.States {
			got += state
		}
		if err != nil || got != c.want {
			t.Errorf("%s: got %q, want %q: %+v, %v", c.state, got, c.want, p, err)
		}
	}
	const user = `{"Users":[{"Username":"ada","Attributes":[],"MFAOptions":[{"DeliveryMedium":"SMS"}]}]}`
	if p, _, err := newBench(t, t.TempDir()).bring(t, strings.NewReader(user), importer.Options{}); err != nil || p.FactorsLeft != 1 {
		t.Errorf("codes by SMS at Cognito: %+v, %v", p, err)
	}
}
