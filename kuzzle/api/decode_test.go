package api_test

import (
	"context"
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gokuzzle/kuzzle/kuzzle/api"
	"github.com/gokuzzle/kuzzle/kuzzle/fault"
)

// The argument types of the table, one field each.
type (
	text struct {
		V string `arg:"v"`
	}
	textNeeded struct {
		V string `arg:"v,required"`
	}
	id struct {
		V string `arg:"_id,id"`
	}
	idNeeded struct {
		V string `arg:"_id,required,id"`
	}
	number struct {
		V int `arg:"v,default=10"`
	}
	flag struct {
		V bool `arg:"v"`
	}
	flagOn struct {
		V bool `arg:"v,default=true"`
	}
	list struct {
		V []any `arg:"v"`
	}
	texts struct {
		V []string `arg:"v"`
	}
	legacy struct {
		V []string `arg:"v,legacy"`
	}
	anything struct {
		V any `arg:"v"`
	}
	object struct {
		V map[string]any `arg:"v"`
	}
	refresh struct {
		V api.Refresh `arg:"v,default=wait_for"`
	}
	noRefresh struct {
		V api.Refresh `arg:"v"`
	}
	lang struct {
		V api.Lang `arg:"v,default=elasticsearch"`
	}
	inBody struct {
		V string `body:"a.b"`
	}
	bodyNeeded struct {
		V string `body:"a.b,required"`
	}
	bodyTexts struct {
		V []string `body:"v"`
	}
	bodyFlag struct {
		V bool `body:"v"`
	}
	bodyObject struct {
		V map[string]any `body:"v"`
	}
	bodyNumber struct {
		V int `body:"v"`
	}
	whole struct {
		V map[string]any `body:"."`
	}
	wholeAny struct {
		V any `body:"."`
	}
	wholeNeed struct {
		V map[string]any `body:".,required"`
	}
	embedding struct{ inner }
	inner     struct {
		V string `arg:"v"`
	}
)

// decodeCase is a client's input and the decoded argument.
type decodeCase struct {
	name     string
	protocol string
	dispatch func(*api.Request) *api.Response
	args     string
	body     string
	// want is V as JSON; id and props are the refusal instead.
	want, id, props string
}

func run[A any](req *api.Request) *api.Response {
	return dispatcher(action[A]()).Dispatch(context.Background(), req)
}

const (
	web  = api.HTTP
	sock = api.WebSocket

	missing = "api.assert.missing_argument"
	invalid = "api.assert.invalid_type"
	wrong   = "api.assert.invalid_argument"
	noBody  = "api.assert.body_required"
)

// TestDecode is the contract's typed getters, tag by tag and type by type.
func TestDecode(t *testing.T) {
	cases := []decodeCase{
		{"text", sock, run[text], `{"v":"x"}`, ``, `"x"`, "", ""},
		{"text absent", sock, run[text], `{}`, ``, `""`, "", ""},
		{"text null is absent", sock, run[textNeeded], `{"v":null}`, ``, "", missing, `["v"]`},
		{"text needed", sock, run[textNeeded], `{}`, ``, "", missing, `["v"]`},
		{"text empty is given", sock, run[textNeeded], `{"v":""}`, ``, `""`, "", ""},
		{"text is not coerced", sock, run[text], `{"v":1}`, ``, "", invalid, `["v","string"]`},
		{"text repeated in a query", web, run[text], `{"v":["a","b"]}`, ``, "", invalid, `["v","string"]`},
		{"id", sock, run[id], `{"_id":"x"}`, ``, `"x"`, "", ""},
		{"id empty is absent", sock, run[idNeeded], `{"_id":""}`, ``, "", missing, `["_id"]`},
		{"id empty need not be", sock, run[id], `{"_id":""}`, ``, `""`, "", ""},
		{"id of another type", sock, run[id], `{"_id":5}`, ``, "", invalid, `["_id","string"]`},
		{"number", sock, run[number], `{"v":7}`, ``, `7`, "", ""},
		{"number absent", sock, run[number], `{}`, ``, `10`, "", ""},
		{"number as text", web, run[number], `{"v":"7"}`, ``, `7`, "", ""},
		{"number with a tail", web, run[number], `{"v":"10abc"}`, ``, `10`, "", ""},
		{"number with an exponent", web, run[number], `{"v":"1e3"}`, ``, `1000`, "", ""},
		{"number with half an exponent", web, run[number], `{"v":"1e+-5"}`, ``, `1`, "", ""},
		{"number negative", web, run[number], `{"v":" -3.0x"}`, ``, `-3`, "", ""},
		{"number in hexadecimal is zero", web, run[number], `{"v":"0x10"}`, ``, `0`, "", ""},
		{"number with a fraction", sock, run[number], `{"v":1.5}`, ``, "", invalid, `["v","integer"]`},
		{"number not safe", sock, run[number], `{"v":9007199254740993}`, ``, "", invalid, `["v","integer"]`},
		{"number too large", web, run[number], `{"v":"1e400"}`, ``, "", invalid, `["v","integer"]`},
		{"number that is none", web, run[number], `{"v":"abc"}`, ``, "", invalid, `["v","integer"]`},
		{"number empty", web, run[number], `{"v":""}`, ``, "", invalid, `["v","integer"]`},
		{"number infinite", web, run[number], `{"v":"Infinity"}`, ``, "", invalid, `["v","integer"]`},
		{"number as a flag", sock, run[number], `{"v":true}`, ``, "", invalid, `["v","integer"]`},
		{"flag", sock, run[flag], `{"v":true}`, ``, `true`, "", ""},
		{"flag absent", sock, run[flag], `{}`, ``, `false`, "", ""},
		{"flag null", sock, run[flag], `{"v":null}`, ``, `false`, "", ""},
		{"flag as text", sock, run[flag], `{"v":"true"}`, ``, "", invalid, `["v","boolean"]`},
		{"flag as number", sock, run[flag], `{"v":1}`, ``, "", invalid, `["v","boolean"]`},
		{"flag in a query, empty", web, run[flag], `{"v":""}`, ``, `true`, "", ""},
		{"flag in a query, true", web, run[flag], `{"v":"true"}`, ``, `true`, "", ""},
		{"flag in a query, 1", web, run[flag], `{"v":"1"}`, ``, `true`, "", ""},
		{"flag in a query, false", web, run[flag], `{"v":"false"}`, ``, `false`, "", ""},
		{"flag in a query, 0", web, run[flag], `{"v":"0"}`, ``, `false`, "", ""},
		{"flag in a query, anything", web, run[flag], `{"v":"maybe"}`, ``, "", invalid, `["v","boolean"]`},
		{"flag on by default", web, run[flagOn], `{}`, ``, `true`, "", ""},
		{"flag switched off", web, run[flagOn], `{"v":"false"}`, ``, `false`, "", ""},
		{"list", sock, run[list], `{"v":[1,"a"]}`, ``, `[1,"a"]`, "", ""},
		{"list as JSON in a query", web, run[list], `{"v":"[1,\"a\"]"}`, ``, `[1,"a"]`, "", ""},
		{"list repeated in a query", web, run[texts], `{"v":["a","b"]}`, ``, `["a","b"]`, "", ""},
		{"list as text elsewhere", sock, run[list], `{"v":"[1]"}`, ``, "", invalid, `["v","array"]`},
		{"list that is none", web, run[list], `{"v":"a,b"}`, ``, "", invalid, `["v","array"]`},
		{"list that is null as JSON", web, run[list], `{"v":"null"}`, ``, "", invalid, `["v","array"]`},
		{"list of other things", sock, run[texts], `{"v":["a",1]}`, ``, "", invalid, `["v","string[]"]`},
		{"legacy list", sock, run[legacy], `{"v":"a,b"}`, ``, `["a","b"]`, "", ""},
		{"legacy list as JSON", web, run[legacy], `{"v":"[\"a\"]"}`, ``, `["a"]`, "", ""},
		{"legacy list of one", web, run[legacy], `{"v":"a"}`, ``, `["a"]`, "", ""},
		{"legacy list of another type", sock, run[legacy], `{"v":1}`, ``, "", invalid, `["v","array"]`},
		{"anything", sock, run[anything], `{"v":{"a":[1]}}`, ``, `{"a":[1]}`, "", ""},
		{"object", sock, run[object], `{"v":{"a":1}}`, ``, `{"a":1}`, "", ""},
		{"object as a list", sock, run[object], `{"v":[]}`, ``, "", invalid, `["v","object"]`},
		{"refresh absent", sock, run[refresh], `{}`, ``, `true`, "", ""},
		{"refresh absent, off by default", sock, run[noRefresh], `{}`, ``, `false`, "", ""},
		{"refresh false", sock, run[refresh], `{"v":false}`, ``, `false`, "", ""},
		{"refresh \"false\"", web, run[refresh], `{"v":"false"}`, ``, `false`, "", ""},
		{"refresh empty", web, run[noRefresh], `{"v":""}`, ``, `true`, "", ""},
		{"refresh foo", web, run[noRefresh], `{"v":"foo"}`, ``, `true`, "", ""},
		{"lang absent", sock, run[lang], `{}`, ``, `"elasticsearch"`, "", ""},
		{"lang", sock, run[lang], `{"v":"koncorde"}`, ``, `"koncorde"`, "", ""},
		{"lang unknown", sock, run[lang], `{"v":"sql"}`, ``, "", wrong, ``},
		{"lang of another type", sock, run[lang], `{"v":1}`, ``, "", invalid, `["v","string"]`},
		{"in the body", sock, run[inBody], ``, `{"a":{"b":"x"}}`, `"x"`, "", ""},
		{"in no body", sock, run[inBody], ``, ``, `""`, "", ""},
		{"in the body, absent", sock, run[inBody], ``, `{"a":{}}`, `""`, "", ""},
		{"in the body, on the way something else", sock, run[inBody], ``, `{"a":[1]}`, `""`, "", ""},
		{"in the body, null", sock, run[inBody], ``, `{"a":{"b":null}}`, "", invalid, `["body.a.b","string"]`},
		{"in the body, needed", sock, run[bodyNeeded], ``, `{"a":{}}`, "", missing, `["body.a.b"]`},
		{"a body, needed", sock, run[bodyNeeded], ``, ``, "", noBody, `[]`},
		{"a list for a body", sock, run[bodyNeeded], ``, `[1]`, "", missing, `["body.a.b"]`},
		{"list in the body", sock, run[bodyTexts], ``, `{"v":["a"]}`, `["a"]`, "", ""},
		{"list in the body as text", web, run[bodyTexts], ``, `{"v":"[\"a\"]"}`, "", invalid, `["body.v","array"]`},
		{"flag in the body", web, run[bodyFlag], ``, `{"v":true}`, `true`, "", ""},
		{"flag in the body, null", web, run[bodyFlag], ``, `{"v":null}`, `false`, "", ""},
		{"flag in the body as text", web, run[bodyFlag], ``, `{"v":"true"}`, "", invalid, `["body.v","boolean"]`},
		{"object in the body", sock, run[bodyObject], ``, `{"v":{"a":1}}`, `{"a":1}`, "", ""},
		{"object in the body, null", sock, run[bodyObject], ``, `{"v":null}`, "", invalid, `["body.v","object"]`},
		{"number in the body", sock, run[bodyNumber], ``, `{"v":"12"}`, `12`, "", ""},
		{"the body", sock, run[whole], ``, `{"a":1}`, `{"a":1}`, "", ""},
		{"the body is a list", sock, run[whole], ``, `[1]`, "", invalid, `["body","object"]`},
		{"the body may be a list", sock, run[wholeAny], ``, `[1]`, `[1]`, "", ""},
		{"no body", sock, run[whole], ``, ``, `null`, "", ""},
		{"no body, needed", sock, run[wholeNeed], ``, ``, "", noBody, `[]`},
		{"of an embedded struct", sock, run[embedding], `{"v":"x"}`, ``, `"x"`, "", ""},
	}
	for _, test := range cases {
		t.Run(test.name, func(t *testing.T) { test.check(t) })
	}
}

func (test *decodeCase) check(t *testing.T) {
	var args map[string]any
	if test.args != "" {
		args = value(t, test.args).(map[string]any)
	}
	var body any
	if test.body != "" {
		body = value(t, test.body)
	}
	req := request(test.protocol, args, body)
	got := envelope(t, req, test.dispatch(req))
	if test.id != "" {
		failure, _ := got["error"].(map[string]any)
		if failure["id"] != test.id || failure["status"] != 400.0 {
			t.Fatalf("error %v, want %s", got["error"], test.id)
		}
		if test.props != "" && !cmp.Equal(failure["props"], value(t, test.props)) {
			t.Errorf("props %v, want %s", failure["props"], test.props)
		}
		return
	}
	result, ok := got["result"].(map[string]any)
	if !ok {
		t.Fatalf("no result in %v", got)
	}
	if diff := cmp.Diff(value(t, test.want), result["V"]); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

type two struct {
	A string `arg:"a,required"`
	B int    `body:"b,required"`
}

// TestViolations answers the first thing wrong in Kuzzle's dialect, in the order
// of the fields, and every one where a dialect wants that.
func TestViolations(t *testing.T) {
	all := &api.Dialect{Name: "all", Prefix: "/all", AllViolations: true, Append: api.Kuzzle.Append}
	for _, test := range []struct {
		dialect *api.Dialect
		want    []string
	}{{nil, []string{missing}}, {all, []string{missing, noBody}}} {
		var got error
		controllers := action[two]()
		controllers[0].Dialect = test.dialect
		d := api.New(api.Config{Table: api.NewTable(controllers, nil), Authenticator: callers{}, Rights: callers{}})
		d.On(api.OnError, func(_ context.Context, e *api.Event) error { got = e.Err; return nil })
		d.Ready()
		req := request(sock, nil, nil)
		req.Dialect = test.dialect
		d.Dispatch(context.Background(), req)
		if ids := idsOf(got); !cmp.Equal(ids, test.want) {
			t.Errorf("violations %v, want %v", ids, test.want)
		}
	}
}

func idsOf(err error) (ids []string) {
	failure, ok := fault.From(err)
	if !ok {
		return nil
	}
	for _, part := range failure.Errors {
		ids = append(ids, part.ID())
	}
	if ids == nil {
		ids = []string{failure.ID()}
	}
	return ids
}

// TestDeclarations refuses mistakes in the program when the table is made.
func TestDeclarations(t *testing.T) {
	tests := map[string]func(){
		"an unknown option": func() {
			api.NewTable(action[struct {
				V string `arg:"v,requird"`
			}](), nil)
		},
		"arguments that are no struct": func() { api.NewTable(action[string](), nil) },
		"two actions of one name":      func() { api.NewTable(append(action[api.None](), action[api.None]()...), nil) },
		"a route that is none": func() {
			api.NewTable([]api.Controller{{Name: "x", Actions: []api.Declared{api.Action[api.None, any]{Name: "y", Routes: api.Routes{"/y"}}}}}, nil)
		},
		"an alias of nothing": func() { api.NewTable(nil, []api.Alias{{Controller: "a", Name: "b", To: "c:d"}}) },
	}
	for name, declare := range tests {
		t.Run(name, func(t *testing.T) {
			defer func() {
				if recover() == nil {
					t.Error("it is accepted")
				}
			}()
			declare()
		})
	}
}

// FuzzInteger proves that reading numbers leniently never fails otherwise than
// by a refusal.
func FuzzInteger(f *testing.F) {
	for _, seed := range []string{"10abc", "1e+-5", "-.", "1e", "+", "9e999", ".5e1", "１"} {
		f.Add(seed)
	}
	d := dispatcher(action[number]())
	f.Fuzz(func(t *testing.T, text string) {
		req := request(web, map[string]any{"v": text}, nil)
		res := d.Dispatch(context.Background(), req)
		if res.Status != 200 && res.Err.ID() != invalid {
			t.Errorf("%q: status %d", text, res.Status)
		}
		if !json.Valid(res.Append(nil, req, true)) {
			t.Errorf("%q: no JSON", text)
		}
	})
}
