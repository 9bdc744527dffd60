package systemtest

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

// large is a server with an administrator and twelve users of nearly a MiB each.
func large(t *testing.T) (s *server, kuids []string) {
	t.Helper()
	s = start(t)
	create := func(kuid, profile, text string) {
		s.operate(t, "security", "createUser", map[string]any{"_id": kuid, "refresh": "wait_for"}, map[string]any{
			"content":     map[string]any{"profileIds": []any{profile}, "text": text},
			"credentials": map[string]any{"local": map[string]any{"username": kuid, "password": "correct horse"}},
		})
	}
	create("root", "admin", "")
	for i := range 12 {
		kuids = append(kuids, fmt.Sprintf("large%02d", i))
		create(kuids[i], "default", strings.Repeat("x", 1_000_000))
	}
	return s, kuids
}

// hitsOf are the values of a key in the hits of an answer.
func hitsOf(got answer, key string) (values []string) {
	hits, _ := got.at("result.hits").([]any)
	for _, hit := range hits {
		object, _ := hit.(map[string]any)
		value, _ := object[key].(string)
		values = append(values, value)
	}
	return values
}

// TestPartial: twelve users of nearly a MiB each do not fail a search. Its pages
// are cut by bytes, say so, and name the place to go on from.
func TestPartial(t *testing.T) {
	s, kuids := large(t)
	backwards := slices.Clone(kuids)
	slices.Reverse(backwards)
	for _, protocol := range []string{"http", "websocket"} {
		t.Run(protocol, func(t *testing.T) {
			c := s.client(t, protocol)
			jwt := loggedIn(t, c, "root")
			ask := func(action string, args, body map[string]any) answer {
				t.Helper()
				got := perform(t, c, jwt, "security:"+action, args, body)
				if got.failure() != nil {
					t.Fatalf("%s %v %v: %v", action, args, body, got.failure())
				}
				return got
			}
			// read checks a page, the first of which is partial and the second not.
			read := func(what string, got answer, size int) {
				t.Helper()
				hits := hitsOf(got, "_id")
				if partial := got.at("result.partial") == true; len(hits) == 0 || partial != (len(hits) < size) {
					t.Errorf("%s: %d hits, partial %v", what, len(hits), got.at("result.partial"))
				}
			}
			users := map[string]any{"prefix": map[string]any{"_id": "large"}}
			down := []any{map[string]any{"_id": "desc"}}

			first := ask("searchUsers", map[string]any{"size": 10}, map[string]any{"query": users, "sort": down})
			read("the first page", first, 10)
			found := hitsOf(first, "_id")
			second := ask("searchUsers", map[string]any{"size": 12 - len(found)},
				map[string]any{"query": users, "sort": down, "search_after": first.at("result.searchAfter")})
			read("the second page", second, 12-len(found))
			if found = append(found, hitsOf(second, "_id")...); !slices.Equal(found, backwards) {
				t.Errorf("search_after: got %q, want %q", found, backwards)
			}
			if second.at("result.searchAfter") != nil {
				t.Error("a page that is whole names a place to go on from")
			}

			page := ask("searchUsers", map[string]any{"size": 10, "scroll": "30s"}, map[string]any{"query": users})
			read("a scroll's first page", page, 10)
			if page.at("result.searchAfter") != nil {
				t.Error("a scroll names a place to search after")
			}
			found = hitsOf(page, "_id")
			for len(found) < 12 && len(hitsOf(page, "_id")) > 0 {
				page = ask("scrollUsers", map[string]any{"scrollId": page.text("result.scrollId")}, nil)
				found = append(found, hitsOf(page, "_id")...)
			}
			if !slices.Equal(found, kuids) {
				t.Errorf("scroll: got %q, want %q", found, kuids)
			}

			first = ask("searchUsersByCredentials", map[string]any{"strategy": "local", "size": 20}, map[string]any{})
			found = hitsOf(first, "kuid")
			if first.at("result.partial") != true {
				t.Errorf("credentials: %d hits, partial %v, want it to be partial", len(found), first.at("result.partial"))
			}
			second = ask("searchUsersByCredentials", map[string]any{"strategy": "local", "size": 20},
				map[string]any{"search_after": first.at("result.searchAfter")})
			if found = append(found, hitsOf(second, "kuid")...); !slices.Equal(found, append(slices.Clone(kuids), "root")) {
				t.Errorf("credentials: got %q", found)
			}

			first = ask("mGetUsers", nil, map[string]any{"ids": kuids})
			if found = hitsOf(first, "_id"); first.at("result.partial") != true || len(found) == 0 {
				t.Errorf("several by id: %d hits, partial %v", len(found), first.at("result.partial"))
			}
			second = ask("mGetUsers", nil, map[string]any{"ids": first.at("result.left")})
			if found = append(found, hitsOf(second, "_id")...); !slices.Equal(found, kuids) {
				t.Errorf("several by id: got %q, want %q", found, kuids)
			}
			if second.at("result.partial") != nil || second.at("result.left") != nil {
				t.Error("the last of several by id are partial")
			}
		})
	}
}

// TestPartialRoles: roles of nearly a MiB each are found by their content, and read
// by their ids, part by part.
func TestPartialRoles(t *testing.T) {
	s := start(t)
	var named []string
	for i := range 12 {
		name := "other"
		if id := fmt.Sprintf("role%02d", i); i != 1 && i != 3 {
			name, named = "special", append(named, id)
		}
		s.operate(t, "security", "createRole", map[string]any{"_id": fmt.Sprintf("role%02d", i), "force": true, "refresh": "wait_for"}, map[string]any{
			"controllers": map[string]any{name: map[string]any{"actions": map[string]any{"*": true}}}, "text": strings.Repeat("x", 1_000_000),
		})
	}
	s.administrator(t, "root")
	for _, protocol := range []string{"http", "websocket"} {
		t.Run(protocol, func(t *testing.T) {
			c := s.client(t, protocol)
			jwt := loggedIn(t, c, "root")
			body := map[string]any{"controllers": []any{"special"}, "sort": []any{map[string]any{"_id": "desc"}}}
			var found []string
			for pages := 1; ; pages++ {
				got := perform(t, c, jwt, "security:searchRoles", map[string]any{"size": 11.0}, body)
				if got.failure() != nil {
					t.Fatal(got.failure())
				}
				// The role admin names every controller.
				if got.at("result.total") != float64(len(named)+1) {
					t.Errorf("page %d: a total of %v, want %d", pages, got.at("result.total"), len(named)+1)
				}
				found = append(found, hitsOf(got, "_id")...)
				if got.at("result.partial") == nil {
					if pages != 2 || got.at("result.searchAfter") != nil {
						t.Errorf("the last page is number %d, search after %v", pages, got.at("result.searchAfter"))
					}
					break
				}
				if body["search_after"] = got.at("result.searchAfter"); body["search_after"] == nil {
					t.Fatal("a partial page names no place to go on from")
				}
			}
			want := append([]string{"admin"}, named...)
			slices.Reverse(want)
			if !slices.Equal(found, want) {
				t.Errorf("by controllers: got %q, want %q", found, want)
			}

			first := perform(t, c, jwt, "security:mGetRoles", nil, map[string]any{"ids": named})
			second := perform(t, c, jwt, "security:mGetRoles", nil, map[string]any{"ids": first.at("result.left")})
			if first.at("result.partial") != true || second.at("result.partial") != nil {
				t.Errorf("by ids: partial %v, then %v", first.at("result.partial"), second.at("result.partial"))
			}
			if found := append(hitsOf(first, "_id"), hitsOf(second, "_id")...); !slices.Equal(found, named) {
				t.Errorf("by ids: got %q, want %q", found, named)
			}
		})
	}
}
