package sqlite_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/gokuzzle/kuzzle/kuzzle/query"
	"github.com/gokuzzle/kuzzle/kuzzle/storage"
)

// TestEnough: of many hits the index tells how many there are, up to as many as are
// asked for; of those that no index tells, a page and that there are more.
func TestEnough(t *testing.T) {
	s := open(t, t.TempDir())
	const users = 3000
	var batch []storage.Change
	for n := range users {
		change := benchUser(n)
		if n%3 == 0 {
			change.Put.Account = fmt.Appendf(nil, `{"banned":true,"n":%d}`, n)
		}
		batch = append(batch, change)
	}
	commitMany(t, s, batch)
	ordinary := query.Terms{Field: query.Field{Path: "profileIds"}, Values: []any{"default"}}
	banned := query.Terms{Field: query.Field{Area: query.Account, Path: "banned"}, Values: []any{true}}
	lettered := query.Wildcard{Field: query.Field{Area: query.ID}, Pattern: "*quick*"}
	for _, test := range []struct {
		name   string
		where  query.Node
		enough int
		total  int64
		more   bool
	}{
		{"all", query.All{}, 10, users, false},
		{"of one profile", ordinary, 2000, 2000, true},
		{"of one profile, all of them", ordinary, 4000, users, false},
		{"few", banned, 10, users / 3, false},
		{"not the few", query.Bool{MustNot: []query.Node{banned}}, 4000, users / 3 * 2, false},
		{"not many", query.Bool{MustNot: []query.Node{ordinary}}, 4000, 0, false},
		{"what no index tells", lettered, 10, 5, true},
		{"two things", query.Bool{Must: []query.Node{ordinary, lettered}}, 10, 5, true},
	} {
		page, err := s.Search(t.Context(), storage.Users, query.Search{Where: test.where, Size: 5, Uncounted: true, Enough: test.enough})
		if err != nil || page.Total != test.total || page.More != test.more {
			t.Errorf("%s: got %d, more %v, %v, want %d, %v", test.name, page.Total, page.More, err, test.total, test.more)
		}
	}
}

// TestLate: many hits that lie at the end of an order are found in it, page by page, as
// they would be by reading all of them, also those of several conditions.
func TestLate(t *testing.T) {
	s := open(t, t.TempDir())
	const users = 6000
	var batch []storage.Change
	for n := range users {
		change := benchUser(n)
		account := fmt.Sprintf(`{"even":%t,"username":"u%05d"`, n%2 == 0, n*7919%users)
		if n%3 == 0 {
			account += fmt.Sprintf(`,"lastSignInAt":%d`, n/5)
		}
		change.Put.Content = fmt.Appendf(nil, `{"profileIds":[%q],"_kuzzle_info":{"createdAt":%d}}`, []string{"old", "new"}[n*2/users], 1_700_000_000_000+n/4)
		change.Put.Account = []byte(account + "}")
		batch = append(batch, change)
	}
	commitMany(t, s, batch)
	account := func(path string) query.Field { return query.Field{Area: query.Account, Path: path} }
	old := query.Terms{Field: query.Field{Path: "profileIds"}, Values: []any{"old"}}
	even := query.Terms{Field: account("even"), Values: []any{true}}
	lettered := query.Wildcard{Field: query.Field{Area: query.ID}, Pattern: "*-*"}
	for _, test := range []struct {
		name  string
		where query.Node
		total int
		// counted is set where an index names the hits.
		counted bool
	}{
		{"one thing", old, users / 2, true},
		{"two things", query.Bool{Must: []query.Node{old, even}}, users / 4, true},
		{"one and not the other", query.Bool{Must: []query.Node{old}, MustNot: []query.Node{even}}, users / 4, true},
		{"one and what no index tells", query.Bool{Must: []query.Node{lettered, old}}, users / 2, false},
		{"one of two", query.Bool{Must: []query.Node{old}, Should: []query.Node{even, lettered}, MinShould: 2}, users / 4, false},
	} {
		for _, by := range []query.Field{{Path: "_kuzzle_info.createdAt"}, account("lastSignInAt"), account("username")} {
			for direction := range 4 {
				what := query.Search{Where: test.where, Sort: []query.Sort{{Field: by, Desc: direction%2 == 1, MissingFirst: direction > 1}}, Size: users}
				all, err := s.Search(t.Context(), storage.Users, what)
				if err != nil || len(all.Hits) != test.total {
					t.Fatalf("%s: got %d hits of all, %v, want %d", test.name, len(all.Hits), err, test.total)
				}
				what.Size, what.Uncounted, what.Enough = 100, true, 10_000
				// The first pages, and one from the middle.
				for page, at := range []int{0, 100, 200, test.total / 2} {
					if what.After = nil; at > 0 {
						what.After = all.Hits[at-1].Sort
					}
					got, err := s.Search(t.Context(), storage.Users, what)
					if err != nil {
						t.Fatal(err)
					}
					if want := hitIDs(all.Hits[at : at+100]); !slices.Equal(hitIDs(got.Hits), want) {
						t.Errorf("%s, %v: page at %d: got %q, want %q", test.name, what.Sort, at, hitIDs(got.Hits), want)
					}
					if test.counted && page == 0 && got.Total != int64(test.total) && !got.More {
						t.Errorf("%s, %v: got %d hits in all, want %d", test.name, what.Sort, got.Total, test.total)
					}
				}
			}
		}
	}
}

// TestTies: pages far into an order in which many share each value, such as the time of an
// import, are those of the whole order.
func TestTies(t *testing.T) {
	s := open(t, t.TempDir())
	const users, tied = 6000, 150
	var batch []storage.Change
	for n := range users {
		change := benchUser(n)
		change.Put.Content = fmt.Appendf(nil, `{"profileIds":["default"],"_kuzzle_info":{"createdAt":%d}}`, 1_700_000_000_000+n/tied)
		batch = append(batch, change)
	}
	commitMany(t, s, batch)
	for _, desc := range []bool{false, true} {
		sort := []query.Sort{{Field: query.Field{Path: "_kuzzle_info.createdAt"}, Desc: desc}}
		read := func(from, size int) (ids []string) {
			page, err := s.Search(t.Context(), storage.Users, query.Search{Sort: sort, From: from, Size: size, Uncounted: true})
			if err != nil {
				t.Fatal(err)
			}
			return hitIDs(page.Hits)
		}
		whole := read(0, users)
		if len(whole) != users {
			t.Fatalf("%d users, want %d", len(whole), users)
		}
		for _, from := range []int{0, 10, tied - 5, 10*tied + 7, users - 40, users} {
			if got, want := read(from, 50), whole[from:min(from+50, users)]; fmt.Sprint(got) != fmt.Sprint(want) {
				t.Errorf("from %d, descending %v: %v, want %v", from, desc, got, want)
			}
		}
	}
}

func hitIDs(hits []storage.Hit) []string {
	ids := make([]string, len(hits))
	for i, hit := range hits {
		ids[i] = hit.ID
	}
	return ids
}
