//go:build unix

package storagetest

import (
	"encoding/json"
	"errors"
	"fmt"
	"math/bits"
	"os"
	"strconv"
	"syscall"
	"testing"
	"time"

	"github.com/gokuzzle/kuzzle/kuzzle/query"
	"github.com/gokuzzle/kuzzle/kuzzle/storage"
)

// BenchmarkLists fills an empty store with 1,000 users, or KUZZLE_BENCH_USERS, like
// those of applications that use names and addresses, and measures the cost of lists
// of 50 of them: the time, and the CPU of this process alone. The cost of rows marked
// as growing grows with the number of users; all others must not.
func BenchmarkLists(b *testing.B, s storage.Store) {
	users := 1000
	if text := os.Getenv("KUZZLE_BENCH_USERS"); text != "" {
		var err error
		if users, err = strconv.Atoi(text); err != nil {
			b.Fatal(err)
		}
	}
	fillLists(b, s, users)
	middle := benchUser{users/2 + 4, users} // whose names are in the middle too
	id, account0 := middle.id(), middle.account()
	made := query.Field{Path: "_kuzzle_info.createdAt"}
	b.Run("get", func(b *testing.B) {
		measured(b, func() error {
			_, err := s.Get(b.Context(), storage.Users, id)
			return err
		})
	})
	search := func(name string, what query.Search) {
		what.Size, what.Bare = 50, true // as lists of Clerk's API request
		b.Run(name, func(b *testing.B) {
			var hits int
			measured(b, func() error {
				page, err := s.Search(b.Context(), storage.Users, what)
				hits = len(page.Hits)
				return err
			})
			b.ReportMetric(float64(hits), "hits")
		})
	}
	newest := []query.Sort{{Field: made, Desc: true}}
	equals := func(path string, values ...any) query.Node { return query.Terms{Field: account(path), Values: values} }
	var many []any
	for n := range 100 {
		many = append(many, benchUser{n * users / 100, users}.id())
	}
	search("exact/id", query.Search{Where: query.Terms{Field: byID.Field, Values: []any{id}}, Sort: newest, Uncounted: true})
	search("exact/100 ids", query.Search{Where: query.Terms{Field: byID.Field, Values: many}, Sort: newest, Uncounted: true})
	search("exact/username", query.Search{Where: equals("username", account0["username"]), Sort: newest, Uncounted: true})
	search("exact/email", query.Search{Where: equals("email", account0["email"].([]string)[0]), Sort: newest, Uncounted: true})
	search("exact/banned, of 50", query.Search{Where: equals("banned", true), Sort: newest, Uncounted: true})
	search("exact/not banned, of all", query.Search{Where: query.Bool{MustNot: []query.Node{equals("banned", true)}}, Sort: newest, Uncounted: true})
	for _, order := range []struct {
		name string
		desc bool
	}{{"up", false}, {"down", true}} {
		sort := []query.Sort{{Field: made, Desc: order.desc}}
		name := "order/made " + order.name + "/"
		search(name+"first page", query.Search{Sort: sort, Uncounted: true})
		search(name+"in the middle", query.Search{Sort: sort, After: []any{float64(middle.made()), id}, Uncounted: true})
		last := benchUser{0, users}
		if !order.desc {
			last.n = users - 1
		}
		search(name+"behind the last", query.Search{Sort: sort, After: []any{float64(last.made()), last.id()}, Uncounted: true})
	}
	for _, path := range []string{"createdAt", "updatedAt", "lastSignInAt", "username", "firstName", "lastName", "email", "phone", "wallet"} {
		for _, order := range []struct {
			name string
			desc bool
		}{{"up", false}, {"down", true}} {
			sort := []query.Sort{{Field: account(path), Desc: order.desc}}
			name := "order/" + path + " " + order.name + "/"
			search(name+"first page", query.Search{Sort: sort, Uncounted: true})
			if value := listedValue(account0, sort[0]); value != nil {
				value, _ = asJSON(value).(any)
				search(name+"in the middle", query.Search{Sort: sort, After: []any{value, id}, Uncounted: true})
			}
			search(name+"among those without", query.Search{Sort: sort, After: []any{nil, id}, Uncounted: true})
		}
	}
	search("order/made down/from 500", query.Search{Sort: newest, From: 500, Uncounted: true})
	part := func(text string) query.Node { return query.Contains{Fields: everyPart, Text: text} }
	username := account0["username"].(string)
	search("part/of a rare name, 50 matches", query.Search{Where: part("ZALCOAT"), Sort: newest, Uncounted: true})
	search("part/three letters of it", query.Search{Where: part("zal"), Sort: newest, Uncounted: true})
	search("part/of one username", query.Search{Where: part(username[1:]), Sort: newest, Uncounted: true})
	search("part/of one id", query.Search{Where: part(id[5:20]), Sort: newest, Uncounted: true})
	search("part/of nobody", query.Search{Where: part("qqqqq"), Sort: newest, Uncounted: true})
	search("grows/part that all have", query.Search{Where: part("example"), Sort: newest, Uncounted: true})
	search("grows/two letters", query.Search{Where: part("qu"), Sort: newest, Uncounted: true})
	search("grows/counted part that many have", query.Search{Where: part("grace"), Sort: newest})
}

// measured runs do as a benchmark and reports the CPU time too.
func measured(b *testing.B, do func() error) {
	before := processTime()
	for b.Loop() {
		err := do()
		if errors.Is(err, storage.ErrTimeout) {
			b.Skip("ended by the time-out of searches")
		}
		if err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64((processTime()-before).Microseconds())/float64(b.N), "cpu-µs/op")
}

func processTime() time.Duration {
	var u syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &u) != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// benchUser is the nth of a number of users.
type benchUser struct{ n, of int }

// id returns an id that looks random, like real ones.
func (u benchUser) id() string {
	return fmt.Sprintf("user_%016x%08x", bits.Reverse64(uint64(u.n)*0x9E3779B97F4A7C15), uint32(u.n)*2654435761)
}

func (u benchUser) account() map[string]any {
	first := []string{"ada", "grace", "linus", "margaret", "donald", "barbara", "edsger", "frances", "john", "radia"}[u.n*7%10] + []string{"", "a", "ine", "o", "is"}[u.n/10%5]
	last := []string{"lovelace", "hopper", "torvalds", "hamilton", "knuth", "liskov", "dijkstra", "allen", "backus", "perlman"}[u.n*3%10] + []string{"", "son", "sen", "ova", "ez"}[u.n/50%5]
	if u.n%(u.of/50) == 7 {
		last = "quetzalcoatl"
	}
	created := u.made()
	account := map[string]any{
		"username": fmt.Sprintf("%s%d", first, u.n*48271%u.of), "firstName": first, "lastName": last, "name": first + " " + last,
		"email":     []string{fmt.Sprintf("%s.%s.%d@example%d.com", first, last, u.n, u.n%20)},
		"createdAt": created, "updatedAt": created + u.n%3*86_400_000, "externalId": fmt.Sprint("ext-", u.n),
		"banned": u.n%(u.of/50) == 3,
	}
	if u.n%2 == 0 {
		account["phone"] = []string{fmt.Sprintf("+1555%07d", u.n)}
		account["lastSignInAt"] = created + u.n*7919%1_000_000
	}
	return account
}

// made returns the time of the user's creation, in epoch milliseconds.
func (u benchUser) made() int { return 1_700_000_000_000 + u.n*1000 }

func fillLists(b *testing.B, s storage.Store, users int) {
	b.Helper()
	began, cpu := time.Now(), processTime()
	commitUsers(b, s, users, func(n int) storage.Change {
		u := benchUser{n, users}
		text, err := json.Marshal(u.account())
		if err != nil {
			b.Fatal(err)
		}
		return storage.Change{In: storage.Users, ID: u.id(), Put: &storage.Document{
			Version: 1, Content: fmt.Appendf(nil, `{"profileIds":["default"],"_kuzzle_info":{"author":"-1","createdAt":%d,"updatedAt":null,"updater":null}}`, u.made()), Account: text,
		}}
	})
	b.Logf("%d users in %v, %v of CPU each", users, time.Since(began).Round(time.Millisecond), (processTime()-cpu)/time.Duration(users))
}

// commitUsers writes so many users in large batches, and waits until searches see them.
func commitUsers(b *testing.B, s storage.Store, users int, change func(n int) storage.Change) {
	b.Helper()
	batch := make([]storage.Change, 0, 5000)
	for n := range users {
		batch = append(batch, change(n))
		if len(batch) < cap(batch) && n < users-1 {
			continue
		}
		for _, result := range s.CommitMany(b.Context(), batch) {
			if result.Err != nil {
				b.Fatal(result.Err)
			}
		}
		batch = batch[:0]
	}
	if err := s.Refresh(b.Context(), storage.Users); err != nil {
		b.Fatal(err)
	}
}
