package systemtest

import (
	"encoding/json"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
)

// scenario is one request of a story and its expected result.
type scenario struct {
	name string
	// as is the caller: "" for anonymous, "admin", "limited" (logged in, without
	// rights), "user" (may use all of auth), or the name of a kept token.
	as string
	// do is controller:action; over nothing but one protocol if only says so.
	do, only string
	// args and body are JSON; $name stands for a kept value.
	args, body string

	// status is 200 when zero. error and props are the error's; props is JSON.
	status int
	error  string
	props  string
	// want is JSON that the result has to contain; see matches.
	want string
	// lacks are texts that the answer must not contain.
	lacks []string
	// events are the expected domain events, exactly these in this order.
	// refusesRights adds the event of a refusal for lack of rights of a logged-in
	// caller.
	events []string
	// unknown is set where there is no such action, and so nobody to listen to it.
	unknown bool
	// raw answers have no envelope: want is about the whole of them.
	raw bool
	// keep remembers values of the answer by name: "token": "result.jwt".
	keep map[string]string
}

// story is a table told to one server over one protocol.
type story struct {
	server *server
	// beside is another server of the same cluster, where there is one.
	beside *server
	client client
	ids    requestIDs
	kept   map[string]string
}

// tell runs the table twice, each time on a server of its own.
func tell(t *testing.T, table []scenario, edits ...func(*settings)) {
	t.Helper()
	for _, protocol := range []string{"http", "websocket"} {
		t.Run(protocol, func(t *testing.T) {
			t.Parallel()
			st := newStory(t, start(t, edits...), protocol)
			for _, sc := range table {
				if sc.only == "" || sc.only == protocol {
					t.Run(sc.name, func(t *testing.T) { st.run(t, sc) })
				}
			}
		})
	}
}

// newStory has three people in it, besides nobody.
func newStory(t *testing.T, s *server, protocol string) *story {
	t.Helper()
	s.operate(t, "security", "createFirstAdmin", map[string]any{"_id": "root"}, map[string]any{
		"credentials": map[string]any{"local": map[string]any{"username": "root", "password": canaryPassword}},
	})
	s.people(t)
	st := &story{server: s, client: s.client(t, protocol), kept: map[string]string{"password": canaryPassword, "broken": "kauth-broken"}}
	for name, username := range map[string]string{"admin": "root", "limited": "limited", "user": "user"} {
		st.kept[name] = st.login(t, username)
	}
	return st
}

// people makes a user without rights and one who may use all of auth.
func (s *server) people(t *testing.T) {
	t.Helper()
	s.operate(t, "admin", "loadSecurities", nil, map[string]any{
		"roles": map[string]any{
			"limited": map[string]any{"controllers": map[string]any{"server": map[string]any{"actions": map[string]any{"now": true}}}},
			"user":    map[string]any{"controllers": map[string]any{"auth": map[string]any{"actions": map[string]any{"*": true}}}},
		},
		"profiles": map[string]any{
			"limited": map[string]any{"policies": []any{map[string]any{"roleId": "limited"}}},
			"user":    map[string]any{"policies": []any{map[string]any{"roleId": "user"}}},
		},
		"users": map[string]any{"limited": person("limited"), "user": person("user")},
	})
}

func person(name string) map[string]any {
	return map[string]any{
		"content":     map[string]any{"profileIds": []any{name}},
		"credentials": map[string]any{"local": map[string]any{"username": name, "password": canaryPassword}},
	}
}

func (st *story) login(t *testing.T, username string) string {
	t.Helper()
	a := st.call(t, call{
		controller: "auth", action: "login", args: map[string]any{"strategy": "local"}, hasBody: true,
		body: map[string]any{"username": username, "password": canaryPassword},
	})
	if a.status != 200 {
		t.Fatalf("login of %s: %s", username, a.raw)
	}
	return a.text("result.jwt")
}

func (st *story) call(t *testing.T, c call) answer {
	t.Helper()
	c.id = st.ids.next()
	a := st.client.send(t, c)
	st.server.learn(a)
	checkAnswerSecrets(t, a)
	return a
}

func (st *story) run(t *testing.T, sc scenario) {
	t.Helper()
	controller, action := split(sc.do)
	c := call{controller: controller, action: action, args: map[string]any{}}
	if sc.args != "" {
		decode(t, st.fill(t, sc.args), &c.args)
	}
	if sc.body != "" {
		decode(t, st.fill(t, sc.body), &c.body)
		c.hasBody = true
	}
	if sc.as != "" {
		if c.token = st.kept[sc.as]; c.token == "" {
			t.Fatalf("nobody is called %q", sc.as)
		}
	}
	if sc.refusesRights() {
		st.server.clock.advance(time.Second) // within a second, refusals of a kind are one event
	}
	a := st.call(t, c)
	if sc.raw {
		a.env = map[string]any{"result": a.env}
		a.status = 200
	} else {
		st.checkEnvelope(t, sc, a)
	}
	st.checkOutcome(t, sc, a)
	st.checkEvents(t, sc, a)
	for name, path := range sc.keep {
		if st.kept[name] = a.text(path); st.kept[name] == "" {
			t.Errorf("the answer has no text at %s: %s", path, a.raw)
		}
	}
	if t.Failed() {
		t.Logf("answer: %.2000s", a.raw)
	}
}

func split(do string) (controller, action string) {
	i := strings.LastIndexByte(do, ':')
	return do[:i], do[i+1:]
}

var variable = regexp.MustCompile(`\$[a-z][A-Za-z0-9]*`)

// fill puts kept values in the place of their names.
func (st *story) fill(t *testing.T, text string) string {
	t.Helper()
	return variable.ReplaceAllStringFunc(text, func(name string) string {
		value, ok := st.kept[name[1:]]
		if !ok {
			t.Fatalf("nothing is kept as %s", name)
		}
		quoted := string(mustJSON(value))
		return quoted[1 : len(quoted)-1]
	})
}

func decode(t *testing.T, text string, into any) {
	t.Helper()
	if err := json.Unmarshal([]byte(text), into); err != nil {
		t.Fatalf("the table itself is wrong: %v in %s", err, text)
	}
}

// checkEnvelope checks the parts of every answer.
func (st *story) checkEnvelope(t *testing.T, sc scenario, a answer) {
	t.Helper()
	controller, action := split(sc.do)
	id := "request-" + itoa(st.ids.last)
	want := map[string]any{
		"requestId": id, "controller": controller, "action": action, "volatile": nil, "status": float64(a.status),
	}
	if st.client.protocol() == "websocket" {
		want["room"] = id
	}
	for key, value := range want {
		if got, ok := a.env[key]; !ok || got != value {
			t.Errorf("%s of the envelope: got %v, want %v", key, got, value)
		}
	}
	if _, ok := a.env["error"]; !ok {
		t.Error("the envelope has no error, not even null")
	}
}

func (st *story) checkOutcome(t *testing.T, sc scenario, a answer) {
	t.Helper()
	if want := wanted(sc); a.status != want {
		t.Errorf("status: got %d, want %d", a.status, want)
	}
	failure := a.failure()
	if id, _ := failure["id"].(string); id != sc.error {
		t.Errorf("error id: got %q, want %q", id, sc.error)
	}
	if failure != nil {
		checkFailure(t, failure, a.status)
	}
	if sc.props != "" {
		var props any
		decode(t, st.fill(t, sc.props), &props)
		if path, ok := matches(props, failure["props"]); !ok {
			t.Errorf("props differ at %s: got %s, want %s", path, mustJSON(failure["props"]), sc.props)
		}
	}
	if sc.want != "" {
		var want any
		decode(t, st.fill(t, sc.want), &want)
		if path, ok := matches(want, a.result()); !ok {
			t.Errorf("the result differs at %q: got %s, want %s", path, mustJSON(a.result()), sc.want)
		}
	}
	for _, text := range sc.lacks {
		if strings.Contains(string(a.raw), st.fill(t, text)) {
			t.Errorf("the answer contains %q", text)
		}
	}
}

// refusesRights reports whether somebody known is refused for want of rights.
func (sc scenario) refusesRights() bool {
	return sc.as != "" && (sc.error == "security.rights.forbidden" || sc.error == "security.rights.exceeds_own")
}

func wanted(sc scenario) int {
	if sc.status == 0 {
		return 200
	}
	return sc.status
}

// checkFailure checks the parts of every error object.
func checkFailure(t *testing.T, failure map[string]any, status int) {
	t.Helper()
	if failure["status"] != float64(status) {
		t.Errorf("status in the error: got %v, want %d", failure["status"], status)
	}
	if code, ok := failure["code"].(float64); !ok || code == 0 {
		t.Errorf("code of the error: got %v", failure["code"])
	}
	if message, ok := failure["message"].(string); !ok || message == "" || strings.Contains(message, "%!") {
		t.Errorf("message of the error: got %v", failure["message"])
	}
	if _, ok := failure["props"].([]any); !ok {
		t.Errorf("props of the error: got %v", failure["props"])
	}
	if _, ok := failure["stack"]; ok {
		t.Error("the error has a stack")
	}
}

// checkEvents checks the events of the request and of the domain.
func (st *story) checkEvents(t *testing.T, sc scenario, a answer) {
	t.Helper()
	dispatched, happened := st.server.trace.of("request-" + itoa(st.ids.last))
	events := slices.Clone(sc.events)
	if sc.refusesRights() {
		events = append(events, "rights.refused")
	}
	if !slices.Equal(happened, events) {
		t.Errorf("domain events: got %v, want %v", happened, events)
	}
	controller, action := split(canonical(sc.do))
	upper := strings.ToUpper(action[:1]) + action[1:]
	want := []string{"request:beforeExecution"}
	switch {
	case sc.error == "":
		want = append(want, "request:onAuthorized", "request:onExecution", controller+":before"+upper,
			controller+":after"+upper, "request:onSuccess", "request:afterExecution")
	case sc.error == "security.rights.forbidden" || sc.error == "security.rights.unauthorized" && slices.Contains(dispatched, "request:onUnauthorized"):
		want = append(want, "request:onUnauthorized", controller+":error"+upper, "request:onError", "request:afterExecution")
	case a.status == 206 || a.failure() != nil && a.result() != nil:
		return
	case sc.unknown:
		want = []string{"request:onError", "request:afterExecution"}
		dispatched = dispatched[max(0, len(dispatched)-len(want)):]
	default:
		want = []string{controller + ":error" + upper, "request:onError", "request:afterExecution"}
		dispatched = dispatched[max(0, len(dispatched)-len(want)):]
	}
	if sc.unknown {
		want = slices.DeleteFunc(want, func(event string) bool { return strings.HasPrefix(event, controller+":") })
	}
	if !slices.Equal(dispatched, want) {
		t.Errorf("events of the request:\n got %v\nwant %v", dispatched, want)
	}
}

// matches tells whether got holds everything of want, and if not, where. Objects
// may have more keys, arrays have the same length; an array that begins with
// "<has>" wants its other elements somewhere. "<any>" is any value but none,
// "<absent>" is no value, "<text>", "<number>" and "<id>" are of that kind.
func matches(want, got any) (path string, ok bool) {
	switch w := want.(type) {
	case map[string]any:
		return matchesObject(w, got)
	case []any:
		return matchesList(w, got)
	case string:
		return "", matchesText(w, got)
	}
	return "", want == got
}

func matchesObject(want map[string]any, got any) (path string, ok bool) {
	object, isObject := got.(map[string]any)
	if !isObject {
		return "", false
	}
	for key, value := range want {
		found, there := object[key]
		if value == "<absent>" {
			if there {
				return key, false
			}
			continue
		}
		if !there {
			return key, false
		}
		if path, ok := matches(value, found); !ok {
			return key + "." + path, false
		}
	}
	return "", true
}

func matchesList(want []any, got any) (path string, ok bool) {
	list, isList := got.([]any)
	if !isList {
		return "", false
	}
	if len(want) > 0 && want[0] == "<has>" {
		for i, value := range want[1:] {
			if !slices.ContainsFunc(list, func(one any) bool { _, ok := matches(value, one); return ok }) {
				return "<has>" + itoa(i), false
			}
		}
		return "", true
	}
	if len(want) != len(list) {
		return "length", false
	}
	for i, value := range want {
		if path, ok := matches(value, list[i]); !ok {
			return itoa(i) + "." + path, false
		}
	}
	return "", true
}

var (
	humanKuid = regexp.MustCompile(`^kuid-[a-z]+-[a-z]+-[0-9]{1,5}$`)
	uuidKuid  = regexp.MustCompile(`^kuid-[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`)
)

func matchesText(want string, got any) bool {
	text, isText := got.(string)
	_, isNumber := got.(float64)
	switch want {
	case "<any>":
		return got != nil
	case "<text>":
		return isText && text != ""
	case "<number>":
		return isNumber
	case "<human>":
		return humanKuid.MatchString(text)
	case "<uuid>":
		return uuidKuid.MatchString(text)
	}
	return got == want
}
