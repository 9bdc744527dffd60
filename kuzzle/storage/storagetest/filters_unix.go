//go:build unix

package storagetest

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"os"
	"strconv"
	"testing"
	"time"

	"github.com/gokuzzle/kuzzle/kuzzle/query"
	"github.com/gokuzzle/kuzzle/kuzzle/storage"
)

// filterUser is the nth of so many users, as filters are asked about them: of two
// profiles where a tenth has the second too, with a city, an age and a text.
type filterUser struct{ benchUser }

// id tells nothing of what the user has.
func (u filterUser) id() string {
	sum := sha256.Sum256(fmt.Append(nil, u.n))
	return fmt.Sprintf("user_%x", sum[:12])
}

func (u filterUser) change(t testing.TB) storage.Change {
	t.Helper()
	profiles := []string{"default"}
	switch {
	case u.n%10 == 9:
		profiles = []string{"default", "editor"}
	case u.n%(u.of/50) == 5:
		profiles = []string{"rare"}
	}
	text, err := json.Marshal(map[string]any{
		"profileIds": profiles,
		"city":       fmt.Sprint("city-", u.n*48271%1000),
		"age":        u.n * 7 % 100,
		"about":      fmt.Sprintf("likes %s and %s", []string{"chess", "tea"}[u.n%2], []string{"rivers", "hills", "roads"}[u.n%3]),
		"_kuzzle_info": map[string]any{
			"author": "-1", "createdAt": u.made(), "updatedAt": nil, "updater": nil,
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	account, err := json.Marshal(u.account())
	if err != nil {
		t.Fatal(err)
	}
	return storage.Change{In: storage.Users, ID: u.id(), Put: &storage.Document{Version: 1, Content: text, Account: account}}
}

// BenchmarkFilters fills an empty store with 1,000 users, or KUZZLE_BENCH_USERS, and
// measures the first page of 50, with the exact total, of each kind of filter. first-ms is what
// it takes where nobody has asked about the field.
func BenchmarkFilters(b *testing.B, s storage.Store) {
	users := 1000
	if text := os.Getenv("KUZZLE_BENCH_USERS"); text != "" {
		var err error
		if users, err = strconv.Atoi(text); err != nil {
			b.Fatal(err)
		}
	}
	fillFilters(b, s, users)
	for _, filter := range filters(users) {
		for _, order := range []struct {
			name string
			sort []query.Sort
		}{{"by id", nil}, {"newest", []query.Sort{{Field: query.Field{Path: "_kuzzle_info.createdAt"}, Desc: true}}}} {
			what := query.Search{Where: filter.where, Size: 50, Sort: order.sort}
			b.Run(filter.name+"/"+order.name, func(b *testing.B) {
				var total int64
				began := time.Now()
				if _, err := s.Search(b.Context(), storage.Users, what); err != nil {
					b.Fatal(err)
				}
				first := time.Since(began)
				if first > 5*time.Millisecond {
					time.Sleep(time.Second) // the field is counted meanwhile
				}
				measured(b, func() error {
					page, err := s.Search(b.Context(), storage.Users, what)
					total = page.Total
					return err
				})
				b.ReportMetric(float64(total), "total")
				b.ReportMetric(float64(first.Microseconds())/1000, "first-ms")
			})
		}
	}
}

// filter is a filter by its name.
type filter struct {
	name  string
	where query.Node
}

// filters are of every kind, of many and of few matches.
func filters(users int) []filter {
	field := func(path string) query.Field { return query.Field{Path: path} }
	made := field("_kuzzle_info.createdAt")
	at := func(share float64) any { return float64(benchUser{int(share * float64(users)), users}.made()) }
	term := func(f query.Field, values ...any) query.Node { return query.Terms{Field: f, Values: values} }
	return []filter{
		{"term, nearly all", term(field("profileIds"), "default")},
		{"term, a tenth", term(field("profileIds"), "editor")},
		{"term, 1 in 100", term(field("age"), 42.0)},
		{"term, 1 in 1000", term(field("city"), "city-7")},
		{"term, 50", term(field("profileIds"), "rare")},
		{"term, none", term(field("profileIds"), "nobody")},
		{"term, account", term(account("banned"), false)},
		{"term, account, few", term(account("banned"), true)},
		{"terms, nearly all", term(field("profileIds"), "default", "editor")},
		{"terms, 1 in 50", term(field("age"), 1.0, 2.0)},
		{"terms, account", term(account("firstName"), "ada", "grace", "linus")},
		{"ids", term(byID.Field, filterUser{benchUser{1, users}}.id(), filterUser{benchUser{2, users}}.id(), "nobody")},
		{"exists, all", query.Exists{Field: made}},
		{"exists, half", query.Exists{Field: account("phone")}},
		{"exists, none", query.Exists{Field: field("_kuzzle_info.updater")}},
		{"range, half", query.Range{Field: made, GTE: at(.5)}},
		{"range, 1 in 20", query.Range{Field: made, GTE: at(.4), LT: at(.45)}},
		{"range, 1 in 100", query.Range{Field: made, GTE: at(.4), LT: at(.41)}},
		{"range, 1 in 1000", query.Range{Field: made, GTE: at(.4), LT: at(.401)}},
		{"range, number", query.Range{Field: field("age"), GT: 17.0, LTE: 65.0}},
		{"range, account", query.Range{Field: account("lastSignInAt"), GTE: at(.3)}},
		{"range, id", query.Range{Field: byID.Field, GTE: "user_4"}},
		{"prefix, all", query.Prefix{Field: field("city"), Value: "city-"}},
		{"prefix, a ninth", query.Prefix{Field: field("city"), Value: "city-1"}},
		{"prefix, account", query.Prefix{Field: account("username"), Value: "ada"}},
		{"prefix, id", query.Prefix{Field: byID.Field, Value: "user_"}},
		{"match, one word", query.Match{Field: field("about"), Text: "chess"}},
		{"match, two words", query.Match{Field: field("about"), Text: "rivers hills"}},
		{"match, both words", query.Match{Field: field("about"), Text: "chess rivers", All: true}},
		{"not term, few", query.Bool{MustNot: []query.Node{term(field("profileIds"), "default")}}},
		{"not term, nearly all", query.Bool{MustNot: []query.Node{term(field("profileIds"), "rare")}}},
		{"wildcard", query.Wildcard{Field: field("city"), Pattern: "city-*7"}},
		{"phrase", query.Phrase{Field: field("about"), Text: "likes chess"}},
	}
}

func fillFilters(b *testing.B, s storage.Store, users int) {
	b.Helper()
	if page, err := s.Search(b.Context(), storage.Users, query.Search{}); err != nil || page.Total > 0 {
		b.Logf("%d users are there already, %v", page.Total, err)
		return
	}
	_, err := s.UpdateMapping(b.Context(), storage.Users, storage.Mapping{Properties: map[string]any{
		"city": map[string]any{"type": "keyword"}, "age": map[string]any{"type": "long"}, "about": map[string]any{"type": "text"},
	}})
	if err != nil {
		b.Fatal(err)
	}
	commitUsers(b, s, users, func(n int) storage.Change { return filterUser{benchUser{n, users}}.change(b) })
}
