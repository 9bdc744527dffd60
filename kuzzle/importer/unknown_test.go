package importer_test

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/gokuzzle/kuzzle/kuzzle/importer"
	"github.com/gokuzzle/kuzzle/kuzzle/importer/dumps"
	"github.com/gokuzzle/kuzzle/kuzzle/importer/exports"
)

// shoeSize is a member and a column that no system has.
const shoeSize = "shoe_size"

// besides are members of a user's object, and of no other, in the files of a system: a member of
// a stranger is written before the first of them that a file has.
var besides = map[string][]string{
	"Any JSON":                              {`"username"`},
	"Appwrite":                              {`"registration"`},
	"Auth.js (NextAuth)":                    {`"image"`},
	"Auth0":                                 {`"email_verified"`, `"Email Verified"`},
	"Better Auth":                           {`"image"`},
	"Clerk":                                 {`"primary_email_address_id"`},
	"Cognito":                               {`"UserCreateDate"`},
	"Django":                                {`"is_superuser"`},
	"Firebase":                              {`"localId"`},
	"FusionAuth":                            {`"registrations"`},
	"Keycloak":                              {`"createdTimestamp"`},
	"Kratos":                                {`"traits"`},
	"Kuzzle":                                {`"content"`},
	"Laravel":                               {`"email_verified_at"`},
	"Meteor":                                {`"services"`},
	"MongoDB (an application's collection)": {`"isVerified"`},
	"Okta":                                  {`"profile"`},
	"Parse":                                 {`"_created_at"`, `"bcryptPassword"`},
	"PocketBase":                            {`"tokenKey"`},
	"Supabase":                              {`"encrypted_password"`},
	"SuperTokens":                           {`"loginMethods"`},
	"WordPress":                             {`"user_login"`},
	"Zitadel":                               {`"userName"`, `"human"`},
}

// TestStrangeMembers adds a member or a column that no system has to the users of every listed
// system's smaller files, and of some large ones. The report names it, and it is kept where that is asked for.
func TestStrangeMembers(t *testing.T) {
	files := map[string][]string{}
	for system, names := range smaller {
		files[system] = names
	}
	for at, file := range thousands {
		if at%movedEvery == 0 || os.Getenv(everybody) != "" {
			files[file.system] = append(files[file.system], "exports/"+file.file+".gz")
		}
	}
	for _, e := range exports.All() {
		for _, name := range files[e.System] {
			if strings.HasSuffix(name, "firebase.csv.gz") {
				continue // it has no header, and its rows are refused if they have further values
			}
			t.Run(name, func(t *testing.T) {
				o := flags(t, e.Format)
				text, users := withShoeSize(t, unpacked(t, testdata(t, name)), e.System)
				p, report, err := newBench(t, t.TempDir()).bring(t, bytes.NewReader(text), importer.Options{DryRun: true, Firebase: o.Firebase})
				if err != nil || p.Format != e.Format || p.Created == 0 {
					t.Fatalf("as %s: %+v, %v\n%.2000s", p.Format, p.Counts, err, report)
				}
				if n := p.Unknown[shoeSize]; n == 0 || n > users || n < min(users, p.Created) || !strings.Contains(report, `"field":"`+shoeSize+`"`) {
					t.Errorf("%d of %d users have it\n%.2000s", n, users, report)
				}
				o.Keep = "private"
				if users == 1000 {
					if _, some, unused, err := importer.Glance(text, o, 1); err != nil || len(unused) > 0 || some[0].Unknown[shoeSize] == nil {
						t.Errorf("kept: %v, %v", unused, err)
					}
					return
				}
				b := newBench(t, t.TempDir())
				if p, report, err := b.bring(t, bytes.NewReader(text), o); err != nil || len(p.Unknown)+len(p.Unused) > 0 || strings.Contains(report, shoeSize) {
					t.Errorf("kept: %v\n%.2000s", err, report)
				}
				if kept := bytes.Count(export(t, b, true), []byte(shoeSize)); kept < min(int(p.Created), int(users)) {
					t.Errorf("%d of %d users keep it", kept, users)
				}
			})
		}
	}
}

// TestStrangeLoginMethods: what SuperTokens' API and others add to a way of logging in is told too.
func TestStrangeLoginMethods(t *testing.T) {
	const users = `{"users":[{"id":"s1","tenantIds":["public"],"loginMethods":[{"recipeId":"emailpassword","email":"ada@example.com","verified":true,"timeJoined":1704164645000,"shoe_size":43}]}]}`
	b := newBench(t, t.TempDir())
	p, report, err := b.bring(t, strings.NewReader(users), importer.Options{})
	if err != nil || p.Created != 1 || p.Unknown["loginMethods."+shoeSize] != 1 || len(p.Unknown) != 2 {
		t.Errorf("%v, %+v\n%s", err, p, report)
	}
	if out := string(export(t, b, true)); !strings.Contains(out, `"emailVerified":true`) || !strings.Contains(out, `"createdAt":1704164645000`) {
		t.Errorf("got %s", out)
	}
}

// TestPasswordBesideDigest: a digest counts, and the password beside it is told.
func TestPasswordBesideDigest(t *testing.T) {
	const digest = "$2b$04$n66G/MusZA76joLrxpMlx.73CjSP4xKXJiWNjYMixwA8Q5bAFj9SG"
	b := newBench(t, t.TempDir())
	p, _, err := b.bring(t, strings.NewReader(`[{"id":"1","username":"ada","password":"open sesame","passwordDigest":"`+digest+`"},{"id":"2","username":"bob","passwordDigest":"`+digest+`"}]`), importer.Options{})
	if err != nil || p.Created != 2 || p.Left["password (they have a digest too, which counts)"] != 1 || b.login(t, "ada", "open sesame") == nil {
		t.Errorf("%v, %+v", err, p)
	}
}

// TestSelfMadeRights: no member that users write at the source gives them rights here, or makes an
// address a verified one.
func TestSelfMadeRights(t *testing.T) {
	const rights = `"profileIds":["admin"],"profiles":["admin"],"emailVerified":true,"content":{"profileIds":["admin"]}`
	for _, text := range []string{
		`[{"id":"k1","traits":{"email":"eve@example.com",` + rights + `}}]`,
		`[{"user_id":"1","email":"eve@example.com","email_verified":false,"user_metadata":{` + rights + `}}]`,
		`[{"_id":"1","services":{},"emails":[{"address":"eve@example.com","verified":false}],"profile":{` + rights + `}}]`,
		`[{"id":"1","email":"eve@example.com","encrypted_password":"","raw_app_meta_data":{},"raw_user_meta_data":{` + rights + `}}]`,
		`[{"id":"1","username":"eve","createdTimestamp":1,"email":"eve@example.com","emailVerified":false,"attributes":{` + rights + `}}]`,
	} {
		b := newBench(t, t.TempDir())
		p, report, err := b.bring(t, strings.NewReader(text), importer.Options{})
		if err != nil || p.Created != 1 {
			t.Fatalf("%v, %+v\n%s", err, p, report)
		}
		var user struct {
			Content struct {
				ProfileIDs    []string `json:"profileIds"`
				EmailVerified bool
			}
		}
		if err := json.Unmarshal(export(t, b, true), &user); err != nil || !slices.Equal(user.Content.ProfileIDs, []string{"default"}) || user.Content.EmailVerified {
			t.Errorf("%s: %+v, %v", p.Format, user, err)
		}
	}
}

func unpacked(t testing.TB, text []byte) []byte {
	t.Helper()
	if packed, err := gzip.NewReader(bytes.NewReader(text)); err == nil {
		if text, err = io.ReadAll(packed); err != nil {
			t.Fatal(err)
		}
	}
	return text
}

// withShoeSize adds the member to every user of a file, or the column, and returns their number.
func withShoeSize(t testing.TB, text []byte, system string) ([]byte, int64) {
	t.Helper()
	if in := bufio.NewReaderSize(bytes.NewReader(text), 1<<20); dumps.Is(text[:min(len(text), 1<<20)]) {
		table, err := io.ReadAll(dumps.Read(in))
		if err != nil {
			t.Fatal(err)
		}
		text = table
	}
	switch first := text[0]; {
	case first == '{' || first == '[':
		for _, name := range besides[system] {
			member := regexp.MustCompile(regexp.QuoteMeta(name) + ` ?:`)
			if n := len(member.FindAll(text, -1)); n > 0 {
				return member.ReplaceAll(text, fmt.Appendf(nil, "%q:43,$0", shoeSize)), int64(n)
			}
		}
		t.Fatalf("%v is in no user", besides[system])
	case bytes.HasPrefix(text, []byte("dn:")) || bytes.HasPrefix(text, []byte("version:")) || system == "LDAP":
		n := bytes.Count(text, []byte("\nobjectClass:"))
		return bytes.ReplaceAll(text, []byte("\nsn:"), []byte("\n"+shoeSize+": 43\nsn:")), int64(n)
	}
	comma := ","
	if line, _, _ := bytes.Cut(text, []byte("\n")); bytes.ContainsRune(line, '\t') {
		comma = "\t"
	}
	var out bytes.Buffer
	value := shoeSize
	for line := range bytes.Lines(text) {
		fmt.Fprintf(&out, "%s%s%s\n", bytes.TrimRight(line, "\r\n"), comma, value)
		value = "43"
	}
	return out.Bytes(), int64(bytes.Count(out.Bytes(), []byte("\n")) - 1)
}
