package sqlite_test

import (
	"fmt"
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
	for _, result := range s.CommitMany(t.Context(), batch) {
		if result.Err != nil {
			t.Fatal(result.Err)
		}
	}
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
