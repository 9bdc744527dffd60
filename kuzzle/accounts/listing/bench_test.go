package listing_test

import (
	"encoding/json"
	"fmt"
	"os"
	"strconv"
	"testing"
	"time"

	"github.com/gokuzzle/kuzzle/kuzzle/accounts/accountstest"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/listing"
	"github.com/gokuzzle/kuzzle/kuzzle/storage"
)

// listedUser is the nth of of users, created a second apart. The older half has imported bcrypt
// digests and a profile of its own, so that a filter and an order can conflict.
func listedUser(n, of int) storage.Change {
	created := 1_700_000_000_000 + n*1000
	first := []string{"ada", "grace", "linus", "margaret", "donald", "barbara", "edsger", "frances", "john", "radia"}[n*7%10]
	last := []string{"lovelace", "hopper", "torvalds", "hamilton", "knuth", "liskov", "dijkstra", "allen", "backus", "perlman"}[n*3%10]
	profile, class := "default", "local argon2id 2 65536 KiB"
	if n < of/2 {
		profile, class = "former", "digest-import bcrypt 10 4 KiB"
	}
	if n%(of/50) == 7 {
		profile = "rare"
	}
	account := map[string]any{
		"username": fmt.Sprintf("%s%d", first, n*48271%of), "firstName": first, "lastName": last, "name": first + " " + last,
		"email": fmt.Sprintf("%s.%s.%d@example%d.com", first, last, n, n%20), "contact": fmt.Sprintf("idn_%032d", n),
		"updatedAt": created + n%3*86_400_000, "passwordClass": class,
		"credentials": map[string]any{"local": map[string]any{"username": fmt.Sprintf("%s%d", first, n*48271%of)}},
	}
	switch n % (of / 50) {
	case 1:
		account["banned"] = true
	case 2:
		account["lockedUntil"] = int64(1)<<53 - 1
	}
	if n%100 == 3 {
		account["factors"], account["strategies"] = "totp", "totp"
	}
	if n%2 == 0 {
		account["lastSignInAt"] = created + n*7919%1_000_000
	}
	text, _ := json.Marshal(account)
	content := fmt.Appendf(nil, `{"profileIds":[%q],"_kuzzle_info":{"author":"-1","createdAt":%d,"updatedAt":null,"updater":null}}`, profile, created)
	return storage.Change{In: storage.Users, ID: fmt.Sprintf("kuid-%08x", uint32(n)*2654435761), Put: &storage.Document{Version: 1, Content: content, Account: text}}
}

// BenchmarkList compares different numbers of users:
//
//	KUZZLE_BENCH_USERS=1000000 go test ./kuzzle/accounts/listing -run '^$' -bench List -benchtime 20x -timeout 60m
func BenchmarkList(b *testing.B) {
	users := 1000
	if text := os.Getenv("KUZZLE_BENCH_USERS"); text != "" {
		var err error
		if users, err = strconv.Atoi(text); err != nil {
			b.Fatal(err)
		}
	}
	bench := accountstest.New(b, nil)
	began := time.Now()
	batch := make([]storage.Change, 0, 5000)
	for n := range users {
		if batch = append(batch, listedUser(n, users)); len(batch) < cap(batch) && n < users-1 {
			continue
		}
		for _, result := range bench.Store.CommitMany(b.Context(), batch) {
			if result.Err != nil {
				b.Fatal(result.Err)
			}
		}
		batch = batch[:0]
	}
	b.Logf("%d users in %v", users, time.Since(began).Round(time.Millisecond))
	yes, no := true, false
	at := func(part int) int64 { return int64(1_700_000_000_000 + users/10*part*1000) }
	for _, test := range []struct {
		name string
		want listing.Wanted
	}{
		{"all", listing.Wanted{Descending: true}},
		{"oldest", listing.Wanted{}},
		{"by username", listing.Wanted{Order: "username"}},
		{"by last sign-in", listing.Wanted{Order: "lastSignInAt", Descending: true}},
		{"by lastName", listing.Wanted{Order: "lastName"}},
		{"by email", listing.Wanted{Order: "email"}},
		{"by id", listing.Wanted{Order: "_id"}},
		{"query of many", listing.Wanted{Filter: listing.Filter{Query: "ada"}, Descending: true}},
		{"query of few", listing.Wanted{Filter: listing.Filter{Query: "ova"}, Descending: true}},
		{"query of one", listing.Wanted{Filter: listing.Filter{Query: fmt.Sprintf("knuth.%d@", users/10*4+4)}, Descending: true}},
		{"query of nobody", listing.Wanted{Filter: listing.Filter{Query: "zzzzz"}, Descending: true}},
		{"query of an address that all have", listing.Wanted{Filter: listing.Filter{Query: "example"}, Descending: true}},
		{"two letters", listing.Wanted{Filter: listing.Filter{Query: "ad"}, Descending: true}},
		{"one letter", listing.Wanted{Filter: listing.Filter{Query: "a"}, Descending: true}},
		{"newer profile", listing.Wanted{Filter: listing.Filter{Profile: "default"}, Descending: true}},
		{"older profile", listing.Wanted{Filter: listing.Filter{Profile: "former"}, Descending: true}},
		{"rare profile", listing.Wanted{Filter: listing.Filter{Profile: "rare"}, Descending: true}},
		{"older profile by username", listing.Wanted{Filter: listing.Filter{Profile: "former"}, Order: "username"}},
		{"older profile, not banned", listing.Wanted{Filter: listing.Filter{Profile: "former", Banned: &no}, Descending: true}},
		{"older profile and a query of many", listing.Wanted{Filter: listing.Filter{Profile: "former", Query: "ada"}, Descending: true}},
		{"newer digest", listing.Wanted{Filter: listing.Filter{Digest: "argon2id"}, Descending: true}},
		{"strategy", listing.Wanted{Filter: listing.Filter{Strategy: "local"}, Descending: true}},
		{"banned", listing.Wanted{Filter: listing.Filter{Banned: &yes}, Descending: true}},
		{"not banned", listing.Wanted{Filter: listing.Filter{Banned: &no}, Descending: true}},
		{"locked", listing.Wanted{Filter: listing.Filter{Locked: &yes}, Descending: true}},
		{"not locked", listing.Wanted{Filter: listing.Filter{Locked: &no}, Descending: true}},
		{"created between", listing.Wanted{Filter: listing.Filter{CreatedAfter: at(3), CreatedBefore: at(4)}, Descending: true}},
		{"created between, up", listing.Wanted{Filter: listing.Filter{CreatedAfter: at(3), CreatedBefore: at(4)}}},
		{"created between by username", listing.Wanted{Filter: listing.Filter{CreatedAfter: at(3), CreatedBefore: at(4)}, Order: "username"}},
		{"created between by update", listing.Wanted{Filter: listing.Filter{CreatedAfter: at(3), CreatedBefore: at(4)}, Order: "updatedAt", Descending: true}},
	} {
		test.want.Size = listing.DefaultSize
		b.Run(test.name, func(b *testing.B) {
			var page listing.Page
			for b.Loop() {
				var err error
				if page, err = bench.Listing.List(b.Context(), test.want); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(len(page.Users)), "users")
			b.ReportMetric(float64(page.Total), "total")
		})
	}
}
