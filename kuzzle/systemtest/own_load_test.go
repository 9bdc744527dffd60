package systemtest

import (
	"strings"
	"testing"
	"time"
)

// TestOwnLoadNeedsFactor: callers with a second factor who load themselves anew replace their
// password and the factor, so they prove it first, as for any change of their credentials.
func TestOwnLoadNeedsFactor(t *testing.T) {
	st := startFactors(t, "http")
	st.server.clock.freeze()
	all := map[string]any{"actions": map[string]any{"*": true}}
	st.server.operate(t, "security", "createRole", map[string]any{"_id": "boss"}, map[string]any{"controllers": map[string]any{
		"security": all, "auth": all, "totp": all, "admin": all,
	}})
	st.server.operate(t, "security", "createProfile", map[string]any{"_id": "boss"}, map[string]any{"policies": []any{map[string]any{"roleId": "boss"}}})
	load := func(token, password string) answer {
		return st.call(t, call{controller: "admin", action: "loadSecurities", token: token, args: map[string]any{"onExistingUsers": "overwrite"}, hasBody: true, body: map[string]any{
			"roles": map[string]any{"late": map[string]any{"controllers": map[string]any{"auth": all}}},
			"users": map[string]any{"boss": map[string]any{
				"content":     map[string]any{"profileIds": []any{"boss"}},
				"credentials": map[string]any{"local": map[string]any{"username": "boss", "password": password}},
			}},
		}})
	}
	enrolling, before := st.member(t, "boss"), st.login(t, "boss")
	st.give(t, "boss", "boss")
	st.enrol(t, enrolling)
	wantError(t, "a session without the factor", load(before, canaryPassword+" 2"), 401, factorRequired)
	if a := st.call(t, call{controller: "security", action: "getRole", token: enrolling, args: map[string]any{"_id": "late"}}); a.status != 404 {
		t.Errorf("the refused load wrote a role: %s", a.raw)
	}
	wantError(t, "a session with the factor", load(enrolling, canaryPassword+" 2"), 200, "")
}

// TestOwnImportNeedsFactor: an import in which callers with a second factor replace their own password
// leaves their row out, unless their session has just proved the factor.
func TestOwnImportNeedsFactor(t *testing.T) {
	st := startFactors(t, "http")
	st.server.clock.freeze()
	all := map[string]any{"actions": map[string]any{"*": true}}
	st.server.operate(t, "security", "createRole", map[string]any{"_id": "boss"}, map[string]any{"controllers": map[string]any{
		"security": all, "auth": all, "totp": all, "import": all,
	}})
	st.server.operate(t, "security", "createProfile", map[string]any{"_id": "boss"}, map[string]any{"policies": []any{map[string]any{"roleId": "boss"}}})
	enrolling, before := st.member(t, "boss"), st.login(t, "boss")
	st.give(t, "boss", "boss")
	st.enrol(t, enrolling)
	for _, row := range []struct {
		name, opener, sender string
		merged               float64
		refusal              string
	}{
		{"a session without the factor", before, before, 0, factorRequired},
		{"a part by a session without it", enrolling, before, 0, factorRequired},
		{"a session with the factor", enrolling, enrolling, 1, ""},
	} {
		made := st.call(t, call{controller: "import", action: "create", token: row.opener, hasBody: true, body: map[string]any{
			"source": "old", "key": "kuid", "onConflict": "merge", "mergeCredentials": true, "plainPasswords": true, "profiles": []any{"boss"},
		}})
		id := map[string]any{"_id": made.text("result._id")}
		st.call(t, call{controller: "import", action: "upload", token: row.sender, args: id, hasBody: true, body: map[string]any{
			"text": "_kuid,username,password\nboss,boss,another-secret-here\n", "end": true,
		}})
		// Between the user's new password and what spares the session, the session is refused.
		var job answer
		for deadline := time.Now().Add(30 * time.Second); time.Now().Before(deadline); time.Sleep(20 * time.Millisecond) {
			job = st.call(t, call{controller: "import", action: "get", args: id, token: row.opener})
			if job.status == 200 && job.text("result.state") != "running" {
				break
			}
		}
		report := st.call(t, call{controller: "import", action: "report", args: id, token: row.opener})
		if job.at("result.merged") != row.merged || !strings.Contains(string(report.raw), row.refusal) {
			t.Errorf("%s: %s %s", row.name, job.raw, report.raw)
		}
	}
}
