package storagetest

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/gokuzzle/kuzzle/kuzzle/query"
	"github.com/gokuzzle/kuzzle/kuzzle/storage"
)

// listedAccount returns the account of the nth user of testListed; nil for some.
func listedAccount(n int) map[string]any {
	if n%19 == 0 {
		return nil
	}
	account := map[string]any{"even": n%2 == 0}
	if n%23 == 0 {
		return account
	}
	if n%7 > 0 {
		account["createdAt"] = 1_700_000_000_000 + n*7919%1000/3
	}
	if n%3 > 0 {
		account["username"] = fmt.Sprintf("name-%03d", n*7919%1000)
	}
	if n%5 > 0 {
		account["firstName"] = []string{"Ada", "ada", "Grace", "Élodie", ""}[n%17%5]
	}
	if n%4 > 0 {
		account["email"] = []string{fmt.Sprint("m", n*31%97), fmt.Sprint("m", n*17%89), fmt.Sprint("m", n*31%97)}[:n%4]
	}
	if n%29 == 1 {
		account["lastSignInAt"] = n
	}
	if n%31 == 1 {
		account["createdAt"] = "not a number"
	}
	return account
}

// listedValue returns the sort value of an account: the smallest of several values, or
// in descending order the largest; nil without a value of the kind.
func listedValue(account map[string]any, key query.Sort) any {
	switch v := account[key.Field.Path].(type) {
	case []string:
		if key.Desc {
			return slices.Max(v)
		}
		return slices.Min(v)
	case int:
		return v
	case string:
		if strings.HasSuffix(key.Field.Path, "At") {
			return nil
		}
		return v
	}
	return nil
}

func compareListed(a, b map[string]any, key query.Sort) int {
	x, y := listedValue(a, key), listedValue(b, key)
	if x == nil || y == nil {
		c := cmp.Compare(btoi(x == nil), btoi(y == nil))
		if key.MissingFirst {
			return -c
		}
		return c
	}
	var c int
	if s, is := x.(string); is {
		c = strings.Compare(s, y.(string))
	} else {
		c = cmp.Compare(x.(int), y.(int))
	}
	if key.Desc {
		return -c
	}
	return c
}

// listedUsers writes the users of testListed, alone and together, some of them twice,
// and returns their accounts.
func (f *fixture) listedUsers() map[string]map[string]any {
	accounts := map[string]map[string]any{}
	change := func(n, state int) storage.Change {
		id := fmt.Sprintf("u%03d", n*617%1000)
		account := listedAccount(state)
		c := storage.Change{In: storage.Users, ID: id, Put: &storage.Document{Version: 1}, Visible: true}
		if account != nil {
			c.Put.Account, _ = json.Marshal(account)
		}
		accounts[id] = account
		return c
	}
	var together []storage.Change
	revs := map[int]storage.Rev{}
	for n := range 300 {
		if c := change(n, n*3); n%10 == 0 {
			revs[n] = f.commit(c)
		} else {
			together = append(together, c)
		}
	}
	for _, result := range f.store.CommitMany(f.ctx, together) {
		if result.Err != nil {
			f.Fatal(result.Err)
		}
	}
	for _, n := range slices.Sorted(maps.Keys(revs)) {
		c := change(n, n*3+1)
		c.If = revs[n]
		if n%50 == 0 {
			c.Put = nil
			delete(accounts, c.ID)
		}
		f.commit(c)
	}
	return accounts
}

// testListed: users are ordered by the account members that lists are ordered by, in
// pages of any length and after any of them, counted or not.
func testListed(f *fixture) {
	accounts := f.listedUsers()
	even := query.Terms{Field: account("even"), Values: []any{true}}
	for _, keys := range [][]query.Sort{
		{{Field: account("createdAt")}}, {{Field: account("username")}}, {{Field: account("firstName")}}, {{Field: account("email")}},
		{{Field: account("lastSignInAt")}}, {{Field: account("phone")}}, {{Field: account("firstName")}, {Field: account("createdAt")}},
	} {
		for direction := range 4 {
			sort := slices.Clone(keys)
			sort[0].Desc, sort[0].MissingFirst = direction%2 == 1, direction > 1
			want := slices.SortedFunc(maps.Keys(accounts), func(a, b string) int {
				for _, key := range sort {
					if c := compareListed(accounts[a], accounts[b], key); c != 0 {
						return c
					}
				}
				return strings.Compare(a, b)
			})
			f.wantListed(query.Search{Sort: sort}, want)
			f.wantListed(query.Search{Sort: sort, Bare: true}, want)
			want = slices.DeleteFunc(want, func(id string) bool { return accounts[id]["even"] != true })
			f.wantListed(query.Search{Sort: sort, Where: even}, want)
			f.wantListed(query.Search{Sort: sort, Where: even, Uncounted: true}, want)
		}
	}
}

// wantListed reads an order by cursors, and pages of it by From.
func (f *fixture) wantListed(what query.Search, want []string) {
	f.Helper()
	name := fmt.Sprintf("%+v", what)
	total := int64(len(want))
	if what.Uncounted {
		total = storage.Uncounted
	}
	var got []string
	for what.Size = 45; ; {
		page := f.search(what)
		if got = append(got, ids(page)...); page.Total != total {
			f.Fatalf("%s: total %d, want %d", name, page.Total, total)
		}
		if read := slices.ContainsFunc(page.Hits, func(hit storage.Hit) bool { return hit.Content != nil }); len(page.Hits) > 0 && read == what.Bare {
			f.Fatalf("%s: the documents were read: %v", name, read)
		}
		if len(page.Hits) < what.Size || len(got) > len(want) {
			break
		}
		what.After, _ = asJSON(page.Hits[len(page.Hits)-1].Sort).([]any)
	}
	if !slices.Equal(got, want) {
		f.Fatalf("%s by cursor: got %q, want %q", name, got, want)
	}
	what.After, what.Size = nil, 10
	for what.From = 3; what.From < len(want); what.From += 61 {
		if got := ids(f.search(what)); !slices.Equal(got, want[what.From:min(what.From+10, len(want))]) {
			f.Fatalf("%s from %d: got %q, want %q", name, what.From, got, want[what.From:min(what.From+10, len(want))])
		}
	}
}

// testEnough: a search that counts only cheaply returns the number of hits, or that
// there may be more.
func testEnough(f *fixture) {
	accounts := f.listedUsers()
	even := 0
	for _, account := range accounts {
		if account["even"] == true {
			even++
		}
	}
	is := query.Terms{Field: account("even"), Values: []any{true}}
	for _, test := range []struct {
		where query.Node
		hits  int
	}{
		{query.All{}, len(accounts)}, {is, even}, {query.Bool{MustNot: []query.Node{is}}, len(accounts) - even}, {query.None{}, 0},
	} {
		for _, enough := range []int{1, 10, 100_000} {
			page := f.search(query.Search{Where: test.where, Sort: []query.Sort{{Field: account("username")}}, Size: 5, Uncounted: true, Enough: enough})
			if known := page.Total == int64(test.hits); !known && !page.More || page.Total > int64(test.hits) || enough > test.hits && !known {
				f.Errorf("%v, %d are enough: got %d and more %v of %d", test.where, enough, page.Total, page.More, test.hits)
			}
		}
	}
}
