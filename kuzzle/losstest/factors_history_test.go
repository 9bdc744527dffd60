package losstest

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/anishathalye/porcupine"

	"github.com/gokuzzle/kuzzle/kuzzle/storage/elasticsearch/estest"
	"github.com/gokuzzle/kuzzle/strategies/totp/totptest"
)

const (
	// members are the users of one history, killsOfOne how often the server is
	// killed in it: all of it is judged together.
	members    = 3
	killsOfOne = 3
	// spares is how many backup codes are tried: few, so that clients meet.
	spares = 5
	// few is how far back clients look for something to use.
	few = 3
)

// TestFactorHistory lets clients enrol, log in with codes, ban, unban and log out a
// few users, kills the server meanwhile, and insists that all they were told can have
// come from deeds that took place one after the other, each whole or not at all.
func TestFactorHistory(t *testing.T) {
	t.Setenv("KUZZLE_MASTER_KEY", strings.Repeat("7", 64))
	t.Run("sqlite", func(t *testing.T) { factorHistories(t, embeddedIn(t), opsPerClient) })
	t.Run("elasticsearch", func(t *testing.T) { factorHistories(t, clusteredOn(t, estest.ForTest(t)), opsPerClient/2) })
}

func factorHistories(t *testing.T, in place, deeds int) {
	// Limits of wrong codes are not tested here: each user has an address, which the
	// first login makes known.
	in.args = append(slices.Clone(in.args), "--set", "logins.freeFailures=1000", "--set", "sessions.perUser=10000", "--set", "trustedProxies=127.0.0.0/8",
		"--set", `security.standard.roles.default=*json:{"controllers":{"*":{"actions":{"*":true}}}}`)
	for number := range max(1, sized(t).historyRounds/killsOfOne) {
		h := newFactorHistory(t, number)
		for round := range killsOfOne {
			h.s = start(t, in.data, in.args...)
			if round == 0 {
				h.prepare()
			}
			h.fight(deeds)
		}
		h.s = start(t, in.data, in.args...)
		h.conclude()
		h.s.stop()
		h.judge()
	}
}

// known is a session, a challenge or an enrolment, by the number of the deed that
// made it.
type known struct {
	number int
	token  string
	factor string
	// secret and codes are an enrolment's.
	secret string
	codes  []string
}

// member is the common knowledge of clients about one user.
type member struct {
	mu                              sync.Mutex
	deeds                           int
	sessions, challenges, enrolment []known
	inForce                         map[string]known // by factor
}

// forget drops ended sessions, except sometimes.
func (m *member) forget() {
	if rand.IntN(4) == 0 {
		return
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.sessions, m.challenges = nil, nil
}

// recently draws one of the last few.
func recently(of []known) (known, bool) {
	if len(of) == 0 {
		return known{}, false
	}
	return of[max(0, len(of)-1-rand.IntN(few))], true
}

// factorHistory has the clients' requests and their answers.
type factorHistory struct {
	t      *testing.T
	s      *server
	number int
	begin  time.Time
	users  [members]*member
	// lost tells that the server is gone.
	lost atomic.Bool

	mu  sync.Mutex
	all []porcupine.Operation
}

func newFactorHistory(t *testing.T, number int) *factorHistory {
	h := &factorHistory{t: t, number: number, begin: time.Now()}
	for i := range h.users {
		h.users[i] = &member{inForce: map[string]known{}}
	}
	return h
}

func (h *factorHistory) id(user int) string { return fmt.Sprintf("member-%d-%d", h.number, user) }

func (h *factorHistory) address(user int) string { return fmt.Sprintf("198.51.%d.%d", h.number, user) }

// present is the app's step of now. Steps are counted from the beginning, where they
// are small numbers above 0.
func (h *factorHistory) present() int {
	return int(time.Now().Unix()/30-h.begin.Unix()/30) + 2
}

func (h *factorHistory) codeOf(e known, code int) string {
	switch {
	case e.factor == "totp":
		return totptest.Code(h.t, e.secret, h.begin.Add(time.Duration(code-2)*totptest.Step))
	case code < len(e.codes):
		return e.codes[code]
	}
	return ""
}

// request is how a deed is asked for.
type request struct {
	token, method, path string
	body                any
}

// ask runs a deed and records the result.
func (h *factorHistory) ask(who int, d deed, r request) (string, answer) {
	call := int64(time.Since(h.begin))
	sure := d.factor != "totp" || inTime(d.code, h.present())
	address := "" // administrators are let in from this machine
	if d.session != 0 || d.kind == "login" || d.kind == "finish" {
		address = h.address(d.user)
	}
	got, err := callFrom(address, h.s.base, r.token, r.method, r.path, r.body)
	back := int64(time.Since(h.begin))
	d.strict = d.strict && sure && (d.factor != "totp" || inTime(d.code, h.present()))
	told := tell(d, got, err)
	if told == "" {
		h.t.Errorf("%+v: %d %s", d, got.status, got.errID)
		told = unknown
	}
	h.lost.CompareAndSwap(false, err != nil)
	if told == done && (d.kind == "ban" || d.kind == "remove") {
		h.users[d.user].forget()
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	ops := []porcupine.Operation{{ClientId: who, Input: d, Output: told, Call: call, Return: back}}
	// A session of a deed existed at some time of the request.
	if d.session != 0 && d.kind != "me" && told == done {
		use := deed{user: d.user, kind: "use", session: d.session}
		ops = append(ops, porcupine.Operation{ClientId: who, Input: use, Output: done, Call: call, Return: back})
	}
	h.all = append(h.all, ops...)
	return told, got
}

func inTime(code, present int) bool { return code >= present-1 && code <= present+1 }

// tell is an answer in the model's words, "" for one that there must not be.
func tell(d deed, got answer, err error) string {
	switch {
	case err != nil || got.status == 503:
		return unknown
	case d.kind == "left" && got.status == 200:
		return fmt.Sprint("left ", got.result["left"])
	case d.kind == "left" && got.errID == "security.credentials.not_found":
		return "left none"
	case got.status == 200 && got.result["challenge"] != nil:
		var names []string
		factors, _ := got.result["factors"].([]any)
		for _, name := range factors {
			names = append(names, fmt.Sprint(name))
		}
		slices.Sort(names)
		return askedFor + " " + strings.Join(names, " ")
	case got.status == 200:
		return done
	case got.errID == "security.user.banned":
		return banned
	case got.errID == "security.token.invalid" && d.session != 0:
		return over
	case got.status >= 400 && got.status < 500 && got.status != 429 && d.kind != "ban" && d.kind != "unban" && d.kind != "me":
		return refused
	}
	return ""
}

func (m *member) deed(user int, kind string) deed {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.deeds++
	return deed{user: user, number: m.deeds, kind: kind}
}

// login logs in with the password and stores the result for all clients.
func (h *factorHistory) login(who, user int, strict bool) (told string, made known) {
	m := h.users[user]
	d := m.deed(user, "login")
	d.strict = strict
	told, got := h.ask(who, d, request{"", "POST", "/_login/local", map[string]any{"username": h.id(user), "password": password}})
	made.number = d.number
	m.mu.Lock()
	defer m.mu.Unlock()
	if made.token, _ = got.result["jwt"].(string); made.token != "" {
		m.sessions = append(m.sessions, made)
	} else if made.token, _ = got.result["challenge"].(string); made.token != "" {
		m.challenges = append(m.challenges, made)
	}
	return told, made
}

// finish answers a challenge; public has other clients know the session.
func (h *factorHistory) finish(who, user int, challenge, e known, code int, strict, public bool) (known, bool) {
	m := h.users[user]
	d := m.deed(user, "finish")
	d.challenge, d.enrolment, d.factor, d.code, d.strict = challenge.number, e.number, e.factor, code, strict
	told, got := h.ask(who, d, request{"", "POST", "/_login/" + e.factor, map[string]any{"challenge": challenge.token, "code": h.codeOf(e, code)}})
	if rand.IntN(3) > 0 {
		m.mu.Lock()
		m.challenges = slices.DeleteFunc(m.challenges, func(c known) bool { return c.number == challenge.number })
		m.mu.Unlock()
	}
	if told != done {
		return known{}, false
	}
	s := known{number: d.number, token: text(h.t, got.result, "jwt")}
	if public {
		m.mu.Lock()
		defer m.mu.Unlock()
		m.sessions = append(m.sessions, s)
	}
	return s, true
}

// inSession asks for something that a session allows.
func (h *factorHistory) inSession(who, user int, kind string, s, e known, code int, method, path string, strict bool) (told string, got answer) {
	d := h.users[user].deed(user, kind)
	d.session, d.enrolment, d.factor, d.code, d.strict = s.number, e.number, e.factor, code, strict
	var body any
	switch kind {
	case "confirm":
		body = map[string]any{"enrolment": e.token, "code": h.codeOf(e, code)}
	case "prove":
		body = map[string]any{"code": h.codeOf(e, code)}
	}
	return h.ask(who, d, request{s.token, method, path, body})
}

// enrol begins an enrolment in a session.
func (h *factorHistory) enrol(who, user int, s known, factor string) (known, bool) {
	m := h.users[user]
	d := m.deed(user, "enrol")
	d.session, d.factor = s.number, factor
	path := map[string]string{"totp": "/_me/totp/_enrol", "backup-code": "/_me/backup-codes/_draw"}[factor]
	d.code = h.present()
	told, got := h.ask(who, d, request{s.token, "POST", path, nil})
	if told != done {
		return known{}, false
	}
	e := known{number: d.number, factor: factor, token: text(h.t, got.result, "enrolment")}
	e.secret, _ = got.result["secret"].(string)
	codes, _ := got.result["codes"].([]any)
	for _, code := range codes {
		e.codes = append(e.codes, fmt.Sprint(code))
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.enrolment = append(m.enrolment, e)
	return e, true
}

func (h *factorHistory) confirm(who, user int, s, e known, code int, strict bool) string {
	told, _ := h.inSession(who, user, "confirm", s, e, code, "POST", "/_me/credentials/"+e.factor+"/_create", strict)
	if told == done {
		m := h.users[user]
		m.mu.Lock()
		defer m.mu.Unlock()
		m.inForce[e.factor] = e
	}
	return told
}

func (h *factorHistory) me(who, user int, s known) {
	h.inSession(who, user, "me", s, known{}, 0, "GET", "/_me", false)
}

// manage is an administrator's change of a user.
func (h *factorHistory) manage(who, user int, kind, factor, method, path string) {
	d := h.users[user].deed(user, kind)
	d.factor, d.code = factor, h.present()
	h.ask(who, d, request{"", method, path, nil})
}

func (h *factorHistory) ban(who, user int) {
	h.manage(who, user, "ban", "", "POST", "/users/"+h.id(user)+"/_ban")
}

func (h *factorHistory) unban(who, user int) {
	h.manage(who, user, "unban", "", "POST", "/users/"+h.id(user)+"/_unban")
}

func (h *factorHistory) left(who, user int) {
	h.manage(who, user, "left", "", "GET", "/credentials/backup-code/"+h.id(user))
}

// prepare makes the users and gives each both factors, one deed after the other.
func (h *factorHistory) prepare() {
	for user := range h.users {
		if got := h.s.must("POST", createPath(h.id(user)), newUser(h.id(user))); got.status != 200 {
			h.t.Fatalf("no user: %d %s", got.status, got.errID)
		}
		_, s := h.login(0, user, true)
		h.establish(user, s, "totp")
		h.establish(user, s, "backup-code")
	}
}

// establish gives a user a factor. The code of the step before leaves the present one to the fight.
// Where the server takes long, that step may be over before the server looks at the code, and
// another enrolment succeeds.
func (h *factorHistory) establish(user int, s known, factor string) {
	for range 3 {
		e, ok := h.enrol(0, user, s, factor)
		code := 0
		if factor == "totp" {
			code = h.present() - 1
		}
		if ok && h.confirm(0, user, s, e, code, factor != "totp") == done {
			return
		}
	}
	h.t.Fatalf("%s is not enrolled", factor)
}

// fight has every client do random deeds until the server is killed.
func (h *factorHistory) fight(deeds int) {
	killAt := int64(contenders * deeds * (50 + rand.IntN(45)) / 100)
	var told atomic.Int64
	var clients sync.WaitGroup
	for who := range contenders {
		clients.Go(func() {
			for range deeds {
				if h.next(who, rand.IntN(members)); h.lost.Load() {
					return
				}
				if told.Add(1) == killAt {
					go h.s.kill()
				}
			}
		})
	}
	clients.Wait()
	h.s.kill()
	h.lost.Store(false)
}

// next does one random deed, or a few that belong together.
func (h *factorHistory) next(who, user int) {
	m := h.users[user]
	m.mu.Lock()
	s, haveSession := recently(m.sessions)
	challenge, haveChallenge := recently(m.challenges)
	factor := []string{"totp", "backup-code"}[rand.IntN(2)]
	e, haveEnrolment := m.inForce[factor]
	if !haveEnrolment || rand.IntN(4) == 0 {
		e, haveEnrolment = recently(m.enrolment)
	}
	m.mu.Unlock()
	code := h.present() - 1 + rand.IntN(3)
	if e.factor == "backup-code" {
		code = rand.IntN(spares)
	}
	switch draw := rand.IntN(100); {
	case draw < 2:
		h.ban(who, user)
	case draw < 13:
		h.unban(who, user)
	case draw < 18:
		h.left(who, user)
	case draw < 23:
		h.manage(who, user, "remove", factor, "DELETE", "/credentials/"+factor+"/"+h.id(user))
	case draw < 26 && haveEnrolment:
		h.leave(who, user, e, code)
	case draw < 32 && haveEnrolment:
		h.duel(who, user, e, code)
	case draw < 52 && haveChallenge && haveEnrolment:
		h.finish(who, user, challenge, e, code, false, true)
	case draw < 56 && haveSession && haveEnrolment:
		h.inSession(who, user, "prove", s, e, code, "POST", "/_me/factors/"+e.factor+"/_prove", false)
	case draw < 66 && haveSession:
		if e, ok := h.enrol(who, user, s, factor); ok {
			h.confirm(who, user, s, e, code, false)
		}
	case draw < 69 && haveSession && haveEnrolment: // one of another client, or of before
		h.confirm(who, user, s, e, code, false)
	case draw < 71 && haveSession:
		h.inSession(who, user, "logout", s, known{}, 0, "POST", "/_logout", false)
	case draw < 80 && haveSession:
		h.me(who, user, s)
	default:
		h.login(who, user, false)
	}
}

// duel has one code end two logins at the same moment.
func (h *factorHistory) duel(who, user int, e known, code int) {
	var challenges []known
	for range 2 {
		if told, challenge := h.login(who, user, false); strings.HasPrefix(told, askedFor) {
			challenges = append(challenges, challenge)
		}
	}
	var both sync.WaitGroup
	for i, challenge := range challenges {
		both.Go(func() { h.finish(who+i*contenders, user, challenge, e, code, false, true) })
	}
	both.Wait()
}

// leave logs in with a code and removes the factor in that session, which no other
// client knows: it alone goes on.
func (h *factorHistory) leave(who, user int, e known, code int) {
	told, challenge := h.login(who, user, false)
	if !strings.HasPrefix(told, askedFor) {
		return
	}
	if s, ok := h.finish(who, user, challenge, e, code, false, false); ok {
		d := h.users[user].deed(user, "remove")
		d.session, d.factor, d.code = s.number, e.factor, h.present()
		h.ask(who, d, request{s.token, "DELETE", "/_me/credentials/" + e.factor, nil})
	}
}

// conclude checks the final state, one deed after the other.
func (h *factorHistory) conclude() {
	for user, m := range h.users {
		h.left(0, user)
		for _, s := range m.sessions {
			h.me(0, user, s)
		}
		h.unban(0, user)
		for _, e := range m.enrolment[max(0, len(m.enrolment)-few):] {
			for code := range spares {
				if e.factor == "totp" {
					code += h.present() - 1
				}
				told, challenge := h.login(0, user, true)
				if strings.HasPrefix(told, askedFor) {
					h.finish(0, user, challenge, e, code, true, true)
				}
			}
		}
		h.left(0, user)
		_, last := h.login(0, user, true)
		h.ban(0, user)
		h.login(0, user, true)
		h.unban(0, user)
		for _, s := range m.sessions[max(0, len(m.sessions)-recent):] {
			h.me(0, user, s)
		}
		if last.token != "" {
			h.me(0, user, last)
		}
	}
}

func (h *factorHistory) judge() {
	t := h.t
	t.Helper()
	end := int64(time.Since(h.begin)) + 1
	answers, met := map[string]int{}, 0
	for i := range h.all {
		d, told := h.all[i].Input.(deed), h.all[i].Output.(string)
		answers[strings.TrimSpace(d.kind+" "+d.factor)+": "+told]++
		if told == unknown {
			h.all[i].Return = end // it may have taken place at any later time
			met++
		}
	}
	t.Logf("%d deeds: %v", len(h.all), answers)
	if met == 0 {
		t.Error("the kills met nothing under way")
	}
	if got := porcupine.CheckOperationsTimeout(accountModel.ToModel(), h.all, judgeTimeout); got != porcupine.Ok {
		t.Errorf("the history is %s", got)
		for _, part := range accountModel.Partition(h.all) {
			if porcupine.CheckOperationsTimeout(accountModel.ToModel(), part, judgeTimeout) == porcupine.Ok {
				continue
			}
			slices.SortFunc(part, func(a, b porcupine.Operation) int { return int(a.Call - b.Call) })
			for _, op := range part {
				t.Logf("client %d, %d to %d: %+v: %v", op.ClientId, op.Call, op.Return, op.Input, op.Output)
			}
		}
	}
}
