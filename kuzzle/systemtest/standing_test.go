package systemtest

// standings is the story of a ban and a lock.
func standings() []scenario {
	const (
		local, right, wrong = `{"strategy":"local"}`, `{"username":"user","password":"$password"}`, `{"username":"user","password":"$password x"}`
		user, me            = `{"_id":"user"}`, "auth:getCurrentUser"
		missing, unknown    = "api.assert.missing_argument", "security.user.not_found"
		banned, locked      = "security.user.banned", "security.user.locked"
	)
	refused, opened := []string{"session.refused"}, []string{"session.created"}
	table := []scenario{
		{name: "a key", as: "admin", do: "security:createApiKey", args: `{"userId":"user"}`, body: `{"description":"d"}`, keep: map[string]string{"key": "result._source.token"}, events: []string{"apikey.created"}},
		{name: "a reset token", as: "admin", do: passwordController + ":getResetPasswordToken", args: user, keep: map[string]string{"reset": "result.resetToken"}, events: []string{"flow.created"}},

		{name: "a ticket to act as the user", as: "admin", do: "security:impersonate", args: user, body: `{"within":600}`, keep: map[string]string{"ticket": "result.ticket"}, want: `{"_id":"user","ticket":"<text>","expiresAt":"<number>"}`, events: []string{"flow.created"}},
		{name: "acts once", do: "auth:login", args: `{"strategy":"ticket"}`, body: `{"ticket":"$ticket"}`, keep: map[string]string{"acting": "result.jwt"}, want: `{"_id":"user"}`, events: opened},
		{name: "as the user", as: "acting", do: me, want: user},
		{name: "and no second time", do: "auth:login", args: `{"strategy":"ticket"}`, body: `{"ticket":"$ticket"}`, status: 401, error: "security.ticket.used"},
		{name: "acts as nobody", as: "admin", do: "security:impersonate", args: `{"_id":"ghost"}`, status: 404, error: unknown},
		{name: "acts as oneself", as: "admin", do: "security:impersonate", args: `{"_id":"root"}`, status: 400, error: "api.assert.invalid_argument", props: `["_id","<any>"]`},
		{name: "acts for too long", as: "admin", do: "security:impersonate", args: user, body: `{"within":1801}`, status: 400, error: "api.assert.invalid_argument", props: `["body.within","<any>"]`},
		{name: "acts without rights", as: "limited", do: "security:impersonate", args: user, status: 403, error: "security.rights.forbidden"},
		{name: "whoever acts makes no ticket", as: "acting", do: "security:impersonate", args: `{"_id":"limited"}`, status: 403, error: "security.rights.forbidden"},

		{name: "lock", as: "admin", do: "security:lockUser", args: user, want: `{"_id":"user","banned":false,"locked":true,"lockedAt":"<number>","bannedAt":"<absent>"}`, events: []string{"user.locked"}},
		{name: "lock again", as: "admin", do: "security:lockUser", args: user, want: `{"locked":true}`},
		{name: "a session goes on", as: "user", do: me, want: user, lacks: []string{"standing", "locked"}},
		{name: "and is refreshed", as: "user", do: "auth:refreshToken", keep: map[string]string{"user": "result.jwt"}, events: opened},
		{name: "the key works", as: "key", do: me, want: user},
		{name: "no login", do: "auth:login", args: local, body: right, status: 403, error: locked, events: refused},
		{name: "a wrong password is one", do: "auth:login", args: local, body: wrong, status: 401, error: "plugin.strategy.missing_user", events: refused},
		{name: "no reset", as: "admin", do: passwordController + ":reset", body: `{"token":"$reset","password":"$password 2"}`, status: 403, error: locked},
		{name: "a lock with an end", as: "admin", do: "security:lockUser", args: `{"_id":"user","expiresIn":"10y"}`, want: `{"locked":true,"lockedAt":"<number>","lockedUntil":"<number>"}`, events: []string{"user.locked"}},
		{name: "an end in the body", as: "admin", do: "security:lockUser", args: user, body: `{"expiresIn":"11y"}`, want: `{"locked":true,"lockedUntil":"<number>"}`, events: []string{"user.locked"}},
		{name: "getUser tells when it ends", as: "admin", do: "security:getUser", args: user, want: `{"standing":{"lockedAt":"<number>","lockedUntil":"<number>"}}`},
		{name: "and so does explain", as: "admin", do: "security:explain", args: `{"userId":"user"}`, body: `{"controller":"auth","action":"login"}`, want: `{"standing":{"lockedAt":"<number>","lockedUntil":"<number>"}}`},
		{name: "a right password is told when it ends", do: "auth:login", args: local, body: right, status: 403, error: locked, props: `["<text>"]`, events: refused},
		{name: "a wrong one is told nothing", do: "auth:login", args: local, body: wrong, status: 401, error: "plugin.strategy.missing_user", lacks: []string{"until", "locked"}, events: refused},
		{name: "a lock without an end again", as: "admin", do: "security:lockUser", args: user, want: `{"locked":true,"lockedUntil":"<absent>"}`, events: []string{"user.locked"}},
		{name: "unlocked", as: "admin", do: "security:unlockUser", args: user, want: `{"locked":false,"lockedUntil":"<absent>"}`, events: []string{"user.unlocked"}},
		{name: "a lock of no length", as: "admin", do: "security:lockUser", args: `{"_id":"user","expiresIn":0}`, status: 400, error: "api.assert.invalid_argument", props: `["expiresIn","<any>"]`},
		{name: "a lock for no time", as: "admin", do: "security:lockUser", args: `{"_id":"user","expiresIn":"soon"}`, status: 400, error: "api.assert.invalid_argument", props: `["expiresIn","<any>"]`},
		{name: "lets in", do: "auth:login", args: local, body: right, events: opened},
		{name: "no lock is shown, but the login is", as: "admin", do: "security:getUser", args: user, want: `{"standing":"<absent>","lastSignInAt":"<number>","lastActiveAt":"<number>"}`},
		{name: "nor is one explained", as: "admin", do: "security:explain", args: `{"userId":"user"}`, body: `{"controller":"auth","action":"login"}`, want: `{"standing":"<absent>"}`},
		{name: "the user does not see it", as: "user", do: me, want: user, lacks: []string{"lastSignInAt", "lastActiveAt"}},
		{name: "searches do not either", as: "admin", do: "security:searchUsers", args: `{"refresh":"wait_for"}`, lacks: []string{"lastSignInAt"}},
		{name: "a role that reads users", as: "admin", do: "security:createRole", args: `{"_id":"reader"}`, body: `{"controllers":{"security":{"actions":{"getUser":true,"explain":true}}}}`, events: []string{"role.created"}},
		{name: "its profile", as: "admin", do: "security:createProfile", args: `{"_id":"reader"}`, body: `{"policies":[{"roleId":"reader"}]}`, events: []string{"profile.created"}},
		{name: "somebody who may not ban", as: "admin", do: "security:createUser", args: `{"_id":"reader"}`, body: `{"content":{"profileIds":["reader"]},"credentials":{"local":{"username":"reader","password":"$password"}}}`, events: []string{"rights.granted", "user.created"}},
		{name: "logs in", do: "auth:login", args: local, body: `{"username":"reader","password":"$password"}`, keep: map[string]string{"reader": "result.jwt"}, events: opened},
		{name: "locked for good", as: "admin", do: "security:lockUser", args: `{"_id":"user","expiresIn":-1}`, want: `{"locked":true,"lockedUntil":"<absent>"}`, events: []string{"user.locked"}},
		{name: "is explained no lock", as: "reader", do: "security:explain", args: `{"userId":"user"}`, body: `{"controller":"auth","action":"login"}`, want: `{"standing":"<absent>"}`},
		{name: "sees neither a lock nor a login", as: "reader", do: "security:getUser", args: user, want: `{"_id":"user","standing":"<absent>","lastSignInAt":"<absent>"}`},
		{name: "unlock", as: "admin", do: "security:unlockUser", args: user, want: `{"_id":"user","banned":false,"locked":false,"lockedAt":"<absent>"}`, events: []string{"user.unlocked"}},
		{name: "a login", do: "auth:login", args: local, body: right, keep: map[string]string{"second": "result.jwt"}, events: opened},
		{name: "what it makes", as: "second", do: "auth:createToken", args: `{"expiresIn":"10y"}`, keep: map[string]string{"made": "result.token"}, events: opened},

		{name: "getUser says nothing of who is neither", as: "admin", do: "security:getUser", args: user, want: `{"standing":"<absent>"}`},
		{name: "ban", as: "admin", do: "security:banUser", args: user, want: `{"_id":"user","banned":true,"locked":false,"bannedAt":"<number>"}`, events: []string{"user.banned"}},
		{name: "ban again", as: "admin", do: "security:banUser", args: user, want: `{"banned":true}`},
		{name: "getUser tells who may ban", as: "admin", do: "security:getUser", args: user, want: `{"standing":{"bannedAt":"<number>"}}`},
		{name: "searches do not tell", as: "admin", do: "security:searchUsers", args: `{"refresh":"wait_for"}`, lacks: []string{"standing", "banned"}},
		{name: "nor does mGetUsers", as: "admin", do: "security:mGetUsers", body: `{"ids":["user"]}`, lacks: []string{"standing", "banned"}},
	}
	for _, as := range []string{"user", "second", "made", "key"} {
		table = append(table, scenario{name: as + " is worth nothing", as: as, do: me, status: 401, error: "security.token.invalid"})
	}
	table = append(table, []scenario{
		{name: "and is not refreshed", as: "second", do: "auth:refreshToken", status: 401, error: "security.token.invalid"},
		{name: "checkToken", do: "auth:checkToken", body: `{"token":"$key"}`, want: `{"valid":false}`},
		{name: "a banned login", do: "auth:login", args: local, body: right, status: 403, error: banned, events: refused},
		{name: "a banned user's wrong password", do: "auth:login", args: local, body: wrong, status: 401, error: "plugin.strategy.missing_user", events: refused},
		{name: "a banned reset", as: "admin", do: passwordController + ":reset", body: `{"token":"$reset","password":"$password 2"}`, status: 403, error: banned},
		{name: "unban", as: "admin", do: "security:unbanUser", args: user, want: `{"banned":false,"bannedAt":"<absent>"}`, events: []string{"user.unbanned"}},
		{name: "ended sessions stay ended", as: "second", do: me, status: 401, error: "security.token.invalid"},
		{name: "the key works again", as: "key", do: me, want: user},
		{name: "the password too", do: "auth:login", args: local, body: right, events: opened},
		{name: "the reset token was not used up", as: "admin", do: passwordController + ":reset", body: `{"token":"$reset","password":"$password 2"}`, want: user, events: []string{"password.reset", "session.created"}},
	}...)
	for _, do := range []string{"banUser", "unbanUser", "lockUser", "unlockUser"} {
		table = append(table,
			scenario{name: do + " without _id", as: "admin", do: "security:" + do, status: 400, error: missing, props: `["_id"]`},
			scenario{name: do + ", unknown", as: "admin", do: "security:" + do, args: `{"_id":"ghost"}`, status: 404, error: unknown, props: `["ghost"]`},
			scenario{name: do + ", nobody", as: "admin", do: "security:" + do, args: `{"_id":"-1"}`, status: 404, error: unknown},
			scenario{name: do + " of oneself", as: "admin", do: "security:" + do, args: `{"_id":"root"}`, status: 412, error: "security.user.own_standing"},
			scenario{name: do + " without rights", as: "limited", do: "security:" + do, args: user, status: 403, error: "security.rights.forbidden"},
		)
	}
	return table
}
