package importer_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gokuzzle/kuzzle/kuzzle/accounts/imports"
	"github.com/gokuzzle/kuzzle/kuzzle/importer"
)

// told is one user in three files of a source: the first says everything, the next
// nothing but who it is, the last that all the rest is null. left is what is kept
// of the user then.
type told struct{ format, all, absent, null, left string }

const bcryptOfPassword = "$2y$10$OWdRCd0yDJNdykD20stMxOl6iJ1qfaCQBjgg2GUU7AIykFom1ziJa"

var tellings = []told{
	{
		"auth0",
		`[{"user_id":"auth0|1","username":"ada","email":"ada@example.com","phone_number":"+12015550123","given_name":"Ada","family_name":"L","name":"Ada L",
			"nickname":"a","picture":"p","password_hash":"` + bcryptOfPassword + `","identities":[{"provider":"github","user_id":7}],
			"app_metadata":{"plan":"pro","seats":3},"user_metadata":{"color":"red","size":2}}]`,
		`[{"user_id":"auth0|1"}]`,
		`[{"user_id":"auth0|1","username":null,"email":null,"phone_number":null,"given_name":null,"family_name":null,"name":null,
			"nickname":null,"picture":null,"password_hash":null,"identities":null,"app_metadata":{"seats":null},"user_metadata":null}]`,
		`{"content":{"profileIds":["default"]},"accountMetadata":{"private":{"plan":"pro"}},"credentials":{"external":{"accounts":["auth0:auth0|1"]}}}`,
	}, {
		"clerk",
		`[{"id":"user_1","username":"ada","email_addresses":[{"id":"e1","email_address":"ada@example.com","verification":{"status":"verified"}}],
			"primary_email_address_id":"e1","phone_numbers":[{"phone_number":"+12015550123","verification":{"status":"verified"}}],
			"first_name":"Ada","last_name":"L","password_digest":"` + bcryptOfPassword + `","password_hasher":"bcrypt","totp_secret":"JBSWY3DPEHPK3PXP",
			"backup_codes":["one","two"],"external_accounts":[{"provider":"oauth_github","provider_user_id":"7"}],
			"public_metadata":{"a":1},"private_metadata":{"b":2},"unsafe_metadata":{"c":3}}]`,
		`[{"id":"user_1","primary_email_address_id":"e1"}]`,
		`[{"id":"user_1","username":null,"email_addresses":null,"primary_email_address_id":null,"phone_numbers":null,"first_name":null,"last_name":null,
			"password_digest":null,"totp_secret":null,"external_accounts":null,"public_metadata":null,"private_metadata":null,"unsafe_metadata":null}]`,
		`{"content":{"profileIds":["default"]},"factors":{"backupCodes":["one","two"]},"credentials":{"external":{"accounts":["clerk:user_1"]}}}`,
	}, {
		"firebase",
		`{"users":[{"localId":"1","email":"ada@example.com","emailVerified":true,"phoneNumber":"+12015550123","displayName":"Ada L","photoUrl":"p",
			"customAttributes":"{\"plan\":\"pro\"}","providerUserInfo":[{"providerId":"google.com","rawId":"7"}]}]}`,
		`{"users":[{"localId":"1"}]}`,
		`{"users":[{"localId":"1","email":null,"phoneNumber":null,"displayName":null,"photoUrl":null,"customAttributes":null,"passwordHash":null,"providerUserInfo":null}]}`,
		`{"content":{"profileIds":["default"]},"credentials":{"external":{"accounts":["firebase:1"]}}}`,
	}, {
		"keycloak",
		`{"realm":"r","users":[{"id":"1","username":"ada","email":"ada@example.com","emailVerified":true,"firstName":"Ada","lastName":"L",
			"attributes":{"town":["Ulm"],"plan":["pro"]},"federatedIdentities":[{"identityProvider":"github","userId":"7"}],"credentials":[
			{"type":"otp","credentialData":"{\"subType\":\"totp\",\"digits\":6,\"period\":30,\"algorithm\":\"HmacSHA1\"}","secretData":"{\"value\":\"12345678901234567890\"}"}]}]}`,
		`{"realm":"r","users":[{"id":"1"}]}`,
		`{"realm":"r","users":[{"id":"1","username":null,"email":null,"firstName":null,"lastName":null,"attributes":{"town":null},"federatedIdentities":null,"credentials":null}]}`,
		`{"content":{"profileIds":["default"],"attributes":{"plan":["pro"]}},"credentials":{"external":{"accounts":["keycloak:1"]}}}`,
	}, {
		"kratos",
		`[{"id":"1","traits":{"email":"ada@example.com","username":"ada","town":"Ulm"},"verifiable_addresses":[{"value":"ada@example.com","via":"email","verified":true}],
			"metadata_public":{"a":1},"metadata_admin":{"b":2},"credentials":{"password":{"identifiers":["ada"],"config":{"hashed_password":"` + bcryptOfPassword + `"}},
			"oidc":{"config":{"providers":[{"provider":"github","subject":"7"}]}},"totp":{"config":{"totp_url":"otpauth://totp/a?secret=JBSWY3DPEHPK3PXP"}},
			"lookup_secret":{"config":{"recovery_codes":[{"code":"one"}]}}}}]`,
		`[{"id":"1","traits":{}}]`,
		`[{"id":"1","traits":{"email":null,"username":null,"town":null},"metadata_public":null,"metadata_admin":null,
			"credentials":{"password":null,"oidc":null,"lookup_secret":null}}]`,
		`{"content":{"profileIds":["default"]},"factors":{"totpSecret":"JBSWY3DPEHPK3PXP"},"credentials":{"external":{"accounts":["kratos:1"]}}}`,
	}, {
		"kuzzle",
		`{"users":{"1":{"content":{"profileIds":["default"],"name":"Ada","address":{"town":"Ulm","zip":"89073"}},
			"credentials":{"digest-import":{"username":"ada","passwordDigest":"` + bcryptOfPassword + `","passwordHasher":"bcrypt"},"external":{"email":"ada@example.com"}}}}}`,
		`{"users":{"1":{"content":{}}}}`,
		`{"users":{"1":{"content":{"name":null,"address":{"zip":null}},"credentials":{"local":null}}}}`,
		`{"content":{"profileIds":["default"],"address":{"town":"Ulm"}},"credentials":{"external":{"email":["ada@example.com"]}}}`,
	}, {
		"json",
		`{"id":"1","username":"ada","email":"ada@example.com","phone":"+12015550123","firstName":"Ada","passwordHash":"` + bcryptOfPassword + `","accounts":["github:7"],
			"totpSecret":"JBSWY3DPEHPK3PXP","backupCodes":["one"],"content":{"town":"Ulm","plan":"pro"},"private":{"a":1,"b":{"c":2,"d":3}}}`,
		`{"id":"1"}`,
		`{"id":"1","username":null,"email":null,"phone":null,"firstName":null,"passwordHash":null,"accounts":null,
			"totpSecret":null,"content":{"plan":null},"private":{"a":null,"b":{"c":null}}}`,
		`{"content":{"profileIds":["default"],"town":"Ulm"},"private":{"b":{"d":3}},"factors":{"backupCodes":["one"]},"credentials":{"external":{"accounts":["json:1"]}}}`,
	}, {
		"json", // whole parts
		`{"kuid":"1","username":"ada","passwordHash":"` + bcryptOfPassword + `","content":{"town":"Ulm"},"private":{"a":1},"factors":{"totpSecret":"JBSWY3DPEHPK3PXP"},"accountContacts":[{"kind":"email","value":"a@example.com"}]}`,
		`{"kuid":"1"}`,
		`{"kuid":"1","content":null,"private":null,"factors":null,"credentials":null,"accountContacts":null}`,
		`{"content":{"profileIds":["default"]}}`,
	},
}

// kept is all that is kept of the only user, without what tells when it was made.
func (b *bench) keptOfOne(t *testing.T) (kept map[string]any) {
	t.Helper()
	if err := json.Unmarshal(export(t, b, true), &kept); err != nil {
		t.Fatal(err)
	}
	delete(kept, "kuid")
	delete(kept, "createdAt")
	return kept
}

// TestAbsentKeepsNullRemoves: whatever the source, a merge keeps what the new file
// does not mention and removes what is null in it, and the same file again changes
// nothing. On Elasticsearch the source that says most stands for the others.
func TestAbsentKeepsNullRemoves(t *testing.T) {
	for store, open := range map[string]func(t *testing.T) *bench{
		"sqlite":        func(t *testing.T) *bench { return newBench(t, t.TempDir()) },
		"elasticsearch": func(t *testing.T) *bench { return newCluster(t) },
	} {
		for _, c := range tellings {
			if store == "elasticsearch" && c.format != "clerk" {
				continue
			}
			t.Run(store+" "+c.format, func(t *testing.T) {
				b := open(t)
				how := importer.Options{Format: c.format, OnConflict: imports.ConflictMerge, MergeCredentials: true}
				bring := func(text string, want importer.Counts) map[string]any {
					t.Helper()
					for _, dry := range []bool{true, false} {
						how.DryRun = dry
						p, report, err := b.bring(t, strings.NewReader(text), how)
						want.Rows = 1
						if diff := cmp.Diff(want, p.Counts); diff != "" || err != nil {
							t.Fatalf("%s (dry run: %t): %v, counts (-want +got):\n%s\n%s", text, dry, err, diff, report)
						}
					}
					return b.keptOfOne(t)
				}
				all := bring(c.all, importer.Counts{Created: 1})
				if diff := cmp.Diff(all, bring(c.absent, importer.Counts{Merged: 1})); diff != "" {
					t.Errorf("what is absent is kept (-want +got):\n%s", diff)
				}
				var left map[string]any
				if err := json.Unmarshal([]byte(c.left), &left); err != nil {
					t.Fatal(err)
				}
				if diff := cmp.Diff(left, bring(c.null, importer.Counts{Merged: 1})); diff != "" {
					t.Errorf("what is null is removed (-want +got):\n%s", diff)
				}
				bring(c.null, importer.Counts{Unchanged: 1})
				bring(c.absent, importer.Counts{Merged: 1})
			})
		}
	}
}
