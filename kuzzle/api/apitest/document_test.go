package apitest

import (
	"strings"
	"testing"
)

const shop = `{"openapi":"3.1.0","info":{"title":"Shop","version":"1"},
"paths":{"/hats/{_id}":{"put":{"description":"hats:put",
	"parameters":[{"in":"path","name":"_id","required":true,"schema":{"type":"string"}}],
	"requestBody":{"content":{"application/json":{"schema":{"type":"object","properties":{"size":{"type":"integer"}}}}}},
	"responses":{
		"200":{"description":"OK","content":{"application/json":{"schema":{"allOf":[{"$ref":"#/components/schemas/Answer"},{"properties":{"result":{"$ref":"#/components/schemas/Hat"}},"required":["result"]}]}}}},
		"304":{"description":"Not Modified"},
		"404":{"$ref":"#/components/responses/404"}}}}},
"components":{
	"schemas":{"Answer":{"type":"object","properties":{"status":{"type":"integer"}},"required":["status"]},
		"Hat":{"type":"object","properties":{"size":{"type":"integer"}},"required":["size"]}},
	"responses":{"404":{"description":"Not Found","content":{"application/json":{"schema":{"type":"object","properties":{"id":{"enum":["hats.unknown"]}},"required":["id"]}}}}}}}`

// TestJudge: what is described passes, and nothing else does.
func TestJudge(t *testing.T) {
	d, err := Parse([]byte(shop))
	if err == nil {
		err = d.Check()
	}
	if err != nil {
		t.Fatal(err)
	}
	put := d.Action("hats:put")
	for _, test := range []struct {
		name       string
		status     int
		kind, body string
		right      bool
	}{
		{"as described", 200, "application/json; charset=utf-8", `{"status":200,"result":{"size":3}}`, true},
		{"without a result", 200, "application/json", `{"status":200}`, false},
		{"without a member", 200, "application/json", `{"status":200,"result":{}}`, false},
		{"of another type", 200, "application/json", `{"status":200,"result":{"size":"3"}}`, false},
		{"with a member that is not described", 200, "application/json", `{"status":200,"result":{"size":3,"secret":1}}`, false},
		{"with more around the result", 200, "application/json", `{"status":200,"result":{"size":3},"secret":1}`, false},
		{"no JSON", 200, "application/json", `hat`, false},
		{"another type of content", 200, "text/html", `hat`, false},
		{"without a body", 304, "image/png", ``, true},
		{"a refusal", 404, "application/json", `{"id":"hats.unknown"}`, true},
		{"another refusal", 404, "application/json", `{"id":"hats.other"}`, false},
		{"another status", 500, "application/json", `{"id":"hats.unknown"}`, false},
	} {
		if err := d.Judge(put, test.status, test.kind, []byte(test.body)); (err == nil) != test.right {
			t.Errorf("%s: %v", test.name, err)
		}
	}
	for _, test := range []struct {
		body  any
		right bool
	}{{map[string]any{"size": 3.0, "more": 1.0}, true}, {map[string]any{"size": "3"}, false}, {[]any{}, false}} {
		if err := d.JudgeBody(put, test.body); (err == nil) != test.right {
			t.Errorf("%v: %v", test.body, err)
		}
	}
}

// TestParse: what is no description of an API is refused.
func TestParse(t *testing.T) {
	for _, text := range []string{
		`{`, `{}`, strings.Replace(shop, "3.1.0", "3.0.0", 1), strings.Replace(shop, `"required":true,`, "", 1), strings.Replace(shop, `"description":"OK",`, "", 1),
	} {
		if _, err := Parse([]byte(text)); err == nil {
			t.Errorf("%.60s is taken for a description", text)
		}
	}
	d, err := Parse([]byte(strings.Replace(shop, `"#/components/schemas/Hat"`, `"#/components/schemas/Cap"`, 1)))
	if err == nil {
		err = d.Check()
	}
	if err == nil {
		t.Error("a schema that is not there is referred to")
	}
}
