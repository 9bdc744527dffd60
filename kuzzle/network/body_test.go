package network_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/gokuzzle/kuzzle/kuzzle/network"
)

const (
	ctForm  = "Content-Type: application/x-www-form-urlencoded"
	ctParts = "Content-Type: multipart/form-data; boundary=b"
	gzipped = "Content-Encoding: gzip"
)

// TestJSONBodies is every way a JSON body can be right or wrong.
func TestJSONBodies(t *testing.T) {
	f := start(t, network.Options{MaxRequestSize: 4096, MaxDepth: 8})
	nested := func(depth int) string { return strings.Repeat("[", depth) + "1" + strings.Repeat("]", depth) }
	ok := func(name, body, want string) rawCase {
		return rawCase{name: name, request: post(body), status: 200, field: "result.body", want: want}
	}
	unparsed := func(name, body string) rawCase {
		return rawCase{name: name, request: post(body), status: 400, id: "network.http.body_parse_failed", bare: true}
	}
	scalar := func(name, body string) rawCase {
		return rawCase{name: name, request: post(body), status: 400, id: "api.assert.invalid_type", bare: true, props: `["body","object"]`}
	}
	malformed := unparsed("malformed", "{oops")
	malformed.props = `["it is not JSON: look at byte 2"]`
	malformed.header = map[string]string{"X-Kuzzle-Request-Id": "", "Access-Control-Allow-Origin": "*", "Content-Type": "application/json"}
	// It may be a login, and the answer is logged by many clients.
	long := unparsed("nothing of the body is repeated", `{"password":"hunter2",}`)
	long.forbidden = "hunter"
	runRaw(t, f, []rawCase{
		ok("an object", `{"a":{"b":[1,"x",null,true]}}`, `{"a":{"b":[1,"x",null,true]}}`),
		ok("an empty object stays", `{}`, `{}`),
		ok("an array", `[1]`, `[1]`),
		ok("no body", ``, `null`),
		ok("an empty array is none", `[]`, `null`),
		ok("null is none", `null`, `null`),
		ok("false is none", `false`, `null`),
		ok("zero is none", `0`, `null`),
		ok("an empty string is none", `""`, `null`),
		scalar("a number", `5`), scalar("a string", `"text"`), scalar("true", `true`),
		malformed, long,
		unparsed("trailing data", `{} {}`),
		unparsed("a comma too many", `{"a":1,}`),
		unparsed("a byte order mark", "\xef\xbb\xbf{}"),
		unparsed("invalid UTF-8", "{\"a\":\"\xff\"}"),
		unparsed("a surrogate as UTF-8", "{\"a\":\"\xed\xa0\x80\"}"),
		unparsed("a number beyond all bounds", `{"a":1e999}`),
		unparsed("NaN", `{"a":NaN}`),
		unparsed("a control character", "{\"a\":\"\x01\"}"),
		unparsed("nested too deeply", nested(9)),
		ok("nested just enough", nested(8), nested(8)),
		ok("brackets in strings are no nesting", `{"a":"`+nested(30)+`\""}`, `{"a":"`+nested(30)+`\""}`),
		ok("of a key given twice the last counts", `{"a":{"x":1},"a":{"y":2}}`, `{"a":{"y":2}}`),
		ok("half a surrogate pair is replaced", `{"a":"x\ud800y"}`, `{"a":"x\ufffdy"}`),
		ok("an escaped null character", `{"a":"\u0000"}`, `{"a":"\u0000"}`),
		ok("integers as JavaScript has them", `{"a":9007199254740993}`, `{"a":9007199254740992}`),
		ok("__proto__ is a key like any other", `{"__proto__":{"a":1}}`, `{"__proto__":{"a":1}}`),
		{name: "a body with GET", request: message("GET", "/echo", `{"a":1}`), status: 200, field: "result.body", want: `{"a":1}`},
		{name: "a body with DELETE", request: message("DELETE", "/echo", `{"a":1}`), status: 200, field: "result.body", want: `{"a":1}`},
		{name: "in chunks", request: message("POST", "/echo", "", "Transfer-Encoding: chunked") + "3\r\n{\"a\r\n4\r\n\":1}\r\n0\r\n\r\n",
			status: 200, field: "result.body", want: `{"a":1}`},
		{name: "the largest", request: post(`"` + strings.Repeat("x", 4094) + `"`), status: 400, id: "api.assert.invalid_type", bare: true},
		{name: "too large by its header", request: post(`"` + strings.Repeat("x", 4095) + `"`),
			status: 413, id: "network.http.request_too_large", bare: true, closes: true},
		{name: "too large in chunks", request: message("POST", "/echo", "", "Transfer-Encoding: chunked") +
			fmt.Sprintf("%x\r\n%s\r\n0\r\n\r\n", 5000, strings.Repeat(" ", 5000)),
			status: 413, id: "network.http.request_too_large", bare: true, closes: true},
	})
}

// TestContentTypes tests the content types that a body may declare.
func TestContentTypes(t *testing.T) {
	f := start(t, network.Options{MaxFormFileSize: 64, AdditionalContentTypes: []string{"application/merge-patch+json"}})
	refused := func(name, header, id string) rawCase {
		return rawCase{name: name, request: post(`{"a":1}`, "Content-Type: "+header), status: 400, id: id, bare: true}
	}
	taken := func(name, header string) rawCase {
		return rawCase{name: name, request: post(`{"a":1}`, "Content-Type: "+header), status: 200, field: "result.body", want: `{"a":1}`}
	}
	part := func(disposition, kind, content string) string {
		return "--b\r\nContent-Disposition: form-data; " + disposition + "\r\n" + kind + "\r\n" + content + "\r\n"
	}
	const typeLine = "Content-Type: text/plain\r\n"
	runRaw(t, f, []rawCase{
		taken("JSON", "application/json"), taken("with a charset", "application/json; charset=UTF-8"),
		taken("with a quoted charset", `application/json;charset="utf-8"`), taken("configured", "application/merge-patch+json"),
		refused("unknown", "text/plain", "network.http.unsupported_content"),
		refused("upper case", "Application/JSON", "network.http.unsupported_content"),
		refused("malformed parameters", "application/json; =", "network.http.unsupported_content"),
		refused("another charset", "application/json; charset=latin1", "network.http.unsupported_charset"),
		{name: "unknown without a body", request: get("/echo", "Content-Type: text/plain"), status: 400, id: "network.http.unsupported_content", bare: true},
		{name: "a form", request: post("a=1&b=x+y&a=2&c&d=%C3%A9", ctForm), status: 200,
			field: "result.body", want: `{"a":["1","2"],"b":"x y","c":"","d":"é"}`},
		{name: "a form of bad escapes", request: post("a=%zz", ctForm), status: 400, id: "network.http.body_parse_failed", bare: true},
		{name: "a form that is no UTF-8", request: post("a=%ff", ctForm), status: 400, id: "network.http.body_parse_failed", bare: true},
		{name: "a multipart form", request: post(part(`name="a"`, "", "1")+part(`name="f"; filename="x.txt"`, typeLine, "hi")+"--b--\r\n", ctParts),
			status: 200, field: "result.body", want: `{"a":"1","f":{"filename":"x.txt","encoding":"text/plain","file":"aGk="}}`},
		{name: "a multipart form without a boundary", request: post("x", "Content-Type: multipart/form-data"), status: 400,
			id: "network.http.body_parse_failed", bare: true},
		{name: "a multipart form cut off", request: post("--b\r\nContent-Dispo", ctParts), status: 400, id: "network.http.body_parse_failed", bare: true},
		{name: "a file too large", request: post(part(`name="f"; filename="x"`, typeLine, strings.Repeat("x", 65))+"--b--\r\n", ctParts),
			status: 413, id: "network.http.file_too_large", bare: true},
	})
}

// TestContentEncodings decompresses bodies up to a limit.
func TestContentEncodings(t *testing.T) {
	f := start(t, network.Options{MaxRequestSize: 10_000})
	bomb := zipped(strings.Repeat(" ", 20_000_000)[:1_000_000])
	inner := zipped(strings.Repeat("\x00", 5_000_000))
	runRaw(t, f, []rawCase{
		{name: "gzip", request: post(zipped(`{"a":1}`), gzipped), status: 200, field: "result.body", want: `{"a":1}`},
		{name: "deflate", request: post(deflated(`{"a":1}`), "Content-Encoding: deflate"), status: 200, field: "result.body", want: `{"a":1}`},
		{name: "identity", request: post(`{"a":1}`, "Content-Encoding: identity"), status: 200, field: "result.body", want: `{"a":1}`},
		{name: "from right to left", request: post(zipped(deflated(`{"a":1}`)), "Content-Encoding: deflate, identity", "Content-Encoding: GZIP"),
			status: 200, field: "result.body", want: `{"a":1}`},
		{name: "four layers", request: post("x", "Content-Encoding: gzip,gzip,gzip,gzip"), status: 400, id: "network.http.too_many_encodings", bare: true},
		{name: "unknown", request: post("x", "Content-Encoding: br"), status: 400, id: "network.http.unsupported_compression", bare: true, props: `["br"]`},
		{name: "corrupt", request: post("no gzip at all", gzipped), status: 400, id: "network.http.unexpected_error", bare: true},
		{name: "cut off", request: post(zipped(`{"a":1}`)[:20], gzipped), status: 400, id: "network.http.unexpected_error", bare: true},
		{name: "corrupt inside", request: post(zipped(`{"a":1}`)[:20]+"xxxxxxxxxxxxxxxxx", gzipped), status: 400, id: "network.http.unexpected_error", bare: true},
		{name: "a bomb", request: post(bomb, gzipped), status: 413, id: "network.http.request_too_large", bare: true},
		{name: "a bomb in a parcel", request: post(zipped(inner), "Content-Encoding: gzip, gzip"), status: 413,
			id: "network.http.request_too_large", bare: true},
	})
	refusing := start(t, network.Options{NoCompression: true})
	runRaw(t, refusing, []rawCase{{name: "not wanted", request: post(zipped(`{}`), gzipped), status: 400,
		id: "network.http.compression_disabled", bare: true, header: map[string]string{"Accept-Encoding": "identity"}}})
}
