package config

import "strings"

// refused are documented keys of Kuzzle without a meaning here, each with what
// to do instead. A path covers everything below it.
var refused = map[string]string{
	"application":                           "has no meaning here; remove it",
	"cluster":                               "has no meaning with the embedded store; remove it",
	"controllers":                           "has no meaning here; remove it",
	"dump":                                  "has no meaning here; remove it",
	"internal":                              "has no meaning here; remove it",
	"limits.concurrentRequests":             "concurrent requests are not queued, and limited by limits.requestsBufferSize; remove it",
	"limits.loginsPerSecond":                "replaced by delays after failed logins; see logins.freeFailures, logins.firstDelay and logins.maxDelay",
	"limits.requestsBufferWarningThreshold": "watch the metric kuzzle_requests_in_flight instead; remove it",
	"limits.subscriptionConditionsCount":    "there are no realtime subscriptions here; remove it",
	"limits.subscriptionDocumentTTL":        "there are no realtime subscriptions here; remove it",
	"limits.subscriptionMinterms":           "there are no realtime subscriptions here; remove it",
	"limits.subscriptionRooms":              "there are no realtime subscriptions here; remove it",
	"plugins.common.include":                "plugins are compiled in; a strategy is configured under strategies.<name>",
	"plugins.common":                        "only failsafeMode of this section has a meaning here; remove it",
	"plugins":                               "a strategy is configured under strategies.<name>; move the settings there",
	"realtime":                              "there are no realtime subscriptions here; remove it",
	"repositories":                          "caches have no setting here; remove it",
	"security.authToken.secret":             "the first start makes signing keys, masterKey encrypts them, and they are rotated on demand; remove it",
	"security.debug":                        "there is no debug controller here; remove it",
	"security.default":                      "it never had an effect; give the rights of a fresh server under security.standard.roles",
	"security.jwt.secret":                   "the first start makes signing keys, masterKey encrypts them, and they are rotated on demand; remove it",
	"server.logs":                           "see log.level and log.format",
	"server.protocols.mqtt":                 "only HTTP and WebSocket exist here; remove it",
	"server.protocols.websocket.resetIdleTimeoutOnSend": "only messages of the client keep its connection open; remove it",
	"server.protocols.websocket.sendPingsAutomatically": "clients keep a connection open by sending {\"p\":1}; remove it",
	"services.common":                                         "has no meaning here; remove it",
	"services.internalCache":                                  "no cache server is needed; remove it",
	"services.memoryStorage":                                  "no cache server is needed; remove it",
	"services.storageEngine.aliases":                          "has no meaning with the embedded store; remove it",
	"services.storageEngine.backend":                          "has no meaning with the embedded store; remove it",
	"services.storageEngine.client":                           "has no meaning with the embedded store; remove it",
	"services.storageEngine.defaults.onUpdateConflictRetries": "each update has its own retryOnConflict; remove it",
	"services.storageEngine.internalIndex":                    "has no meaning with the embedded store; remove it",
	"stats":                                                   "frames are kept for an hour, one for each 10 seconds; remove it",
	"validation":                                              "has no meaning here; remove it",

	localPlugin + ".algorithm":  digestsHere,
	localPlugin + ".digest":     digestsHere,
	localPlugin + ".encryption": digestsHere,
	localPlugin + ".stretching": digestsHere,
}

const digestsHere = "password digests are argon2id here, and digests made by Kuzzle still verify; remove it"

// localPlugin is Kuzzle's section for the settings of strategies.local.
const localPlugin = "plugins.kuzzle-plugin-auth-passport-local"

// moved maps sections of Kuzzle to the free key and the name under which they
// are read here.
var moved = map[string][2]string{localPlugin: {"strategies", "local"}}

// refusal returns the reason why a path, or a section that contains it, has no
// meaning here.
func refusal(path string) (string, bool) {
	for {
		if why, found := refused[path]; found {
			return why, true
		}
		dot := strings.LastIndexByte(path, '.')
		if dot < 0 {
			return "", false
		}
		path = path[:dot]
	}
}
