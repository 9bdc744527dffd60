package accounts_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gokuzzle/kuzzle/kuzzle/accounts"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/accountstest"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/imports"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/logins"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/sessions"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/users"
	"github.com/gokuzzle/kuzzle/kuzzle/digest"
	"github.com/gokuzzle/kuzzle/kuzzle/fault"
	"github.com/gokuzzle/kuzzle/kuzzle/storage"
	"github.com/gokuzzle/kuzzle/strategies"
	"github.com/gokuzzle/kuzzle/strategies/backupcode"
	"github.com/gokuzzle/kuzzle/strategies/totp"
	"github.com/gokuzzle/kuzzle/strategies/totp/totptest"
)

const broughtSecret = "JBSWY3DPEHPK3PXP"

// shown returns the app's next code. It advances the clock, so that no step is used twice.
func shown(t *testing.T, b *accountstest.Bench) string {
	t.Helper()
	return shownOf(t, b, broughtSecret)
}

func shownOf(t *testing.T, b *accountstest.Bench, secret string) string {
	t.Helper()
	b.Advance(totptest.Step)
	return totptest.Code(t, secret, b.Now)
}

// factorBench has the strategies of imported users and second factors.
func factorBench(t *testing.T) *accountstest.Bench {
	t.Helper()
	b := accountstest.New(t, nil)
	useFactors(t, b)
	return b
}

func useFactors(t *testing.T, b *accountstest.Bench) {
	t.Helper()
	b.UseImporting(t)
	b.Use(t, totp.Name, totp.New)
	b.Use(t, backupcode.Name, backupcode.New)
}

func withFactors(id, name string, factors map[string]any) imports.Row {
	row := accountstest.ImportedRow(id, name)
	row.Factors = factors
	return row
}

// begin logs in with the password and returns the challenge, nil for a session.
func begin(t *testing.T, b *accountstest.Bench, name string) *strategies.Challenge {
	t.Helper()
	_, step, err := b.Logins.Login(t.Context(), users.Actor{}, logins.Login{Strategy: "local", Credentials: map[string]any{"username": name, "password": "password"}})
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	if step == nil {
		return nil
	}
	return step.Challenge
}

func finish(t *testing.T, b *accountstest.Bench, factor string, asked *strategies.Challenge, code string) error {
	t.Helper()
	if asked == nil {
		t.Fatal("no second factor is asked for")
	}
	_, _, err := b.Logins.Login(t.Context(), users.Actor{}, logins.Login{Strategy: factor, Credentials: map[string]any{"challenge": asked.Token, "code": code}})
	return err
}

// TestSecondFactorCost checks that a login with a code costs one hash, and at most two reads more
// than one without, even if nothing may be cached.
func TestSecondFactorCost(t *testing.T) {
	pool := digest.NewPool(digest.Limits{})
	b, store := accountstest.NewAsked(t, func(o *accounts.Options) { o.Pool, o.Fresh = pool, storage.ReadThrough{} })
	useFactors(t, b)
	b.Bring(t, imports.Import{Source: "old"}, accountstest.ImportedRow("1", "plain"), withFactors("2", "proven", map[string]any{"totpSecret": broughtSecret}))
	reads := func(name string) (n int, hashes uint64) {
		before := pool.Stats().Done
		store.Taken()
		if asked := begin(t, b, name); asked != nil {
			if err := finish(t, b, totp.Name, asked, shown(t, b)); err != nil {
				t.Fatal(err)
			}
		}
		for _, trip := range store.Taken() {
			if !strings.HasPrefix(trip, "commit ") {
				n++
			}
		}
		return n, uint64(pool.Stats().Done - before)
	}
	for range 2 { // the first login renews the digest and adopts the factor
		reads("plain")
		reads("proven")
	}
	plain, _ := reads("plain")
	proven, hashes := reads("proven")
	if proven > plain+2 || hashes != 1 {
		t.Errorf("with a code: %d reads and %d hashes; without: %d reads; want two more and one hash", proven, hashes, plain)
	}
}

// TestBroughtFactors checks that users with an imported second factor are asked for it from their
// first login on, and that factors which no strategy accepts are reported.
func TestBroughtFactors(t *testing.T) {
	b := factorBench(t)
	rows := []imports.Row{
		withFactors("1", "anna", map[string]any{"totpSecret": broughtSecret, "backupCodes": []any{"abcd-1234", "efgh-5678"}}),
		withFactors("2", "bert", map[string]any{"totpSecret": "not base32", "backupCodes": []any{"abcd1234"}}),
		withFactors("3", "carl", map[string]any{"totpSecret": "not base32"}),
		withFactors("4", "dora", map[string]any{"totpSecret": broughtSecret}),
		accountstest.ImportedRow("5", "emil"),
	}
	rows[4].FactorLeft = true
	for _, dry := range []bool{true, false} {
		results, err := b.Imports.Import(t.Context(), accountstest.Admin, imports.Import{Source: "old", DryRun: dry}, rows)
		if err != nil {
			t.Fatal(err)
		}
		for i, want := range []bool{false, true, true, false, true} {
			if results[i].FactorLeft != want || results[i].Status != imports.RowCreated {
				t.Errorf("row %d, dry %t: a factor is left: %t, want %t (%s)", i, dry, results[i].FactorLeft, want, accountstest.Said(results[i]))
			}
		}
	}
	for name, want := range map[string][]string{"anna": {"totp", "backup-code"}, "bert": {"backup-code"}, "dora": {"totp"}} {
		for range 2 {
			asked := begin(t, b, name)
			if asked == nil || !slices.Equal(asked.Factors, want) {
				t.Fatalf("%s is asked for %v, want %v", name, asked, want)
			}
		}
	}
	for _, name := range []string{"carl", "emil"} {
		if asked := begin(t, b, name); asked != nil {
			t.Errorf("%s is asked for %v", name, asked.Factors)
		}
	}
	if err := finish(t, b, totp.Name, begin(t, b, "anna"), shown(t, b)); err != nil {
		t.Errorf("anna's code: %v", err)
	}
	if err := finish(t, b, backupcode.Name, begin(t, b, "anna"), "EFGH 5678"); err != nil {
		t.Errorf("anna's backup code: %v", err)
	}
	if err := finish(t, b, backupcode.Name, begin(t, b, "anna"), "efgh-5678"); !errors.Is(err, strategies.ErrRefused) {
		t.Errorf("anna's backup code again: %v", err)
	}
	// The same file again changes nothing, and restores no used code.
	if got := b.Bring(t, imports.Import{Source: "old"}, rows...); !slices.Equal(got, slices.Repeat([]string{"unchanged"}, 5)) {
		t.Errorf("again: %v", got)
	}
	if err := finish(t, b, backupcode.Name, begin(t, b, "anna"), "efgh-5678"); !errors.Is(err, strategies.ErrRefused) {
		t.Errorf("anna's backup code after the import again: %v", err)
	}
	// Administrators can help users who lost the app, even before their first login here.
	late, err := b.Imports.Import(t.Context(), accountstest.Admin, imports.Import{Source: "old"}, []imports.Row{withFactors("6", "fritz", map[string]any{"totpSecret": broughtSecret})})
	if err != nil {
		t.Fatal(err)
	}
	if err := b.Credentials.DeleteCredentials(t.Context(), accountstest.Admin, late[0].Kuid, totp.Name, nil, false); err != nil {
		t.Fatal(err)
	}
	if asked := begin(t, b, "fritz"); asked != nil {
		t.Errorf("without the factor fritz is asked for %v", asked.Factors)
	}
}

// TestImportsProveNothing checks that users who import a row of their own get no second factor that
// they could not add themselves, and that users who enrolled a factor here get no other one.
func TestImportsProveNothing(t *testing.T) {
	b := factorBench(t)
	codes := func(name string) imports.Row {
		return withFactors(name, name, map[string]any{"backupCodes": []any{"abcd1234"}})
	}
	merge := func(by users.Actor, row imports.Row) imports.RowResult {
		t.Helper()
		results, err := b.Imports.Import(t.Context(), by, imports.Import{Source: "old", OnConflict: imports.ConflictMerge, MergeCredentials: true}, []imports.Row{row})
		if err != nil {
			t.Fatal(err)
		}
		return results[0]
	}
	made := merge(accountstest.Admin, withFactors("anna", "anna", map[string]any{"totpSecret": broughtSecret}))
	if made.Err != nil {
		t.Fatal(made.Err)
	}
	own := accountstest.ImportedRow("anna", "anna")
	own.Credentials[backupcode.Name] = map[string]any{"codes": []any{"abcd1234"}}
	for name, row := range map[string]imports.Row{"factors": codes("anna"), "credentials": own} {
		if got := merge(users.Actor{Kuid: made.Kuid}, row); !errors.Is(got.Err, sessions.ErrFactorRequired) {
			t.Errorf("one's own %s: %s, %v", name, accountstest.Said(got), got.Err)
		}
	}
	if asked := begin(t, b, "anna"); asked == nil || !slices.Equal(asked.Factors, []string{totp.Name}) {
		t.Errorf("anna is asked for %v, want totp alone", asked)
	}

	dora := merge(accountstest.Admin, accountstest.ImportedRow("dora", "dora")).Kuid
	begun, err := b.Act(t, "enrol", strategies.Call{Kuid: dora})
	if err != nil {
		t.Fatal(err)
	}
	enrolled := begun.(totp.Enrolment)
	by := users.Actor{Kuid: dora, Self: true, Factors: map[string]int64{"local": b.Now.Add(time.Hour).UnixMilli()}}
	if _, err := b.Credentials.CreateCredentials(t.Context(), by, dora, totp.Name, map[string]any{
		"enrolment": enrolled.Enrolment, "code": shownOf(t, b, enrolled.Secret),
	}, true); err != nil {
		t.Fatal(err)
	}
	if got := merge(accountstest.Admin, codes("dora")); got.Err != nil {
		t.Errorf("an administrator's import: %v", got.Err)
	}
	if asked := begin(t, b, "dora"); asked == nil || !slices.Equal(asked.Factors, []string{totp.Name}) {
		t.Errorf("dora is asked for %v, want totp alone", asked)
	}
}

// TestImportsOfOneselfNeedTheFactor checks that users with a second factor change credentials of their
// own by an import only with a fresh proof of that factor, as by any other action; other data they may.
func TestImportsOfOneselfNeedTheFactor(t *testing.T) {
	b := factorBench(t)
	bring := func(by users.Actor, dryRun bool, row imports.Row) imports.RowResult {
		t.Helper()
		how := imports.Import{Source: "old", OnConflict: imports.ConflictMerge, MergeCredentials: true, DryRun: dryRun}
		results, err := b.Imports.Import(t.Context(), by, how, []imports.Row{row})
		if err != nil {
			t.Fatal(err)
		}
		return results[0]
	}
	dora := bring(accountstest.Admin, false, accountstest.ImportedRow("dora", "dora")).Kuid
	begun, err := b.Act(t, "enrol", strategies.Call{Kuid: dora})
	if err != nil {
		t.Fatal(err)
	}
	enrolled := begun.(totp.Enrolment)
	by := users.Actor{Kuid: dora, Self: true, Creates: true, Factors: map[string]int64{"local": b.Now.Add(time.Hour).UnixMilli()}}
	if _, err := b.Credentials.CreateCredentials(t.Context(), by, dora, totp.Name, map[string]any{
		"enrolment": enrolled.Enrolment, "code": shownOf(t, b, enrolled.Secret),
	}, true); err != nil {
		t.Fatal(err)
	}
	row := func(credentials map[string]any) imports.Row {
		row := accountstest.ImportedRow("dora", "dora")
		row.ID, row.Key, row.Credentials = dora, strategies.Identifier{}, credentials
		return row
	}
	password := row(map[string]any{"digest-import": accountstest.ImportedRow("dora", "dora").Credentials["digest-import"]})
	name := row(map[string]any{"external": map[string]any{"username": "dora2"}})
	external := row(nil)
	external.Details = map[string]any{users.ExternalIDDetail: "elsewhere"}
	gone := row(nil)
	gone.Removes = []string{imports.CredentialsPart + ".digest-import"}
	proved := by
	proved.Factors = map[string]int64{totp.Name: b.Now.UnixMilli()}
	for what, row := range map[string]imports.Row{"password": password, "name": name, "external id": external, "removal": gone} {
		for _, dryRun := range []bool{true, false} {
			if got := bring(by, dryRun, row); !errors.Is(got.Err, sessions.ErrFactorRequired) {
				t.Errorf("one's own %s, a dry run %v: %s, %v", what, dryRun, accountstest.Said(got), got.Err)
			}
		}
		if got := bring(proved, true, row); got.Err != nil {
			t.Errorf("one's own %s with a proof: %v", what, got.Err)
		}
		if got := bring(accountstest.Admin, true, row); got.Err != nil {
			t.Errorf("the %s by an administrator: %v", what, got.Err)
		}
	}
	how := imports.Import{Source: "old", OnConflict: imports.ConflictMerge, MergeCredentials: true, DryRun: true}
	for _, test := range []struct {
		sender users.Actor
		want   *fault.Kind
	}{{by, sessions.ErrFactorRequired}, {proved, nil}} {
		results, err := b.Imports.Importer(accountstest.Admin, test.sender).Begin(t.Context(), how, []imports.Row{password})()
		if err != nil {
			t.Fatal(err)
		}
		if got := results[0].Err; test.want == nil && got != nil || test.want != nil && !errors.Is(got, test.want) {
			t.Errorf("a row about its sender in the import of another: %v, want %v", got, test.want)
		}
	}
	content := row(nil)
	content.Content["town"] = "Oslo"
	if got := bring(by, false, content); got.Err != nil {
		t.Errorf("one's own content: %v", got.Err)
	}
	proved.Factors = map[string]int64{totp.Name: b.Now.Add(-time.Hour).UnixMilli()}
	if got := bring(proved, false, password); !errors.Is(got.Err, sessions.ErrFactorRequired) {
		t.Errorf("an old proof: %v", got.Err)
	}
}

// TestFactorsAtOnce: whatever happens during a session's change of second factors, the change is
// refused if the session has not proved the factor that exists at the end, or was ended meanwhile.
func TestFactorsAtOnce(t *testing.T) {
	for _, row := range []struct {
		name string
		// change is made by one session; another session does meanwhile in the middle of it.
		change, meanwhile string
		want              error
		left              []string
	}{
		{"codes while an app is enrolled", "codes", "app", sessions.ErrFactorRequired, []string{totp.Name}},
		{"an app while codes are drawn", "app", "codes", sessions.ErrFactorRequired, []string{backupcode.Name}},
		{"removal while an app is enrolled", "removal", "app", sessions.ErrFactorRequired, []string{totp.Name}},
		{"an app while all sessions end", "app", "revocation", storage.ErrConflict, nil},
		{"an app while nothing else happens", "app", "", nil, []string{totp.Name}},
	} {
		t.Run(row.name, func(t *testing.T) {
			b, store := accountstest.NewBetween(t, nil)
			b.Use(t, totp.Name, totp.New)
			b.Use(t, backupcode.Name, backupcode.New)
			kuid := b.Create(t, accountstest.Person("jdoe", "correct horse")).Kuid
			session := func() users.Actor {
				t.Helper()
				tok, err := b.Login(t, "jdoe", "correct horse")
				if err != nil {
					t.Fatal(err)
				}
				by := b.CallerOf(t, tok)
				by.Self, by.Factors = true, map[string]int64{"password": b.Now.UnixMilli()}
				return by
			}
			one, other := session(), session()
			prepared := map[string]func() error{
				"": func() error { return nil },
				"removal": func() error {
					return b.Credentials.DeleteCredentials(t.Context(), one, kuid, totp.Name, nil, false)
				},
				"revocation": func() error { return b.Sessions.RevokeTokens(t.Context(), accountstest.Admin, kuid) },
			}
			for by, change := range map[*users.Actor]string{&one: row.change, &other: row.meanwhile} {
				create := func(strategy, enrolment, code string) func() error {
					return func() error {
						_, err := b.Credentials.CreateCredentials(t.Context(), *by, kuid, strategy, map[string]any{"enrolment": enrolment, "code": code}, false)
						return err
					}
				}
				switch change {
				case "app":
					begun, err := b.Act(t, "enrol", strategies.Call{Kuid: kuid})
					if err != nil {
						t.Fatal(err)
					}
					e := begun.(totp.Enrolment)
					prepared[change] = create(totp.Name, e.Enrolment, totptest.Code(t, e.Secret, b.Now))
				case "codes":
					begun, err := b.Act(t, "draw", strategies.Call{Kuid: kuid})
					if err != nil {
						t.Fatal(err)
					}
					d := begun.(backupcode.Drawn)
					prepared[change] = create(backupcode.Name, d.Enrolment, d.Codes[0])
				}
			}
			meanwhile := func() {
				store.Reading, store.Writing = nil, nil
				if err := prepared[row.meanwhile](); err != nil {
					t.Error(err)
				}
			}
			// The checks are done by now, an enrolment is used up, and the user is read again.
			store.Writing = func(c storage.Change) {
				if c.In == storage.Flows && c.Put == nil {
					meanwhile()
				}
			}
			reads := 0
			if row.change == "removal" {
				store.Reading = func(of storage.Collection, _ string) error {
					if of == storage.Users {
						if reads++; reads == 2 {
							meanwhile()
						}
					}
					return nil
				}
			}
			if err := prepared[row.change](); !errors.Is(err, row.want) {
				t.Errorf("got %v, want %v", err, row.want)
			}
			if store.Writing != nil {
				t.Fatal("nothing happened meanwhile")
			}
			u, err := b.Accounts.Users.User(t.Context(), kuid)
			if err != nil {
				t.Fatal(err)
			}
			if left := b.Registry.FactorsOf(u.Records); !slices.Equal(left, row.left) {
				t.Errorf("factors after it: %v, want %v", left, row.left)
			}
		})
	}
}

// TestCodesMeanwhile: a right code is accepted if its record changes between the check of the code and
// its use, and each code once.
func TestCodesMeanwhile(t *testing.T) {
	const one, another = "abcd-1234", "efgh-5678"
	for _, row := range []struct {
		name      string
		meanwhile func(t *testing.T, b *accountstest.Bench)
		want      error
	}{
		{"upkeep hashes the codes", func(t *testing.T, b *accountstest.Bench) {
			if done, err := b.Care.Upkeep(t.Context(), backupcode.Name, "", func() bool { return true }); err != nil || done.Improved != 1 {
				t.Errorf("upkeep: %+v, %v", done, err)
			}
		}, nil},
		{"another login uses another code", func(t *testing.T, b *accountstest.Bench) {
			if err := finish(t, b, backupcode.Name, begin(t, b, "anna"), another); err != nil {
				t.Error(err)
			}
		}, nil},
		{"another login uses the same code", func(t *testing.T, b *accountstest.Bench) {
			if err := finish(t, b, backupcode.Name, begin(t, b, "anna"), one); err != nil {
				t.Error(err)
			}
		}, strategies.ErrRefused},
	} {
		for _, how := range []string{"login", "check"} {
			t.Run(row.name+", "+how, func(t *testing.T) {
				b, store := accountstest.NewBetween(t, nil)
				useFactors(t, b)
				brought, err := b.Imports.Import(t.Context(), accountstest.Admin, imports.Import{Source: "old"}, []imports.Row{
					withFactors("1", "anna", map[string]any{"backupCodes": []any{one, another}}),
				})
				if err != nil {
					t.Fatal(err)
				}
				asked := begin(t, b, "anna")
				store.Writing = func(c storage.Change) {
					if how == "login" && c.In == storage.Flows && c.Put == nil || how == "check" && c.In == storage.Users {
						store.Writing = nil
						row.meanwhile(t, b)
					}
				}
				if how == "login" {
					err = finish(t, b, backupcode.Name, asked, one)
				} else {
					_, err = logins.NewChecks(b.Logins).Factor(t.Context(), accountstest.Admin, brought[0].Kuid, []string{backupcode.Name},
						strategies.Credentials{"code": one}, users.NewLockouts(b.Users, users.Lockout{}))
				}
				if !errors.Is(err, row.want) {
					t.Errorf("got %v, want %v", err, row.want)
				}
				if store.Writing != nil {
					t.Fatal("nothing happened meanwhile")
				}
			})
		}
	}
}
