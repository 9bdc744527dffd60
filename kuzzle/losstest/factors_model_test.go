package losstest

import (
	"fmt"
	"math/bits"
	"testing"

	"github.com/anishathalye/porcupine"
)

// codesDrawn is how many backup codes a user draws at once.
const codesDrawn = 10

// deed is a client's request about one user. Sessions, challenges and enrolments are
// named by the number of the deed that made them; 0 is none.
type deed struct {
	user, number                  int
	kind                          string
	factor                        string
	session, challenge, enrolment int
	// code is a step of an app, or the place of a backup code.
	code int
	// strict: no other deed ran at the same time and the code was valid, so a
	// refusal needs a reason. Otherwise a half-done deed may be the reason.
	strict bool
}

// The answers to deeds. Logins of users with factors get asked followed by those.
const (
	done     = "done"
	refused  = "refused"
	over     = "over" // the session
	banned   = "banned"
	askedFor = "asked for"
	unknown  = "unknown"
)

// marks are a set of numbers of deeds.
type marks [8]uint64

func (m *marks) add(n int)      { m[n/64] |= 1 << (n % 64) }
func (m *marks) drop(n int)     { m[n/64] &^= 1 << (n % 64) }
func (m *marks) has(n int) bool { return m[n/64]&(1<<(n%64)) != 0 }

// account is the model's state of one user.
type account struct {
	banned bool
	// live are the sessions that count, proved those that proved a second factor.
	live, proved marks
	// waiting are the challenges that count, begun the enrolments.
	waiting, begun marks
	// app and codes are the enrolments in force.
	app, codes int
	// step is the last one of the app that was taken, spent the codes that were.
	step  int
	spent uint16
}

func (a account) left() int { return codesDrawn - bits.OnesCount16(a.spent) }

func (a account) factors() (names string) {
	if a.codes != 0 && a.left() > 0 {
		names += " backup-code"
	}
	if a.app != 0 {
		names += " totp"
	}
	return names
}

// holds reports whether a factor's credentials are there, used up or not.
func (a account) holds(factor string) bool { return a.enrolled(factor) != 0 }

func (a account) enrolled(factor string) int {
	if factor == "totp" {
		return a.app
	}
	return a.codes
}

// ended is the state after all that was open has ended.
func (a account) ended() account {
	a.live, a.waiting, a.begun = marks{}, marks{}, marks{}
	return a
}

// spend takes a code; ok is false for one that is wrong, or was taken before.
func (a account) spend(d deed) (after account, ok bool) {
	switch {
	case d.enrolment == 0 || d.enrolment != a.enrolled(d.factor):
		return a, false
	case d.factor == "totp":
		ok = d.code > a.step
		a.step = d.code
	default:
		ok = a.spent&(1<<d.code) == 0
		a.spent |= 1 << d.code
	}
	return a, ok
}

// carried is the state after a deed that took place; ok is false where it may not.
// That the session of a deed counts is a deed of its own, "use", at another moment
// of the same request.
func (a account) carried(d deed) (after account, ok bool) {
	switch d.kind {
	case "ban":
		if !a.banned {
			a = a.ended()
		}
		a.banned = true
		return a, true
	case "unban":
		a.banned = false
		return a, true
	case "logout":
		a.live.drop(d.session)
		return a, true
	case "enrol":
		a.begun.add(d.number)
		return a, d.factor != "totp" || a.app == 0
	case "confirm":
		ok = a.begun.has(d.enrolment) && !a.holds(d.factor) && (a.factors() == "" || a.proved.has(d.session))
		if d.factor == "totp" {
			a.app, a.step = d.enrolment, d.code
		} else {
			a.codes, a.spent = d.enrolment, 0
		}
		a.begun.drop(d.enrolment)
		a.proved.add(d.session)
		return a, ok
	case "remove": // by a session if there is one, otherwise by an administrator
		ok = a.holds(d.factor) && (d.session == 0 || a.factors() == "" || a.proved.has(d.session))
		if d.factor == "totp" {
			a.app = 0
		} else {
			a.codes = 0
		}
		return a.ended(), ok
	case "prove":
		a, ok = a.spend(d)
		a.proved.add(d.session)
		return a, ok && !a.banned
	case "finish":
		waits := a.waiting.has(d.challenge)
		a, ok = a.spend(d)
		a.waiting.drop(d.challenge)
		a.live.add(d.number)
		a.proved.add(d.number)
		return a, ok && waits && !a.banned
	}
	panic(d.kind)
}

// read returns the expected answer of a deed that changes nothing.
func (a account) read(d deed) string {
	switch {
	case d.kind == "left" && a.codes == 0:
		return "left none"
	case d.kind == "left":
		return fmt.Sprint("left ", a.left())
	case !a.live.has(d.session):
		return over
	}
	return done
}

// login has the answers that may be given to a right password.
func (a account) login(d deed, got string) []account {
	switch factors := a.factors(); {
	case got == unknown, got == refused && !d.strict: // an unknown challenge opens nothing
	case a.banned && got == banned:
	case a.banned:
		return nil
	case factors == "" && got == done:
		a.live.add(d.number)
	case factors != "" && got == askedFor+factors:
		a.waiting.add(d.number)
	default:
		return nil
	}
	return []account{a}
}

// after lists the states that a deed and its answer may lead to.
func (a account) after(d deed, got string) []account {
	switch d.kind {
	case "login":
		return a.login(d, got)
	case "me", "left", "use":
		if got == unknown || got == a.read(d) {
			return []account{a}
		}
		return nil
	}
	next, ok := a.carried(d)
	half := a
	if d.kind == "prove" { // the code is spent before the session knows of it
		half, _ = a.spend(d)
	}
	switch {
	case got == done && ok:
		return []account{next}
	case got == done:
		return nil
	case got == unknown && ok && half != a:
		return []account{a, half, next}
	case got == unknown && ok:
		return []account{a, next}
	case got == over && ok && half != a:
		return []account{a, half}
	case d.strict && ok:
		return nil
	}
	return []account{a}
}

// accountModel judges the deeds about each user by themselves.
var accountModel = porcupine.NondeterministicModel{
	Partition: func(history []porcupine.Operation) [][]porcupine.Operation {
		byUser := map[int][]porcupine.Operation{}
		for _, op := range history {
			user := op.Input.(deed).user
			byUser[user] = append(byUser[user], op)
		}
		var parts [][]porcupine.Operation
		for _, part := range byUser {
			parts = append(parts, part)
		}
		return parts
	},
	Init: func() []any { return []any{account{}} },
	Step: func(state, input, output any) (next []any) {
		for _, a := range state.(account).after(input.(deed), output.(string)) {
			next = append(next, a)
		}
		return next
	},
	DescribeOperation: func(input, output any) string { return fmt.Sprintf("%+v: %v", input, output) },
}

// TestAccountModel shows that the model refuses wrong histories.
func TestAccountModel(t *testing.T) {
	type step struct {
		d   deed
		got string
	}
	login := func(n int, got string) step { return step{deed{kind: "login", number: n, strict: true}, got} }
	me := func(session int, got string) step { return step{deed{kind: "me", session: session}, got} }
	finish := func(n, challenge, enrolment, code int, got string) step {
		return step{deed{kind: "finish", factor: "totp", number: n, challenge: challenge, enrolment: enrolment, code: code}, got}
	}
	ban, unban := step{deed{kind: "ban"}, done}, step{deed{kind: "unban"}, done}
	remove := func(session int, got string) step {
		return step{deed{kind: "remove", factor: "totp", session: session}, got}
	}
	enrolled := []step{
		login(1, done), {deed{kind: "enrol", factor: "totp", number: 2, session: 1}, done},
		{deed{kind: "confirm", factor: "totp", number: 3, session: 1, enrolment: 2, code: 7}, done},
	}
	with := func(more ...step) []step { return append(append([]step{}, enrolled...), more...) }
	code := func(n int, got string) step {
		return step{deed{kind: "finish", factor: "backup-code", number: n, challenge: n - 1, enrolment: 5, code: 3}, got}
	}
	drawn := with(step{deed{kind: "enrol", factor: "backup-code", number: 5, session: 1}, done},
		step{deed{kind: "confirm", factor: "backup-code", number: 6, session: 1, enrolment: 5}, done})
	for _, c := range []struct {
		name  string
		steps []step
		want  bool
	}{
		{"a login", []step{login(1, done), me(1, done)}, true},
		{"a session is lost", []step{login(1, done), me(1, over)}, false},
		{"a logout is lost", []step{login(1, done), {deed{kind: "logout", session: 1}, done}, me(1, done)}, false},
		{"a ban ends sessions", []step{login(1, done), ban, me(1, over)}, true},
		{"a session outlives a ban", []step{login(1, done), ban, me(1, done)}, false},
		{"a session comes back with the end of a ban", []step{login(1, done), ban, unban, me(1, done)}, false},
		{"a login while banned", []step{ban, login(1, done)}, false},
		{"an unanswered ban", []step{login(1, done), {deed{kind: "ban"}, unknown}, me(1, over), login(2, banned)}, true},
		{"half a ban", []step{login(1, done), {deed{kind: "ban"}, unknown}, me(1, over), login(2, done)}, false},
		{"a factor is asked for", with(login(4, askedFor+" totp"), finish(5, 4, 2, 8, done), me(5, done)), true},
		{"an enrolment is lost", with(login(4, done)), false},
		{"an enrolment counts twice", with(remove(0, done), login(4, done), step{deed{kind: "confirm", factor: "totp", session: 4, enrolment: 2, code: 8}, done}), false},
		{"the code of the enrolment", with(login(4, askedFor+" totp"), finish(5, 4, 2, 7, done)), false},
		{"a challenge twice", with(login(4, askedFor+" totp"), finish(5, 4, 2, 8, done), finish(6, 4, 2, 9, done)), false},
		{"a step twice", with(login(4, askedFor+" totp"), login(5, askedFor+" totp"), finish(6, 4, 2, 8, done), finish(7, 5, 2, 8, done)), false},
		{"an unanswered login spent the step", with(login(4, askedFor+" totp"), finish(5, 4, 2, 8, unknown), login(6, askedFor+" totp"), finish(7, 6, 2, 8, refused)), true},
		{"a challenge of before a ban", with(login(4, askedFor+" totp"), ban, unban, finish(5, 4, 2, 8, done)), false},
		{"removal without a proof", []step{login(1, done), login(9, done), enrolled[1], enrolled[2], remove(9, done)}, false},
		{"removal with one", with(remove(1, done), login(4, done)), true},
		{"a removal is lost", with(remove(1, done), login(4, askedFor+" totp")), false},
		{"sessions outlive the factor", with(remove(0, done), me(1, done)), false},
		{"a backup code", append(drawn, login(7, askedFor+" backup-code totp"), code(8, done), step{deed{kind: "left"}, "left 9"}), true},
		{"a backup code twice", append(drawn, login(7, askedFor+" backup-code totp"), code(8, done), login(9, askedFor+" backup-code totp"), code(10, done)), false},
		{"a spent code is back", append(drawn, login(7, askedFor+" backup-code totp"), code(8, done), step{deed{kind: "left"}, "left 10"}), false},
		{"a code is lost", append(drawn, step{deed{kind: "left"}, "left 9"}), false},
	} {
		t.Run(c.name, func(t *testing.T) {
			var history []porcupine.Operation
			for i, s := range c.steps {
				history = append(history, porcupine.Operation{Input: s.d, Output: s.got, Call: int64(2 * i), Return: int64(2*i + 1)})
			}
			if got := porcupine.CheckOperations(accountModel.ToModel(), history); got != c.want {
				t.Errorf("possible: %v, want %v", got, c.want)
			}
		})
	}
}
