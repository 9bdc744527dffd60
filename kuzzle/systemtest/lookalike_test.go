package systemtest

import "testing"

// TestAttack04: nobody gets a name that a person mistakes for another's,
// whichever of the two was first; names typed in such letters are one login with
// one count of failures; and names in any one script are accepted.
func TestAttack04(t *testing.T) {
	t.Parallel()
	eachProtocol(t, func(t *testing.T, protocol string) {
		s := start(t, behindProxy, func(set *settings) { set.Logins.FreeFailures = 5 })
		st := newStory(t, s, protocol)
		st.openSignUp(t)
		const looksTaken, mixed = "security.credentials.looks_taken", "security.credentials.mixed_scripts"
		for _, step := range []struct {
			name, id string
			status   int
		}{
			{"coco", "", 200}, {"\u0441\u043e\u0441\u043e", looksTaken, 412}, {"\u0421\u041e\u0421\u041e", looksTaken, 412}, {"COCO", taken, 412},
			{"coco ", taken, 412}, {" coco", taken, 412}, {"co\u200bco", taken, 412}, {"ＣＯＣＯ", taken, 412}, {"\ufeffcoco", taken, 412}, {"co\u00adco", taken, 412},
			{"\u0391\u039d\u039d\u0391", "", 200}, {"anna", looksTaken, 412}, {"\u03b1\u03bd\u03bd\u03b1", taken, 412},
			{"\u0430dmin", mixed, 400}, {"\u0430dmin@example.org", mixed, 400},
			{"\u0418\u0432\u0430\u043d", "", 200}, {"\u039d\u03af\u03ba\u03bf\u03c2", "", 200}, {"\u65e5\u672c\u306e\u30e6\u30fc\u30b6taro", "", 200},
			{"\uae40\ucca0\uc218", "", 200}, {"\u738b\u5c0f\u660e", "", 200}, {"\u0438\u0432\u0430\u043d@example.org", "", 200}, {"tom", "", 200}, {"torn", "", 200},
		} {
			c := signUp(step.name)
			c.token = st.kept["admin"] // who has no limit
			wantError(t, step.name, st.from(t, protocol, "198.51.100.1", c), step.status, step.id)
		}
		s.clock.freeze()
		wantError(t, "logging in as it is typed", st.from(t, protocol, "198.51.100.2", loginAs("\u0441\u043e\u0441\u043e", canaryPassword, "")), 200, "")
		judged := 0
		for _, spelling := range []string{"coco", "\u0441oco", "c\u043eco", "co\u0441o", " coco ", "co\u200bco", "ＣＯＣＯ", "coc\u043e", "COCO", "\u0421OCO", "\u0441\u043e\u0441\u043e"} {
			if a := st.from(t, protocol, "198.51.100.3", loginAs(spelling, "wrong", "")); a.status == 401 {
				judged++
			}
		}
		if judged != 5 {
			t.Errorf("%d guesses at spellings of one name are judged, want 5", judged)
		}
	})
}
