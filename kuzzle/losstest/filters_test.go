package losstest

import (
	"slices"
	"time"
)

// mostFilter is what the first page of one filter may take, however many users there are.
const mostFilter = 5 * time.Millisecond

// askFilters asks a server of so many imported users for the first page of single filters,
// with its exact total. The time of the first request for a field, which starts its
// counters, is printed without a bar.
func (s *server) askFilters(size size, users int) {
	s.t.Helper()
	others := s.filterTotal(object{"match_all": object{}}, nil) - users
	created := func(bounds object) object {
		return object{"range": object{"_kuzzle_info.createdAt": bounds}}
	}
	for _, filter := range []struct {
		name  string
		query object
		total int
	}{
		{"term, all", object{"term": object{"profileIds": "default"}}, users + others},
		{"terms, all", object{"terms": object{"profileIds": []any{"default", "editor"}}}, users + others},
		{"match, all", object{"match": object{"profileIds": "default"}}, users + others},
		{"prefix, all", object{"prefix": object{"profileIds": "def"}}, users + others},
		{"exists, all", object{"exists": object{"field": "_kuzzle_info.createdAt"}}, users + others},
		{"term, 100", object{"term": object{"_kuzzle_info.author": importer}}, rareUsers},
		{"term, none", object{"term": object{"profileIds": "nobody"}}, 0},
		{"range, half", created(object{"gte": firstTime + users/2, "lt": firstTime + users}), users / 2},
		{"range, 1 in 20", created(object{"gte": firstTime + users/2, "lt": firstTime + users/2 + users/20}), users / 20},
		{"range, 1 in 100", created(object{"gte": firstTime + users/2, "lt": firstTime + users/2 + users/100}), users / 100},
		{"not term", object{"bool": object{"must_not": object{"term": object{"_kuzzle_info.author": importer}}}}, users + others - rareUsers},
	} {
		for order, sort := range map[string]any{"by id": nil, "newest": []any{object{"_kuzzle_info.createdAt": "desc"}}} {
			var took []time.Duration
			for range size.samples {
				began := time.Now()
				total := s.filterTotal(filter.query, sort)
				took = append(took, time.Since(began))
				if total != filter.total {
					s.t.Errorf("%s, %s: total %d, want %d", filter.name, order, total, filter.total)
				}
			}
			first := took[0]
			slices.Sort(took)
			median := took[len(took)/2]
			s.t.Logf("| %s, %s | %v | first %v |", filter.name, order, median.Round(time.Microsecond), first.Round(time.Microsecond))
			if size.timed && median > mostFilter {
				s.t.Errorf("%s, %s takes %v with %d users, at most %v", filter.name, order, median, users, mostFilter)
			}
		}
	}
}

// filterTotal asks for a first page of 50 and returns the total.
func (s *server) filterTotal(query, sort any) int {
	s.t.Helper()
	body := object{}
	if query != nil {
		body["query"] = query
	}
	if sort != nil {
		body["sort"] = sort
	}
	got := s.must("POST", "/users/_search?size=50", body)
	if got.status != 200 {
		s.t.Fatalf("%v: %d %s", query, got.status, got.errID)
	}
	total, _ := got.result["total"].(float64)
	hits, _ := got.result["hits"].([]any)
	if len(hits) != min(50, int(total)) {
		s.t.Errorf("%v: %d hits of %v", query, len(hits), total)
	}
	return int(total)
}
