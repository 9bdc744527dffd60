package backend

import "fmt"

// loss is a sequence of a client's steps during which the server dies, and the
// state that must follow.
type loss struct {
	name string
	// try returns the steps, and a check of the state after the next start. done
	// tells that every step was answered.
	try func(u *mortalUser) (steps []func() heard, check func(done bool))
}

var losses = []loss{
	{"a login with a challenge", func(u *mortalUser) ([]func() heard, func(bool)) {
		s := u.session()
		u.enrol(s, "totp")
		u.enrol(s, "backup-code")
		var begun heard
		return []func() heard{
			func() heard { begun = u.login(first); return begun },
			func() heard { return u.finish("totp", fmt.Sprint(begun.result["challenge"]), u.code(1)) },
		}, func(done bool) {
			if u.want("the code", u.again("totp", u.code(1)), 200, 401) == 200 && done {
				u.Error("the code counts twice")
			}
			u.want("the code again", u.again("totp", u.code(1)), 401)
			challenge, ok := begun.result["challenge"].(string)
			if ok && u.want("the challenge", u.finish("backup-code", challenge, u.codes[1]), 200, 401) == 200 {
				u.want("the challenge again", u.finish("backup-code", challenge, u.codes[2]), 401)
				if done {
					u.Error("the challenge counts twice")
				}
			}
			u.want("another code", u.again("backup-code", u.codes[3]), 200)
		}
	}},
	{"an enrolment", func(u *mortalUser) ([]func() heard, func(bool)) {
		s := u.session()
		var begun heard
		return []func() heard{
			func() heard { begun = u.begin(s, "totp"); return begun },
			func() heard { return u.confirm(s, "totp", begun) },
		}, func(done bool) {
			if factors, _ := u.asked(first); factors == "" {
				if done {
					u.Error("an enrolment that was acknowledged is lost")
				}
				if begun.status != 200 || u.want("the enrolment", u.confirm(s, "totp", begun), 200, 400) != 200 {
					u.enrol(s, "totp")
				}
			}
			if factors, _ := u.asked(first); factors != "totp" {
				u.Errorf("asked for %q", factors)
			}
			u.want("the first code", u.again("totp", u.code(0)), 401)
			u.want("the next code", u.again("totp", u.code(1)), 200)
		}
	}},
	{"backup codes", func(u *mortalUser) ([]func() heard, func(bool)) {
		s := u.session()
		var begun heard
		return []func() heard{
			func() heard { begun = u.begin(s, "backup-code"); return begun },
			func() heard { return u.confirm(s, "backup-code", begun) },
		}, func(done bool) {
			if factors, _ := u.asked(first); factors == "" {
				if done {
					u.Error("codes that were acknowledged are lost")
				}
				u.enrol(s, "backup-code")
			}
			if left := u.left(); left != 10.0 {
				u.Errorf("%v codes are left, want 10", left)
			}
			u.want("a code", u.again("backup-code", u.codes[9]), 200)
			u.want("the code again", u.again("backup-code", u.codes[9]), 401)
		}
	}},
	{"a login with a backup code", func(u *mortalUser) ([]func() heard, func(bool)) {
		u.enrol(u.session(), "backup-code")
		var begun heard
		return []func() heard{
			func() heard { begun = u.login(first); return begun },
			func() heard { return u.finish("backup-code", fmt.Sprint(begun.result["challenge"]), u.codes[5]) },
		}, func(done bool) {
			spent := u.left() == 9.0
			if done && !spent {
				u.Error("the code is not spent")
			}
			if counts := u.want("the code", u.again("backup-code", u.codes[5]), 200, 401) == 200; counts == spent {
				u.Errorf("spent: %t, and counts: %t", spent, counts)
			}
			u.want("the code again", u.again("backup-code", u.codes[5]), 401)
			if left := u.left(); left != 9.0 {
				u.Errorf("%v codes are left, want 9", left)
			}
		}
	}},
	{"a removal", func(u *mortalUser) ([]func() heard, func(bool)) {
		s := u.session()
		u.enrol(s, "totp")
		other, _ := u.must(u.again("totp", u.code(1)))["jwt"].(string)
		return []func() heard{
			func() heard { return u.ask("DELETE", "/_me/credentials/totp", s, nil) },
		}, func(done bool) {
			factors, _ := u.asked(first)
			removed := factors == ""
			if done && (!removed || !u.alive(s)) {
				u.Errorf("acknowledged, and removed: %t; the session that did it is alive: %t", removed, u.alive(s))
			}
			if alive := u.alive(other); alive == removed {
				u.Errorf("removed: %t, and another session is alive: %t", removed, alive)
			}
		}
	}},
	{"a fresh proof", func(u *mortalUser) ([]func() heard, func(bool)) {
		s, other := u.session(), u.session()
		u.enrol(s, "totp")
		u.enrol(s, "backup-code")
		prove := func(factor, code string) heard {
			return u.ask("POST", "/_me/factors/"+factor+"/_prove", other, map[string]any{"code": code})
		}
		remove := func() heard { return u.ask("DELETE", "/_me/credentials/totp", other, nil) }
		u.want("a removal without a proof", remove(), 401)
		return []func() heard{func() heard { return prove("totp", u.code(1)) }}, func(done bool) {
			if u.want("the code", u.again("totp", u.code(1)), 200, 401) == 200 && done {
				u.Error("the code counts twice")
			}
			if u.want("a removal", remove(), 200, 401) == 401 {
				if done {
					u.Error("a proof that was acknowledged is lost")
				}
				u.want("the code again", prove("totp", u.code(1)), 401)
				u.want("a proof by another factor", prove("backup-code", u.codes[4]), 200)
				u.want("a removal with a proof", remove(), 200)
			}
			if factors, _ := u.asked(first); factors != "backup-code" {
				u.Errorf("asked for %q, want no totp", factors)
			}
		}
	}},
	{"a ban", func(u *mortalUser) ([]func() heard, func(bool)) {
		s := u.session()
		u.enrol(s, "totp")
		_, waiting := u.asked(first)
		return []func() heard{
			func() heard { return u.ask("POST", "/users/"+u.kuid()+"/_ban", u.root, nil) },
		}, func(done bool) {
			banned := u.want("a login", u.login(first), 200, 403) == 403
			if done && !banned {
				u.Error("a ban that was acknowledged is lost")
			}
			if alive := u.alive(s); alive == banned {
				u.Errorf("banned: %t, and a session is alive: %t", banned, alive)
			}
			if entered := u.want("the login that waited", u.finish("totp", waiting, u.code(1)), 200, 401) == 200; entered == banned {
				u.Errorf("banned: %t, and a login that waited entered: %t", banned, entered)
			}
		}
	}},
	{"a reset by mail", func(u *mortalUser) ([]func() heard, func(bool)) {
		s := u.session()
		u.enrol(s, "totp")
		request := func() heard {
			return u.ask("POST", "/_/password/requestReset", "", map[string]any{"username": u.name})
		}
		var token string
		asked, chosen := heard{}, false
		reset := func() heard {
			return u.ask("POST", "/_/password/reset", "", map[string]any{"token": token, "password": second})
		}
		return []func() heard{
			func() heard { asked = request(); return asked },
			func() heard { token = u.mailed(true); return heard{status: 200} },
			func() heard { r := reset(); chosen = r.status == 200; return r },
		}, func(done bool) {
			if asked.status == 200 && token == "" {
				token = u.mailed(false) // the next server sends it
			}
			changed := u.want("the old password", u.login(first), 200, 401) == 401
			if (done || chosen) && !changed {
				u.Error("a password that was acknowledged is lost")
			}
			if alive := u.alive(s); alive == changed {
				u.Errorf("changed: %t, and a session is alive: %t", changed, alive)
			}
			if changed {
				u.want("the token again", reset(), 400)
			} else {
				if token == "" || u.want("the token", reset(), 200, 400) == 400 {
					u.must(request())
					token = u.mailed(false)
					u.must(reset())
				}
				u.want("the token again", reset(), 400)
			}
			u.want("the old password", u.login(first), 401)
			if factors, _ := u.asked(second); factors != "totp" {
				u.Errorf("the new password is asked for %q, want totp", factors)
			}
		}
	}},
}
