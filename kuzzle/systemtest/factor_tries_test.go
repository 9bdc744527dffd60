package systemtest

import (
	"fmt"
	"testing"
)

// TestProofsResetNoTries: guesses at a second factor stay limited if the guesser proves the right
// password between them. They finish a login, or are proofs in a session of the user that lacks the
// factor.
func TestProofsResetNoTries(t *testing.T) {
	t.Parallel()
	for _, by := range []string{"logins", "proofs"} {
		t.Run(by, func(t *testing.T) {
			t.Parallel()
			st := startFactors(t, "http", func(set *settings) { set.Logins.FreeFailures = 5 })
			st.server.clock.freeze()
			enrolling, old := st.member(t, "guessed"), st.login(t, "guessed")
			st.enrol(t, enrolling)
			password := prove(old, "local", "")
			password.body = map[string]any{"username": "guessed", "password": canaryPassword}
			challenge, judged := "", 0
			for judged < 40 {
				if judged%4 == 0 {
					wantError(t, "the password", st.call(t, password), 200, "")
					challenge = st.call(t, loginAs("guessed", canaryPassword, old)).text("result.challenge")
				}
				code := fmt.Sprintf("%06d", 1000+judged)
				guess := prove(old, "totp", code)
				if by == "logins" {
					guess = finish("totp", challenge, code)
					guess.token = old
				}
				if a := st.call(t, guess); a.text("error.id") != wrongProof {
					break
				}
				judged++
			}
			if judged == 0 || judged > 20 {
				t.Errorf("%d guesses were judged at one moment", judged)
			}
		})
	}
}
