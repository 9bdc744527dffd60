package importer_test

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/gokuzzle/kuzzle/kuzzle/accounts/imports"
	"github.com/gokuzzle/kuzzle/kuzzle/importer"
	"github.com/gokuzzle/kuzzle/kuzzle/importer/exports"
	"github.com/gokuzzle/kuzzle/kuzzle/storage"
)

// thousand is a file of 1,000 users, from testdata/exports, made by its system's own program
// or after its documentation: user0 to user999, of whom twenty passwords go round.
type thousand struct {
	system, file string
	// name is how they log in, %d being the number: by their address if it is empty.
	name string
	// without is set if the file has no digests.
	without bool
	// cluster is set for those whose fresh instance is on Elasticsearch, which takes longer.
	cluster bool
	options importer.Options
}

var thousands = []thousand{
	{system: "Auth0", file: "auth0-bulk.ndjson", without: true},
	{system: "Auth0", file: "auth0-labels.ndjson", without: true},
	{system: "Auth0", file: "auth0-hashes.ndjson"},
	{system: "Auth0", file: "auth0-custom.json"},
	{system: "Clerk", file: "clerk.csv", name: "user%d"},
	{system: "Clerk", file: "clerk-api.json", without: true},
	{system: "Cognito", file: "cognito.csv", without: true},
	{system: "Cognito", file: "cognito-list.json", without: true},
	{system: "Cognito", file: "cognito-pages.json", without: true},
	{system: "Django", file: "django-dumpdata.json", name: "user%d"},
	{system: "Django", file: "django-dumpdata.jsonl"},
	{system: "Django", file: "django-rows.csv", name: "user%d"},
	{system: "Django", file: "django-sqlite.sql"},
	{system: "Firebase", file: "firebase.json"},
	{system: "Firebase", file: "firebase.csv"},
	{system: "Keycloak", file: "keycloak-realm.json", name: "user%d", cluster: true},
	{system: "Keycloak", file: "keycloak-users.json"},
	{system: "Keycloak", file: "keycloak-old.json"},
	{system: "Keycloak", file: "keycloak-bcrypt.json"},
	{system: "Keycloak", file: "keycloak-argon2.json"},
	{system: "Keycloak", file: "keycloak-api.json", without: true},
	{system: "Kratos", file: "kratos-list.json"},
	{system: "Kratos", file: "kratos-cli.json"},
	{system: "LDAP", file: "openldap.ldif", name: "user%d"},
	{system: "LDAP", file: "ldapsearch.ldif"},
	{system: "Supabase", file: "supabase.csv", cluster: true},
	{system: "Supabase", file: "supabase.json"},
	{system: "Supabase", file: "supabase.sql"},
	{system: "Supabase", file: "supabase-inserts.sql"},
	{system: "WordPress", file: "wordpress.sql", name: "user%d"},
	{system: "WordPress", file: "wordpress-complete.sql"},
	{system: "WordPress", file: "wordpress-rows.csv"},
	{system: "WordPress", file: "wordpress-list.csv", without: true},
	{system: "WordPress", file: "wordpress-list.json"},
	{system: "Appwrite", file: "appwrite.json"},
	{system: "Auth.js (NextAuth)", file: "authjs.json", without: true},
	{system: "Better Auth", file: "better-auth.ndjson", name: "user%d"},
	{system: "Devise (Rails)", file: "devise.csv", name: "user%d"},
	{system: "FusionAuth", file: "fusionauth.json", name: "user%d"},
	{system: "Google Workspace", file: "google-workspace.csv", without: true},
	{system: "Laravel", file: "laravel.csv"},
	{system: "Meteor", file: "meteor.ndjson", name: "user%d"},
	{system: "MongoDB (an application's collection)", file: "mongodb.ndjson"},
	{system: "Okta", file: "okta.csv", without: true},
	{system: "Parse", file: "parse.ndjson"},
	{system: "PocketBase", file: "pocketbase.json"},
	{system: "SuperTokens", file: "supertokens.json"},
	{system: "Zitadel", file: "zitadel.json"},
}

// smaller are files of the other listed systems, in testdata.
var smaller = map[string][]string{
	"Any JSON":    {"plain.ndjson"},
	"Any table":   {"field/salt.csv", "field/pgcopy.tsv"},
	"Clerk":       {"clerk.json"},
	"Drupal":      {"drupal.csv"},
	"Kuzzle":      {"kuzzle.json"},
	"SuperTokens": {"supertokens.json"},

	"Laravel":    {"systems/laravel.json", "systems/phpmyadmin.json"},
	"Okta":       {"systems/okta.json"},
	"Parse":      {"systems/parse-com.json"},
	"PocketBase": {"systems/pocketbase.csv"},
	"Zitadel":    {"systems/zitadel-users.json"},
}

// flags are the options that a listed format needs.
func flags(t testing.TB, format string) (o importer.Options) {
	if format == "firebase" {
		if err := json.Unmarshal(testdata(t, "exports/firebase.options.json"), &o.Firebase); err != nil {
			t.Fatal(err)
		}
	}
	return o
}

// TestListedExports: there are files of every listed system, in every form unless they are
// of a kind with others. Every format is listed.
func TestListedExports(t *testing.T) {
	formats := importer.Formats()
	for _, e := range exports.All() {
		files := len(smaller[e.System])
		for _, file := range smaller[e.System] {
			from := newBench(t, t.TempDir())
			p, report, err := from.bring(t, bytes.NewReader(testdata(t, file)), flags(t, e.Format))
			if err != nil || p.Created == 0 || p.Failed > 0 || p.Format != e.Format {
				t.Errorf("%s: %s as %s: %+v, %v\n%s", e.System, file, p.Format, p.Counts, err, report)
				continue
			}
			from.moveTo(t, newBench(t, t.TempDir()), from.users())
		}
		for _, file := range thousands {
			if file.system == e.System {
				files++
			}
		}
		if files < len(e.Files) && e.Format != "kuzzle" {
			t.Errorf("%s has %d files for %d forms", e.System, files, len(e.Files))
		}
		if (e.Flags != "") != (e.Format == "firebase" || e.Format == "cognito") {
			t.Errorf("%s: flags: %q", e.System, e.Flags)
		}
		formats = slices.DeleteFunc(formats, func(name string) bool { return name == e.Format })
	}
	if len(formats) > 0 {
		t.Errorf("formats that are not listed: %v", formats)
	}
}

// everybody makes all 1,000 of each file come in, log in and move to a fresh instance, on both stores.
const everybody = "KUZZLE_EVERYBODY"

// writtenEvery says which users of a file are written otherwise: one of so many, the first and the last of
// 1,000 among them. What goes round among users has other periods, so that the sample has all of it.
const writtenEvery = 9

// sampleSize is the number of those users.
func sampleSize() int64 {
	if os.Getenv(everybody) != "" {
		return 1000
	}
	return 1000/writtenEvery + 1
}

// movedEvery says which files' users move otherwise: one file's of so many.
const movedEvery = 5

// TestThousand imports every file with the flags that the list names and no others, and
// exports users into a fresh instance. They log in with the right password, and nobody
// with a wrong one or the digest. Every row is read and checked, and a sample is written.
func TestThousand(t *testing.T) {
	formats := map[string]string{}
	for _, e := range exports.All() {
		formats[e.System] = e.Format
	}
	for at, file := range thousands {
		t.Run(file.file, func(t *testing.T) {
			file.options = flags(t, formats[file.system])
			from := newBench(t, t.TempDir())
			file.comeIn(t, from, formats[file.system])
			if os.Getenv(everybody) != "" {
				file.comeIn(t, newCluster(t), formats[file.system])
			} else if !file.cluster && at%movedEvery != 0 {
				return
			}
			var to *bench
			if file.cluster {
				to = newCluster(t)
			} else {
				to = newBench(t, t.TempDir())
			}
			from.moveTo(t, to, sampleSize())
			file.logIn(t, to)
		})
	}
}

// moveTo exports all users and imports them into a fresh instance, whose export is the same.
func (b *bench) moveTo(t *testing.T, to *bench, users int64) {
	t.Helper()
	whole := export(t, b, true)
	p, report, err := to.bring(t, bytes.NewReader(whole), importer.Options{})
	if err != nil || p.Created != users || p.Rows != users || refused(report) != "" {
		t.Fatalf("into a fresh instance: %+v, %v\n%.2000s", p.Counts, err, report)
	}
	if diff := gocmp.Diff(string(whole), string(export(t, to, true))); diff != "" {
		t.Errorf("the fresh instance has other users (-want +got):\n%.2000s", diff)
	}
}

func (f thousand) comeIn(t *testing.T, b *bench, format string) {
	t.Helper()
	p, report, err := bringTo(t, b.sample(), bytes.NewReader(testdata(t, "exports/"+f.file+".gz")), f.options)
	if err := b.store.Refresh(t.Context(), storage.Users); err != nil {
		t.Fatal(err)
	}
	if err != nil || p.Created != 1000 || p.Rows != 1000 || b.users() != sampleSize() || p.Format != format || refused(report) != "" {
		t.Fatalf("as %s: %d users, %+v, %v\n%.2000s", p.Format, b.users(), p.Counts, err, report)
	}
	if without := p.NoPassword == 1000; without != f.without || p.NoPassword%1000 != 0 {
		t.Errorf("%d have no password", p.NoPassword)
	}
	f.logIn(t, b)
}

// sample is a sink that writes a sample of a file's users. The others are only checked, by a dry run.
func (b *bench) sample() importer.Sink {
	into := importer.Into(b.Accounts, operator)
	if os.Getenv(everybody) != "" {
		return into
	}
	at := 0
	return importer.Serially(func(ctx context.Context, how imports.Import, all importer.Batch) ([]importer.Outcome, error) {
		if how.DryRun { // the run asks whose numbers a file has
			return into(ctx, how, all)()
		}
		sample, others := all, importer.Batch{}
		sample.Users = nil
		var from []*[]importer.Outcome // of each user, which outcomes have theirs next
		var written, checked []importer.Outcome
		for _, user := range all.Users {
			if at++; at%writtenEvery == 1 {
				sample.Users, from = append(sample.Users, user), append(from, &written)
			} else {
				others.Users, from = append(others.Users, user), append(from, &checked)
			}
		}
		var err, failed error
		written, err = into(ctx, how, sample)()
		how.DryRun = true
		checked, failed = into(ctx, how, others)()
		if err = errors.Join(err, failed); err != nil || len(from) == 0 {
			return written, err
		}
		outcomes := make([]importer.Outcome, len(from))
		for i, of := range from {
			outcomes[i], *of = (*of)[0], (*of)[1:]
		}
		return outcomes, nil
	})
}

// logIn logs in users of six passwords, or everybody. Some of them try a wrong password and their digest too.
func (f thousand) logIn(t *testing.T, b *bench) {
	t.Helper()
	const passwords, atOnce = 20, 8
	_, rows, _, err := importer.Glance(testdata(t, "exports/"+f.file+".gz"), f.options, passwords)
	if err != nil {
		t.Fatal(err)
	}
	name := cmp.Or(f.name, "user%d@example.com")
	var logins sync.WaitGroup
	free := make(chan struct{}, atOnce)
	for n := range 1000 {
		sample := n%(22*writtenEvery) == 0 // of six passwords
		if !sample && (f.without || os.Getenv(everybody) == "") {
			continue
		}
		free <- struct{}{}
		logins.Go(func() {
			defer func() { <-free }()
			name, password := fmt.Sprintf(name, n), fmt.Sprintf("Tr0ub4dor&3 ü%d", n%passwords)
			if err := b.login(t, name, password); (err == nil) == f.without {
				t.Errorf("%s: %v", name, err)
			}
			for _, wrong := range []string{password + "x", rows[n%passwords].Digest, rows[n%passwords].Password} {
				if n%(66*writtenEvery) == 0 && b.login(t, name, wrong) == nil {
					t.Errorf("%s logs in with %q", name, wrong)
				}
			}
		})
	}
	logins.Wait()
}

// TestPrintedExports fits a terminal of 80 columns and has every text.
func TestPrintedExports(t *testing.T) {
	var out bytes.Buffer
	if err := exports.Print(&out); err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(out.String()) {
		if len(line) > 81 {
			t.Errorf("a line is too long: %s", line)
		}
	}
	words := strings.Join(strings.Fields(out.String()), " ")
	for _, e := range exports.All() {
		for _, text := range append(e.Files, e.System, "--format "+e.Format, e.Known, e.Comes, e.Stays, e.Flags) {
			if !strings.Contains(words, strings.Join(strings.Fields(text), " ")) {
				t.Errorf("%s: %q is not printed", e.System, text)
			}
		}
	}
}
