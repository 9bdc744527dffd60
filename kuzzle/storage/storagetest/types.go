package storagetest

import (
	"fmt"
	"strings"

	"github.com/gokuzzle/kuzzle/kuzzle/query"
	"github.com/gokuzzle/kuzzle/kuzzle/storage"
)

// testCommonMappings: what mappings of other systems say beside plain types.
func testCommonMappings(f *fixture) {
	f.mapUsers(`{
		"day":{"type":"date","format":"yyyy-MM-dd||dd/MM/yyyy||epoch_millis"},"odd":{"type":"date","format":"yyyy-mm-dd"},"basic":{"type":"date","format":"basic_date"},
		"minute":{"type":"date","format":"yyyy-MM-dd HH:mm:ss||yyyy-MM-dd'T'HH:mm:ss.SSSXXX||strict_date_optional_time"},
		"first":{"type":"text","copy_to":"whole"},"last":{"type":"keyword","copy_to":["whole","names.all","nowhere"]},"whole":{"type":"text","fields":{"raw":{"type":"keyword"}}},
		"names":{"properties":{"all":{"type":"keyword"}}},"n":{"type":"nested","properties":{"k":{"type":"keyword","copy_to":"whole"}}},
		"mail":{"type":"keyword","normalizer":"lowercase"},"addr":{"type":"ip"},"path":{"type":"wildcard"},
		"spot":{"type":"geo_point"},"flat":{"type":"flattened","depth_limit":3},"ages":{"type":"integer_range"},"hours":{"type":"date_range","format":"yyyy-MM-dd"},
		"done":{"type":"completion"},"vector":{"type":"dense_vector","dims":3,"index_options":{"type":"hnsw"}}}`)
	f.create("a", `{"day":"2024-03-05","odd":"2024-05-06","basic":"20240305","minute":"2024-03-05 10:11:12","first":"Ada Maria","last":"Lovelace","mail":"Ada@Example.org",
		"addr":"10.1.2.3","path":"/home/Ada/*","spot":{"lat":1,"lon":2},"flat":{"a":{"b":[1,"x"]}},"ages":{"gte":1,"lt":5},"done":["x",{"input":["y"],"weight":3}],"vector":[1,2,3]}`)
	f.create("b", `{"day":"05/03/2024","odd":"2025-01-02","basic":"20251231","minute":"2024-03-05T12:11:12.500+02:00","last":["Byron","King"],"mail":["b@x.org","ADA@example.ORG"],
		"addr":["192.168.0.9","2001:db8::1"],"path":"/home/bob","n":[{"k":"inner"}],"spot":"1,2"}`)
	f.create("c", `{"day":1709596800000,"minute":"2024-03-05T10:11:12Z","addr":"::ffff:10.200.0.1"}`)
	term := func(field string, v any) query.Node {
		return query.Terms{Field: content(field), Values: []any{v}}
	}
	for _, c := range []nodeCase{
		{"a pattern", term("day", "2024-03-05"), "abc"},
		{"another pattern of the field", term("day", "05/03/2024"), "abc"},
		{"a range of patterns", query.Range{Field: content("day"), GT: "2024-03-04", LTE: "05/03/2024"}, "abc"},
		{"months that are called minutes", query.Range{Field: content("odd"), GTE: "2024-05-06", LT: "2024-05-07"}, "a"},
		{"a named pattern", query.Range{Field: content("basic"), GTE: "20240305", LT: "20251231"}, "a"},
		{"a second", term("minute", "2024-03-05 10:11:12"), "abc"},
		{"a fraction in a zone", term("minute", "2024-03-05T10:11:12.500+00:00"), "b"},
		{"copied words", query.Match{Field: content("whole"), Text: "maria lovelace", All: true}, "a"},
		{"copied from a list", query.Match{Field: content("whole"), Text: "king"}, "b"},
		{"copied out of elements", query.Match{Field: content("whole"), Text: "inner"}, "b"},
		{"copied into another form", term("whole.raw", "Ada Maria"), "a"},
		{"copied into an object", term("names.all", "Byron"), "b"},
		{"exists by a copy", query.Exists{Field: content("names.all")}, "ab"},
		{"small letters", term("mail", "ada@EXAMPLE.org"), "ab"},
		{"a beginning in small letters", query.Prefix{Field: content("mail"), Value: "ADA"}, "ab"},
		{"a pattern in small letters", query.Wildcard{Field: content("mail"), Pattern: "*@EXAMPLE*"}, "ab"},
		{"near, in small letters", query.Fuzzy{Field: content("mail"), Value: "B@x.orh", Edits: 1}, "b"},
		{"an address", term("addr", "10.1.2.3"), "a"},
		{"an address in its longer form", term("addr", "::ffff:a01:203"), "a"},
		{"a network", term("addr", "10.0.0.0/8"), "ac"},
		{"a longer network", term("addr", "2001:db8::/32"), "b"},
		{"addresses between", query.Range{Field: content("addr"), GTE: "10.1.2.4", LTE: "192.168.255.255"}, "bc"},
		{"a wildcard field", query.Wildcard{Field: content("path"), Pattern: `/home/*\*`}, "a"},
		{"a wildcard field by its value", term("path", "/home/bob"), "b"},
		{"what is kept is not found", query.Bool{Should: []query.Node{
			query.Exists{Field: content("spot")}, query.Exists{Field: content("flat")}, term("flat.a.b", "x"), term("ages", 3.0), query.Exists{Field: content("done")},
		}, MinShould: 1}, ""},
	} {
		f.wantFound(c.what, c.node, strings.Split(c.want, "")...)
	}
	if got := f.search(query.Search{Where: query.All{}, Size: 10, Sort: []query.Sort{{Field: content("addr")}}}); len(got.Hits) != 3 || got.Hits[0].ID != "a" || got.Hits[2].ID != "b" {
		f.Errorf("in the order of addresses: %v", got.Hits)
	}
	sum := f.search(query.Search{Where: term("addr", "10.0.0.0/8"), Aggregations: []query.Aggregation{{Name: "by", Field: content("addr"), Size: 5}}}).Aggregations
	if got := fmt.Sprint(asJSON(sum)); !strings.Contains(got, "key:10.1.2.3]") || !strings.Contains(got, "key:10.200.0.1]") {
		f.Errorf("addresses summed up: %s", got)
	}
	for _, text := range []string{`{"day":"2024-3-5"}`, `{"day":"2024-02-30"}`, `{"odd":"2024-13-01"}`, `{"basic":"2024-03-05"}`, `{"minute":"2024-03-05 10:11"}`, `{"addr":"10.1.2"}`, `{"addr":1}`} {
		f.wantKind(text, f.try(creation("bad", text)), storage.ErrBadRequest)
	}
	for _, node := range []query.Node{term("addr", "ten"), query.Range{Field: content("addr"), GT: "10"}, query.Prefix{Field: content("addr"), Value: "10"}, term("day", "03-2024")} {
		_, err := f.store.Search(f.ctx, storage.Users, query.Search{Where: node, Size: 1})
		f.wantKind("search", err, storage.ErrBadRequest)
	}
}

// testLaterCopies: a field that is copied from then on is found by it in older documents.
func testLaterCopies(f *fixture) {
	f.mapUsers(`{"last":{"type":"keyword"}}`)
	f.create("a", `{"last":"Lovelace"}`)
	f.mapUsers(`{"last":{"type":"keyword","copy_to":"all"},"all":{"type":"keyword"}}`)
	f.wantFound("copied later", query.Terms{Field: content("all"), Values: []any{"Lovelace"}}, "a")
	for _, text := range []string{`{"last":{"type":"keyword","copy_to":"other"}}`, `{"last":{"type":"keyword","normalizer":"lowercase"}}`} {
		_, err := f.store.UpdateMapping(f.ctx, storage.Users, storage.Mapping{Properties: object(text)})
		f.wantKind(text, err, storage.ErrCannotChangeMapping)
	}
	for _, text := range []string{`{"x":{"type":"keyword","copy_to":[]}}`, `{"x":{"type":"keyword","copy_to":7}}`} {
		_, err := f.store.UpdateMapping(f.ctx, storage.Users, storage.Mapping{Properties: object(text)})
		f.wantKind(text, err, storage.ErrMappingProperty)
	}
	for _, text := range []string{`{"x":{"type":"keyword","normalizer":"own"}}`, `{"x":{"type":"date","format":"yyyy-QQ"}}`, `{"x":{"type":"date","format":"HH:mm"}}`} {
		_, err := f.store.UpdateMapping(f.ctx, storage.Users, storage.Mapping{Properties: object(text)})
		f.wantKind(text, err, storage.ErrInvalidMapping)
	}
}
