package scenarios

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"
)

const refused = "plugin.strategy.missing_user"

func TestLogin(t *testing.T) {
	b := newBench(t)
	b.login(t, "jdoe", "default")
	const to = "auth:login"
	right := `{"username":"jdoe","password":"correct horse"}`
	run(t, b, []scenario{
		{name: "strategy", call: call{To: to, Args: `{"cookieAuth":"x"}`, Body: right}, status: 400, id: missing, props: of("strategy")},
		{name: "strategy type", call: call{To: to, Args: `{"strategy":1}`, Body: right}, status: 400, id: wrongType, props: of("strategy", "string")},
		{name: "unknown strategy", call: call{To: "POST /_login/nope", Body: right}, status: 400, id: unknownStrategy, props: of("nope")},
		{name: "expiresIn", call: call{To: "POST /_login/local?expiresIn=soon", Body: right}, status: 400, id: badValue},
		{name: "no body", call: call{To: "POST /_login/local"}, status: 401, id: refused},
		{name: "wrong password", call: call{To: "POST /_login/local", Body: `{"username":"jdoe","password":"wrong"}`}, status: 401, id: refused},
		{name: "in", call: call{To: "POST /_login/local?expiresIn=2h", Body: right}, want: `{"_id":"jdoe","jwt":"<any>","expiresAt":"<any>","ttl":7200000}`},
		{name: "by GET", call: call{To: "GET /_login/local?username=jdoe", Args: `{"password":"correct horse"}`}, status: 400, id: "security.login.by_get", props: of("local")},
		{name: "by GET with nothing", call: call{To: "GET /_login/local"}, status: 400, id: "security.login.by_get"},
		{name: "by GET, unknown strategy", call: call{To: "GET /_login/nope"}, status: 400, id: unknownStrategy},
		{name: "by GET of a strategy that redirects", call: call{To: "GET /_login/redirecting?code=of-jdoe"}, want: `{"_id":"jdoe"}`},
		{name: "by POST of a strategy that redirects", call: call{To: "POST /_login/redirecting", Body: `{"code":"of-jdoe"}`}, want: `{"_id":"jdoe"}`},
		{name: "a password in the URL", call: call{To: "POST /_login/local?username=jdoe&password=correct+horse"}, status: 400, id: "api.assert.forbidden_argument", props: of("password")},
		{name: "a name in the URL", call: call{To: "POST /_login/local?username=jdoe", Body: `{"password":"correct horse"}`}, status: 401, id: refused},
		{name: "arguments of a frame", call: call{To: to, Args: `{"strategy":"local","username":"jdoe","password":"correct horse"}`}, want: `{"_id":"jdoe"}`},
		{name: "without end", call: call{To: to, Args: `{"strategy":"local","expiresIn":-1}`, Body: right}, want: `{"expiresAt":-1,"ttl":-1}`},
		{name: "an empty wish", call: call{To: "POST /_login/local?expiresIn", Body: right}, want: `{"ttl":3600000}`},
		{name: "strategies", call: by("GET /strategies", ``, ``), want: `["local","redirecting"]`},
	})
	wrong := b.do(t, call{To: "POST /_login/local", Body: `{"username":"jdoe","password":"wrong"}`})
	unknown := b.do(t, call{To: "POST /_login/local", Body: `{"username":"nobody","password":"wrong"}`})
	if wrong.Text != unknown.Text {
		t.Errorf("a wrong password and an unknown user differ:\n%s\n%s", wrong.Text, unknown.Text)
	}
}

func TestCookies(t *testing.T) {
	b := newBench(t)
	b.login(t, "jdoe", "default")
	right := `{"username":"jdoe","password":"correct horse"}`
	for _, test := range []struct {
		name, expiresIn string
		tls             bool
		ends            time.Duration
	}{
		{"plain", "1h", false, time.Hour},
		{"over TLS", "1h", true, time.Hour},
		{"without end", "-1", true, 400 * 24 * time.Hour},
	} {
		t.Run(test.name, func(t *testing.T) {
			got := b.do(t, call{To: "POST /_login/local?cookieAuth&expiresIn=" + test.expiresIn, Body: right, TLS: test.tls})
			if got.Status != 200 || strings.Contains(got.Text, "jwt") {
				t.Fatalf("got %d %s", got.Status, got.Text)
			}
			cookie, err := http.ParseSetCookie(got.Cookie)
			if err != nil {
				t.Fatalf("%q: %v", got.Cookie, err)
			}
			if !cookie.HttpOnly || cookie.SameSite != http.SameSiteStrictMode || cookie.Path != "/" || cookie.Secure != test.tls {
				t.Errorf("got %s", got.Cookie)
			}
			if late := time.Until(cookie.Expires) - test.ends; late < -time.Minute || late > time.Minute {
				t.Errorf("expires %s", cookie.Expires)
			}
			b.check(t, scenario{call: call{As: cookie.Value, To: "GET /_me"}, want: `{"_id":"jdoe"}`})
			b.check(t, scenario{
				call: call{To: "POST /_checkToken?cookieAuth", Cookie: "a=b; authToken=" + cookie.Value}, want: `{"valid":true,"kuid":"jdoe"}`,
			})
			out := b.do(t, call{As: cookie.Value, To: "POST /_logout?cookieAuth", TLS: test.tls})
			if out.Status != 200 || !strings.HasPrefix(out.Cookie, "authToken=null;") || !strings.Contains(out.Cookie, "1970") {
				t.Errorf("logout answered %s with cookie %q", out.Text, out.Cookie)
			}
			b.check(t, scenario{
				call: call{To: "POST /_checkToken?cookieAuth", Cookie: "authToken=" + cookie.Value}, want: `{"valid":false,"state":"<any>"}`,
			})
		})
	}
	b.check(t, scenario{call: call{To: "POST /_checkToken?cookieAuth", Cookie: "authToken=null"}, want: `{"valid":true,"kuid":"-1","expiresAt":null}`})
}

func TestTokens(t *testing.T) {
	b := newBench(t)
	b.must(t, by("PUT /roles/default", ``, `{"controllers":{"auth":{"actions":{"*":true}}}}`))
	me := b.login(t, "me", "default")
	mine := func(to, args, body string) call { return call{As: me, To: to, Args: args, Body: body} }
	const check, create, refresh = "auth:checkToken", "auth:createToken", "auth:refreshToken"
	run(t, b, []scenario{
		{name: "check: no token", call: call{To: "POST /_checkToken"}, want: `{"valid":true,"kuid":"-1","expiresAt":null}`},
		{name: "check: empty", call: call{To: check, Body: `{"token":""}`}, want: `{"valid":true,"kuid":"-1","expiresAt":null}`},
		{name: "check: null", call: call{To: check, Body: `{"token":null}`}, status: 400, id: wrongType, props: of("body.token", "string")},
		{name: "check: number", call: call{To: check, Body: `{"token":1}`}, status: 400, id: wrongType, props: of("body.token", "string")},
		{name: "check: garbage", call: call{To: check, Body: `{"token":"kauth-x"}`}, want: `{"valid":false,"state":"<any>"}`, forbidden: `"kuid"`},
		{name: "check", call: call{To: check, Body: `{"token":"` + me + `"}`}, want: `{"valid":true,"kuid":"me","expiresAt":"<any>"}`},
		{name: "a bad token", call: call{As: "kauth-x", To: "POST /_login/local"}, status: 401, id: "security.token.invalid"},
		{name: "create: singleUse", call: mine(create, `{"singleUse":"x","expiresIn":-1}`, ``), status: 400, id: wrongType, props: of("singleUse", "boolean")},
		{name: "create: without end", call: mine(create, `{"expiresIn":-1}`, ``), status: 400, id: "security.token.invalid_expiration"},
		{name: "create: garbage", call: mine("POST /_createToken?expiresIn=soon", ``, ``), status: 400, id: badValue},
		{name: "create: empty", call: mine("POST /_createToken?expiresIn", ``, ``), status: 400, id: badValue},
		{name: "create", call: mine("POST /_createToken?expiresIn=1m", ``, ``), want: `{"token":"<any>","expiresAt":"<any>","ttl":60000,"singleUse":false}`},
		{name: "refresh: anonymous", call: call{To: refresh}, status: 401, id: "security.rights.unauthorized"},
		{name: "refresh: expiresIn", call: mine("POST /_refreshToken?expiresIn=soon", ``, ``), status: 400, id: badValue},
		{name: "refresh: strategy", call: mine(refresh, `{"strategy":"nope"}`, ``), status: 401, id: "security.token.refresh_forbidden"},
		{name: "logout: anonymous", call: call{To: "auth:logout"}, status: 401, id: "security.rights.unauthorized"},
		{name: "logout: global", call: mine("auth:logout", `{"global":"x"}`, ``), status: 400, id: wrongType, props: of("global", "boolean")},
	})

	once := b.must(t, mine(create, `{"singleUse":true}`, ``))["token"].(string)
	b.check(t, scenario{call: call{As: once, To: "GET /_me"}, want: `{"_id":"me"}`})
	b.check(t, scenario{call: call{As: once, To: "GET /_me"}, status: 401, id: "security.token.invalid"})

	fresh := b.must(t, mine(refresh, ``, ``))["jwt"].(string)
	if fresh == me {
		t.Error("a refreshed token is the old one")
	}
	b.check(t, scenario{call: mine(refresh, ``, ``), status: 401, id: "security.token.invalid"})
	b.check(t, scenario{call: call{As: fresh, To: "POST /_logout"}, want: `{"acknowledged":true}`})
	b.check(t, scenario{call: call{As: fresh, To: "GET /_me"}, status: 401, id: "security.token.invalid"})

	one := b.must(t, call{To: "POST /_login/local", Body: `{"username":"me","password":"correct horse"}`})["jwt"].(string)
	other := b.must(t, call{To: "POST /_login/local", Body: `{"username":"me","password":"correct horse"}`})["jwt"].(string)
	b.check(t, scenario{call: call{As: one, To: "POST /_logout?global"}, want: `{"acknowledged":true}`})
	b.check(t, scenario{call: call{As: other, To: "GET /_me"}, status: 401, id: "security.token.invalid"})
}

func TestSelf(t *testing.T) {
	b := newBench(t)
	me := b.login(t, "me", "default")
	mine := func(to, args, body string) call { return call{As: me, To: to, Args: args, Body: body} }
	run(t, b, []scenario{
		{name: "me", call: mine("GET /_me", ``, ``), want: `{"_id":"me","_source":{"profileIds":["default"],"name":"me"},"strategies":["local"]}`},
		{name: "me, older route", call: mine("GET /users/_me", ``, ``), want: `{"_id":"me"}`},
		{name: "nobody", call: call{To: "GET /_me"}, want: `{"_id":"-1","_source":{"name":"Anonymous","profileIds":["anonymous"]},"strategies":[[]]}`},
		{name: "rights", call: mine("GET /_me/_rights", ``, ``), want: `{"hits":"<any>","total":11}`},
		{name: "rights of nobody", call: call{To: "GET /_me/_rights"}, want: `{"total":6}`},
		{name: "check: body", call: by("auth:checkRights", ``, ``), status: 400, id: noBody},
		{name: "check: controller", call: by("auth:checkRights", ``, `{"controller":null}`), status: 400, id: missing, props: of("body.controller")},
		{name: "check: action", call: by("auth:checkRights", ``, `{"controller":"auth","action":5}`), status: 400, id: missing, props: of("body.action")},
		{name: "update: anonymous", call: call{To: "auth:updateSelf"}, status: 401, id: "security.rights.unauthorized"},
		{name: "update: body", call: mine("PUT /_me", ``, ``), status: 400, id: noBody},
		{name: "update: _id", call: mine("PUT /_me", ``, `{"_id":"x","profileIds":["admin"]}`), status: 400, id: forbidden, props: of("body._id")},
		{name: "update: profileIds", call: mine("PUT /_me", ``, `{"profileIds":["admin"]}`), status: 400, id: forbidden, props: of("body.profileIds")},
		{name: "update: no profileIds", call: mine("PUT /_me", ``, `{"profileIds":[]}`), status: 400, id: forbidden, props: of("body.profileIds")},
		{name: "update: profileIds by another name", call: mine("PUT /_me", ``, `{"profileIds":""}`), status: 400, id: wrongType},
		{name: "update", call: mine("PUT /_updateSelf?refresh=false", ``, `{"color":"red","_id":"","profileIds":null}`),
			want: `{"_id":"me","_source":{"name":"me","color":"red","profileIds":["default"],"_kuzzle_info":{"updater":"me"}},"_version":2}`},
		{name: "still the same rights", call: mine("GET /users/me", ``, ``), status: 403, id: "security.rights.forbidden", props: of("security", "getUser", "me")},
	})
	for body, want := range map[string]string{
		`{"controller":"auth","action":"updateSelf"}`:                  `{"allowed":true}`,
		`{"controller":"user","action":"create"}`:                      `{"allowed":false}`,
		`{"controller":"document","action":"get","index":"i"}`:         `{"allowed":false}`,
		`{"controller":"auth","action":"logout","targets":[{}, null]}`: `{"allowed":true}`,
	} {
		b.must(t, by("PUT /roles/default/_update", ``, `{"controllers":{"auth":{"actions":{"*":true}}}}`))
		b.check(t, scenario{name: body, call: mine("POST /_checkRights", ``, body), want: want})
	}
}

// The stored user reaches its owner byte by byte, with any content.
func TestCurrentUserIsCopied(t *testing.T) {
	b := newBench(t)
	me := b.login(t, "me", "default")
	name := `<b>&"\ud83d\ude00 ` + "\u2028"
	text, err := json.Marshal(map[string]string{"name": name})
	if err != nil {
		t.Fatal(err)
	}
	b.must(t, call{As: me, To: "PUT /_me", Body: string(text)})
	got := b.must(t, call{As: me, To: "GET /_me"})["_source"].(map[string]any)["name"]
	if got != name {
		t.Errorf("got %q, want %q", got, name)
	}
}
