package storagetest

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/gokuzzle/kuzzle/kuzzle/query"
	"github.com/gokuzzle/kuzzle/kuzzle/storage"
)

// containing are accounts for testContains, by id.
var containing = map[string]string{
	"u1":         `{"username":"Ada.Lovelace","email":["ada@example.org","ADA+Work@Engines.example"],"firstName":"Ada","lastName":"Lovelace","name":"Ada Lovelace"}`,
	"u2":         `{"username":"grace_hopper","phone":["+15550001111"],"firstName":"Grace","note":"lovelace is not looked at here"}`,
	"u3":         `{"name":"100%_*?\\\"'sure","wallet":["0xABCDEF0123"]}`,
	"u4":         `{"firstName":"ÉMILIE","lastName":"Du Châtelet"}`,
	"u5":         `{"name":"nul\u0000inside\ttab"}`,
	"User_Bare7": ``,
	"Étude":      `{"externalId":"ext-1"}`,
	"a\x00bcd":   ``,
}

// everyPart are the fields of a search for anything.
var everyPart = []query.Field{byID.Field, account("username"), account("email"), account("phone"), account("wallet"), account("firstName"), account("lastName"), account("name")}

// testContains: a part of a value finds the documents that have it, in any case, and
// only in the requested fields.
func testContains(f *fixture) {
	for id, text := range containing {
		change := storage.Change{In: storage.Users, ID: id, Put: &storage.Document{Version: 1}}
		if text != "" {
			change.Put.Account = json.RawMessage(text)
		}
		f.commit(change)
	}
	for _, c := range []struct {
		text   string
		fields []query.Field
		want   string
	}{
		{"lovelace", everyPart, "u1"}, {"LOVELACE", everyPart, "u1"}, {" Lovelace ", everyPart, "u1"}, {"ada lov", everyPart, "u1"},
		{"a.l", everyPart, "u1"}, {"example", []query.Field{account("email")}, "u1"}, {"work@engines", []query.Field{account("email")}, "u1"},
		{"ada", []query.Field{account("phone"), account("wallet")}, ""}, {"lovelace", []query.Field{account("firstName")}, ""},
		{"555000", everyPart, "u2"}, {"e_h", everyPart, "u2"}, {"e%h", everyPart, ""}, {"gr?ce", everyPart, ""}, {"g*e", everyPart, ""},
		{`%_*?\"'s`, everyPart, "u3"}, {`?\"`, everyPart, "u3"}, {"cdef01", everyPart, "u3"}, {`"""`, everyPart, ""}, {"*", everyPart, "u3"}, {"?", everyPart, "u3"},
		{"émilie", everyPart, "u4"}, {"e\u0301mil", everyPart, "u4"}, {"chât", everyPart, "u4"}, {"ＣＨÂT", everyPart, "u4"}, {"emilie", everyPart, ""},
		{"nulin", everyPart, "u5"}, {"nul\x00in", everyPart, "u5"}, {"detab", everyPart, "u5"},
		{"bare7", everyPart, "User_Bare7"}, {"r_b", everyPart, "User_Bare7"}, {"r%b", everyPart, ""}, {"étu", everyPart, ""}, {"tud", everyPart, "Étude"}, {"abc", everyPart, "u3"}, {"bcd", everyPart, "a\x00bcd u3"},
		{"u1", []query.Field{byID.Field}, "u1"}, {"user", []query.Field{byID.Field}, "User_Bare7"}, {"ada", []query.Field{byID.Field}, ""},
		{"ac", everyPart, "u1 u2"}, {"é", everyPart, "u4"}, {"t", []query.Field{byID.Field}, "Étude"}, {"zz", everyPart, ""},
		{"", []query.Field{account("phone")}, "u2"}, {" ", []query.Field{account("firstName")}, "u1 u2 u4"},
		{strings.Repeat("x", query.MaxContains), everyPart, ""}, {strings.Repeat("é", query.MaxContains), everyPart, ""},
	} {
		f.wantFound(fmt.Sprintf("%q in %v", c.text, c.fields), query.Contains{Fields: c.fields, Text: c.text}, strings.Fields(c.want)...)
	}
	lovelace := query.Contains{Fields: everyPart, Text: "lovelace"}
	f.wantFound("and", query.Bool{Must: []query.Node{lovelace, query.Contains{Fields: everyPart, Text: "engines"}}}, "u1")
	f.wantFound("or", query.Bool{Should: []query.Node{lovelace, query.Contains{Fields: everyPart, Text: "hopper"}}, MinShould: 1}, "u1", "u2")
	f.wantFound("not", query.Bool{Must: []query.Node{query.Exists{Field: account("firstName")}}, MustNot: []query.Node{lovelace}}, "u2", "u4")
	f.wantFound("no fields", query.Contains{Text: "ada"})
	for what, node := range map[string]query.Contains{
		"too long":                    {Fields: everyPart, Text: strings.Repeat("x", query.MaxContains+1)},
		"a member that has no parts":  {Fields: []query.Field{account("note")}, Text: "love"},
		"a member below one that has": {Fields: []query.Field{account("name.first")}, Text: "love"},
		"content":                     {Fields: []query.Field{content("username")}, Text: "love"},
	} {
		_, err := f.store.Search(f.ctx, storage.Users, query.Search{Where: node, Size: 1})
		if what == "too long" {
			f.wantKind(what, err, query.ErrTooComplex)
		} else {
			f.wantKind(what, err, storage.ErrBadRequest)
		}
	}
}

// testContainsChanges: the parts that find a document follow its changes, whether it
// was written alone or with many.
func testContainsChanges(f *fixture) {
	find := func(what, text string, want ...string) {
		f.Helper()
		f.wantFound(what, query.Contains{Fields: everyPart, Text: text}, want...)
	}
	put := func(account string) *storage.Document {
		return &storage.Document{Version: 1, Account: json.RawMessage(account)}
	}
	rev := f.commit(storage.Change{In: storage.Users, ID: "changing", Put: put(`{"username":"first-name"}`)})
	rev = f.commit(storage.Change{In: storage.Users, ID: "changing", If: rev, Put: put(`{"username":"second-name","n":1}`)})
	find("the name before", "first-n")
	find("the name after", "second-n", "changing")
	rev = f.commit(storage.Change{In: storage.Users, ID: "changing", If: rev, Put: put(`{"username":"second-name","n":2}`)})
	find("another change", "second-n", "changing")
	rev = f.commit(storage.Change{In: storage.Users, ID: "changing", If: rev, Put: &storage.Document{Version: 1}})
	find("no name any more", "second-n")
	find("by id still", "angin", "changing")
	rev = f.commit(storage.Change{In: storage.Users, ID: "changing", If: rev, Put: put(`{"username":"third-name"}`)})
	find("a name again", "third-n", "changing")
	f.commit(storage.Change{In: storage.Users, ID: "changing", If: rev})
	find("deleted", "third-n")
	find("deleted, by id", "angin")
	f.commit(storage.Change{In: storage.Users, ID: "changing", Put: put(`{"username":"fourth-name"}`)})
	find("created again", "fourth-n", "changing")

	var changes []storage.Change
	for n := range 40 {
		change := storage.Change{In: storage.Users, ID: fmt.Sprintf("many-%02d", n), Put: put(fmt.Sprintf(`{"username":"batch-%02d-name"}`, n)), Visible: true}
		if n%2 == 0 {
			change.Take = []storage.Take{{Key: fmt.Sprint("held ", n/4)}} // every second of them is refused
		}
		changes = append(changes, change)
	}
	for _, result := range f.store.CommitMany(f.ctx, changes) {
		f.wantMany(result.Err)
	}
	find("one of many", "h-05-n", "many-05")
	if got := len(f.found(query.Contains{Fields: everyPart, Text: "BATCH-"})); got != 30 {
		f.Errorf("of many, a quarter refused: found %d, want 30", got)
	}
}

// wantMany accepts success and refusals of claims.
func (f *fixture) wantMany(err error) {
	f.Helper()
	var taken *storage.TakenError
	if err != nil && !errors.As(err, &taken) {
		f.Fatal(err)
	}
}

// CheckParts fails unless each text is found in the named user, and "" in none,
// after the pass over documents of an earlier version.
func CheckParts(t testing.TB, s storage.Store, want map[string]string) {
	t.Helper()
	for text, id := range want {
		var got []string
		deadline := time.Now().Add(time.Minute)
		for {
			if err := s.Refresh(t.Context(), storage.Users); err != nil {
				t.Fatal(err)
			}
			page, err := s.Search(t.Context(), storage.Users, query.Search{Where: query.Contains{Fields: everyPart, Text: text}, Size: 10})
			if err != nil {
				t.Fatal(err)
			}
			if got = ids(page); strings.Join(got, " ") == id || time.Now().After(deadline) {
				break
			}
			time.Sleep(10 * time.Millisecond)
		}
		if strings.Join(got, " ") != id {
			t.Errorf("found by %q: got %q, want %q", text, got, id)
		}
	}
}
