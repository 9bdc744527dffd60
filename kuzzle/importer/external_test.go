package importer_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gokuzzle/kuzzle/kuzzle/accounts/imports"
	"github.com/gokuzzle/kuzzle/kuzzle/importer"
	"github.com/gokuzzle/kuzzle/kuzzle/query"
	"github.com/gokuzzle/kuzzle/kuzzle/storage"
	"github.com/gokuzzle/kuzzle/strategies/external"
)

// elsewhere is a user of an export who has an account at a provider.
type elsewhere struct {
	format string
	// row makes the user of that number in the source, with the accounts, each
	// "provider:id", as the source writes them.
	row func(n int, accounts ...string) string
	// given is an account there and what it is here, more another one.
	given, kept, more, keptMore string
}

// eachAccount writes accounts as a list of objects.
func eachAccount(object string, accounts []string) string {
	var list []string
	for _, account := range accounts {
		provider, id, _ := strings.Cut(account, ":")
		list = append(list, fmt.Sprintf(object, provider, id))
	}
	return "[" + strings.Join(list, ",") + "]"
}

var elsewheres = []elsewhere{
	{format: "auth0", given: "google-oauth2:1155", kept: "google-oauth2:1155", more: "github:7", keptMore: "github:7",
		row: func(n int, accounts ...string) string {
			return fmt.Sprintf(`{"user_id":"auth0|%d","email":"u%d@example.com","email_verified":true,"identities":%s}`, n, n,
				eachAccount(`{"provider":%q,"user_id":%q,"isSocial":true}`, append(accounts, fmt.Sprintf("auth0:%d", n))))
		}},
	{format: "firebase", given: "google.com:778", kept: "google.com:778", more: "apple.com:000.aF", keptMore: "apple.com:000.aF",
		row: func(n int, accounts ...string) string {
			return fmt.Sprintf(`{"localId":"fb%d","email":"u%d@example.com","emailVerified":true,"providerUserInfo":%s}`, n, n,
				eachAccount(`{"providerId":%q,"rawId":%q}`, append(accounts, fmt.Sprintf("password:u%d@example.com", n))))
		}},
	{format: "supabase", given: "google:5551", kept: "google:5551",
		row: func(n int, accounts ...string) string {
			app, user := `{"provider":"email","providers":["email"]}`, `{"sub":"not an account"}`
			if len(accounts) > 0 {
				provider, id, _ := strings.Cut(accounts[0], ":")
				app = fmt.Sprintf(`{"provider":"email","providers":["email",%q]}`, provider)
				user = fmt.Sprintf(`{"provider_id":%q,"sub":%q}`, id, id)
			}
			quote := func(text string) string { return `"` + strings.ReplaceAll(text, `"`, `""`) + `"` }
			return "id,email,encrypted_password,email_confirmed_at,raw_app_meta_data,raw_user_meta_data\n" +
				fmt.Sprintf("sb%d,u%d@example.com,,2021-05-06 07:08:09+00,%s,%s\n", n, n, quote(app), quote(user))
		}},
	{format: "keycloak", given: "github:4242", kept: "github:4242", more: "Corp-SAML:a=b, c", keptMore: "corp-saml:a=b, c",
		row: func(n int, accounts ...string) string {
			return fmt.Sprintf(`{"realm":"r","users":[{"id":"kc%d","username":"u%d","email":"u%d@example.com","emailVerified":true,"createdTimestamp":1,"federatedIdentities":%s}]}`,
				n, n, n, eachAccount(`{"identityProvider":%q,"userId":%q,"userName":"x"}`, accounts))
		}},
	{format: "kratos", given: "github:31", kept: "github:31", more: "google:https://accounts/9", keptMore: "google:https://accounts/9",
		row: func(n int, accounts ...string) string {
			return fmt.Sprintf(`[{"id":"kr%d","traits":{"email":"u%d@example.com"},"verifiable_addresses":[{"value":"u%d@example.com","verified":true,"via":"email"}],"credentials":{"oidc":{"config":{"providers":%s}}}}]`,
				n, n, n, eachAccount(`{"provider":%q,"subject":%q}`, accounts))
		}},
	{format: "clerk", given: "oauth_google:10987", kept: "google:10987", more: "oauth_github:5", keptMore: "github:5",
		row: func(n int, accounts ...string) string {
			return fmt.Sprintf(`[{"id":"user_%d","username":"user%d","email_addresses":[],"external_accounts":%s}]`, n, n,
				eachAccount(`{"provider":%q,"provider_user_id":%q}`, accounts))
		}},
}

// TestExternalAccounts: accounts at providers come along from every source that
// has them. They are shown and found, one user has each of them, and are kept
// until an administrator deletes them, who frees them.
func TestExternalAccounts(t *testing.T) {
	for _, e := range elsewheres {
		t.Run(e.format, func(t *testing.T) {
			b := newBench(t, t.TempDir())
			bring := func(text string, how imports.Conflict) (importer.Counts, string) {
				t.Helper()
				p, report, err := b.bring(t, strings.NewReader(text), importer.Options{OnConflict: how})
				if err != nil || p.Format != e.format {
					t.Fatalf("%s: %v\n%s", p.Format, err, report)
				}
				return p.Counts, report
			}
			if counts, report := bring(e.row(1, e.given), ""); counts.Created != 1 {
				t.Fatalf("got %+v, want 1 created\n%s", counts, report)
			}
			kuid := b.holder(t, e.kept)
			if counts, report := bring(e.row(2, e.given), ""); counts.Failed != 1 || !strings.Contains(report, `"field":"account"`) || !strings.Contains(report, "already used") {
				t.Errorf("a second user with the same account: %+v, want it reported\n%s", counts, report)
			}
			if counts, _ := bring(e.row(1, e.given), ""); counts.Unchanged != 1 {
				t.Errorf("again: %+v, want 1 unchanged", counts)
			}
			if e.more != "" {
				e.merge(t, b, kuid, bring)
			}
			if err := b.Credentials.DeleteCredentials(t.Context(), admin, kuid, external.Name, nil, true); err != nil {
				t.Fatal(err)
			}
			if _, err := b.Credentials.CredentialsByID(t.Context(), e.kept, external.Name); err == nil {
				t.Error("a deleted account is found")
			}
			if counts, report := bring(e.row(2, e.given), ""); counts.Created != 1 {
				t.Errorf("once it is free: %+v, want 1 created\n%s", counts, report)
			}
			if got := b.holder(t, e.kept); got == kuid {
				t.Error("the account is still the first user's")
			}
		})
	}
}

// merge brings the user with another account. Credentials are left alone unless
// they are merged too; then the account joins those from before, which the file
// need not repeat.
func (e elsewhere) merge(t *testing.T, b *bench, kuid string, bring func(string, imports.Conflict) (importer.Counts, string)) {
	t.Helper()
	if counts, report := bring(e.row(1, e.given, e.more), imports.ConflictMerge); counts.OK() != 1 {
		t.Errorf("merged: %+v, want 1\n%s", counts, report)
	}
	if got := b.holder(t, e.kept); got != kuid {
		t.Errorf("after a merge %s has the account, want %s", got, kuid)
	}
	o := importer.Options{OnConflict: imports.ConflictMerge, MergeCredentials: true}
	if p, report, err := b.bring(t, strings.NewReader(e.row(1, e.more)), o); err != nil || p.OK() != 1 {
		t.Errorf("credentials merged: %+v, %v\n%s", p, err, report)
	}
	for _, account := range []string{e.kept, e.keptMore} {
		if got := b.holder(t, account); got != kuid {
			t.Errorf("after a merge of credentials %s has %s, want %s", got, account, kuid)
		}
	}
}

// holder finds who has an account, each of the ways there are.
func (b *bench) holder(t *testing.T, account string) string {
	t.Helper()
	found, err := b.Credentials.CredentialsByID(t.Context(), account, external.Name)
	if err != nil {
		t.Fatalf("the account %s: %v", account, err)
	}
	kuid, _ := found["kuid"].(string)
	shown, err := b.Credentials.Credentials(t.Context(), kuid, external.Name)
	if text, _ := json.Marshal(shown["accounts"]); err != nil || !bytes.Contains(text, []byte(account)) {
		t.Errorf("%s is shown as %v, %v, want %s in it", kuid, shown, err, account)
	}
	if err := b.store.Refresh(t.Context(), storage.Users); err != nil {
		t.Fatal(err)
	}
	hits, page, err := b.Credentials.SearchCredentials(t.Context(), external.Name, query.Search{Where: query.Terms{
		Field: query.Field{Area: query.Account, Path: "credentials.external.accounts"}, Values: []any{account},
	}, Size: 10})
	if diff := cmp.Diff([]map[string]any{shown}, hits); err != nil || page.Total != 1 || diff != "" {
		t.Errorf("a search for %s: %d, %v (-want +got):\n%s", account, page.Total, err, diff)
	}
	return kuid
}

// TestSecondFactors: only what apps would show is taken for their secret, and no
// backup code that was used. Whose second factor stays behind is counted.
func TestSecondFactors(t *testing.T) {
	keycloak := func(how, what string) string {
		text, _ := json.Marshal(map[string]any{"realm": "r", "users": []any{map[string]any{
			"id": "1", "username": "vera", "credentials": []any{map[string]any{"type": "otp", "credentialData": how, "secretData": what}},
		}}})
		return string(text)
	}
	const usual = `{"subType":"totp","digits":6,"counter":0,"period":30,"algorithm":"HmacSHA1"}`
	supertokens := func(devices string) string {
		return `{"users":[{"externalUserId":"1","loginMethods":[{"recipeId":"passwordless","email":"a@example.com","isVerified":true}],"totpDevices":[` + devices + `]}]}`
	}
	kratos := func(credentials string) string {
		return `[{"id":"1","traits":{"username":"walt"},"credentials":{` + credentials + `}}]`
	}
	const brought, left = 0, 1
	for _, row := range []struct {
		name, text, want string
		left             int64
	}{
		{"Keycloak's own characters", keycloak(usual, `{"value":"12345678901234567890"}`), `"totpSecret":"GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"`, brought},
		{"Keycloak's base32", keycloak(strings.Replace(usual, "{", `{"secretEncoding":"BASE32",`, 1), `{"value":"JBSWY3DPEHPK3PXP"}`), `"totpSecret":"JBSWY3DPEHPK3PXP"`, brought},
		{"counters", keycloak(strings.Replace(usual, "totp", "hotp", 1), `{"value":"12345678901234567890"}`), "", left},
		{"eight digits", keycloak(strings.Replace(usual, "6", "8", 1), `{"value":"12345678901234567890"}`), "", left},
		{"Kratos' used codes", kratos(`"lookup_secret":{"config":{"recovery_codes":[
			{"code":"fresh1ab","used_at":null},{"code":"spent1ab","used_at":"2023-01-02T03:04:05Z"},{"code":"fresh2ab","used_at":"0001-01-01T00:00:00Z"},{"code":"fresh3ab"}]}}`),
			`"backupCodes":["fresh1ab","fresh2ab","fresh3ab"]`, brought},
		{"Kratos' app", kratos(`"totp":{"config":{"totp_url":"otpauth://totp/a:b?secret=JBSWY3DPEHPK3PXP&algorithm=SHA1&digits=6&period=30"}}`), `"totpSecret":"JBSWY3DPEHPK3PXP"`, brought},
		{"an app with other codes", kratos(`"totp":{"config":{"totp_url":"otpauth://totp/a:b?secret=JBSWY3DPEHPK3PXP&algorithm=SHA256"}}`), "", left},
		{"a security key", kratos(`"webauthn":{"config":{}}`), "", left},
		{"SuperTokens' device", supertokens(`{"secretKey":"JBSWY3DPEHPK3PXP","period":30}`), `"totpSecret":"JBSWY3DPEHPK3PXP"`, brought},
		{"two devices", supertokens(`{"secretKey":"JBSWY3DPEHPK3PXP"},{"secretKey":"KRSXG5CTMVRXEZLU"}`), `"totpSecret":"JBSWY3DPEHPK3PXP"`, left},
		{"another period", supertokens(`{"secretKey":"JBSWY3DPEHPK3PXP","period":60}`), "", left},
		{"Clerk's", `[{"id":"user_1","username":"ada","email_addresses":[],"external_accounts":[],"totp_secret":"JBSWY3DPEHPK3PXP","backup_codes":["abcd1234"]}]`,
			`"backupCodes":["abcd1234"],"totpSecret":"JBSWY3DPEHPK3PXP"`, brought},
		{"a secret that is none", `[{"id":"user_1","username":"ada","email_addresses":[],"external_accounts":[],"totp_secret":"not base32"}]`, `"not base32"`, left},
		{"codes of another make", `[{"id":"user_1","username":"ada","email_addresses":[],"external_accounts":[],"backup_codes":["{SHA}W6ph5Mm5Pz8GgiULbPgzG37mj9g="]}]`, "backupCodes", left},
	} {
		b := newBench(t, t.TempDir())
		if p, report, err := b.bring(t, strings.NewReader(row.text), importer.Options{}); err != nil || p.Created != 1 || p.FactorsLeft != row.left {
			t.Errorf("%s: %+v, %v\n%s", row.name, p, err, report)
		}
		got := string(export(t, b, true))
		if !strings.Contains(got, row.want) || row.want == "" && strings.Contains(got, "totpSecret") {
			t.Errorf("%s: %s, want %q in it", row.name, got, row.want)
		}
	}
}
