package sqlite

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/gokuzzle/kuzzle/kuzzle/query"
	"github.com/gokuzzle/kuzzle/kuzzle/storage"
	"github.com/gokuzzle/kuzzle/kuzzle/storage/mapping"
)

// TestPlans: pages of every order of users, and searches by a part, are read from
// indexes: nothing sorts or scans a table.
func TestPlans(t *testing.T) {
	s, err := Open(t.Context(), t.TempDir(), Options{Searches: 1})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}()
	for n := range 200 {
		account := map[string]any{"createdAt": n, "firstName": "Ada"}
		if n%2 == 0 {
			account["username"], account["email"], account["lastSignInAt"] = fmt.Sprint("user-", n), []string{"a", "b"}, n/100
		}
		text, _ := json.Marshal(account)
		if _, err := s.Commit(t.Context(), storage.Change{In: storage.Users, ID: fmt.Sprint("u", n), Put: &storage.Document{
			Content: fmt.Appendf(nil, `{"_kuzzle_info":{"createdAt":%d}}`, n), Account: text,
		}}); err != nil {
			t.Fatal(err)
		}
	}
	even := query.Terms{Field: query.Field{Area: query.Account, Path: "username"}, Values: []any{"user-2", "user-4"}}
	part := query.Contains{Fields: []query.Field{{Area: query.ID}, even.Field}, Text: "user-4"}
	orders := []query.Field{{Path: "_kuzzle_info.createdAt"}}
	for _, key := range mapping.Listed(storage.Users) {
		orders = append(orders, query.Field{Area: query.Account, Path: key.Path})
	}
	for _, field := range orders {
		for _, where := range []query.Node{nil, even, part} {
			for direction := range 2 {
				what := query.Search{Where: where, Size: 30, Uncounted: true, Sort: []query.Sort{{Field: field, Desc: direction == 1}}}
				for range 3 {
					page, err := s.Search(t.Context(), storage.Users, what)
					if err != nil {
						t.Fatal(err)
					}
					if len(page.Hits) > 0 {
						what.After = page.Hits[len(page.Hits)-1].Sort
					}
				}
			}
		}
	}
	err = s.scans.with(t.Context(), func(c *conn) error {
		var plans int
		for _, sql := range c.Statements() {
			if !strings.HasPrefix(sql, "SELECT") || strings.Contains(sql, " FROM collections ") {
				continue
			}
			plan, err := c.plan(sql)
			if err != nil {
				return err
			}
			plans++
			for _, costly := range []string{"TEMP B-TREE FOR ORDER", "SCAN d", "SCAN doc_users", "SCAN list_users", "SCAN term_users"} {
				// The candidates of a union are sorted, not the table.
				if strings.Contains(plan, costly) && !strings.Contains(plan, "UNION") {
					t.Errorf("%s is read by %q", sql, plan)
				}
			}
		}
		if plans < 10 {
			t.Errorf("looked at %d statements only", plans)
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
}

func (c *conn) plan(sql string) (plan string, err error) {
	s, _, err := c.Prepare("EXPLAIN QUERY PLAN " + sql)
	if err != nil {
		return "", err
	}
	defer s.Close()
	for s.Step() {
		plan += s.ColumnText(3) + "; "
	}
	return plan, s.Err()
}
