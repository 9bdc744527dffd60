package config

import "strings"

// refused are documented keys of Kuzzle that have no meaning here, each with
// what to do instead. A path covers everything below it.
var refused = map[string]string{
	"application":                           "has no meaning here; remove it",
	"cluster":                               "has no meaning with the embedded store; remove it",
	"controllers":                           "has no meaning here; remove it",
	"dump":                                  "has no meaning here; remove it",
	"internal":                              "has no meaning here; remove it",
	"limits.concurrentRequests":             "requests are not queued but worked on at once, up to limits.requestsBufferSize; remove it",
	"limits.loginsPerSecond":                "replaced by delays after failed logins; see logins.freeFailures, logins.firstDelay and logins.maxDelay",
	"limits.requestsBufferWarningThreshold": "watch the metric kuzzle_requests_in_flight instead; remove it",
	"limits.subscriptionConditionsCount":    "there are no realtime subscriptions here; remove it",
	"limits.subscriptionDocumentTTL":        "there are no realtime subscriptions here; remove it",
	"limits.subscriptionMinterms":           "there are no realtime subscriptions here; remove it",
	"limits.subscriptionRooms":              "there are no realtime subscriptions here; remove it",
	"plugins.common.include":                "plugins are compiled in; a strategy is configured under strategies.<name>",
	"plugins.common":                        "of this section only failsafeMode has a meaning here; remove it",
	"plugins":                               "a strategy is configured under strategies.<name>; move the settings there",
	"realtime":                              "there are no realtime subscriptions here; remove it",
	"repositories":                          "caches need no setting here; remove it",
	"security.authToken.secret":             "signing keys are made at first start, sealed by masterKey and rotated on demand; remove it",
	"security.debug":                        "there is no debug controller here; remove it",
	"security.default":                      "never had an effect; give the rights of a fresh server under security.standard.roles",
	"security.jwt.secret":                   "signing keys are made at first start, sealed by masterKey and rotated on demand; remove it",
	"server.logs":                           "see log.level and log.format",
	"server.protocols.mqtt":                 "there is HTTP and WebSocket only; remove it",
	"server.protocols.websocket.resetIdleTimeoutOnSend": "only what a client sends keeps its connection open; remove it",
	"server.protocols.websocket.sendPingsAutomatically": "clients keep a connection open by sending {\"p\":1}; remove it",
	"services.common":                                         "has no meaning here; remove it",
	"services.internalCache":                                  "no cache server is needed; remove it",
	"services.memoryStorage":                                  "no cache server is needed; remove it",
	"services.storageEngine.aliases":                          "has no meaning with the embedded store; remove it",
	"services.storageEngine.backend":                          "has no meaning with the embedded store; remove it",
	"services.storageEngine.client":                           "has no meaning with the embedded store; remove it",
	"services.storageEngine.defaults.onUpdateConflictRetries": "updates say it themselves, as retryOnConflict; remove it",
	"services.storageEngine.internalIndex":                    "has no meaning with the embedded store; remove it",
	"stats":                                                   "frames are kept for an hour, one for each 10 seconds; remove it",
	"validation":                                              "has no meaning here; remove it",

	localPlugin + ".algorithm":  digestsHere,
	localPlugin + ".digest":     digestsHere,
	localPlugin + ".encryption": digestsHere,
	localPlugin + ".stretching": digestsHere,
}

const digestsHere = "password digests are argon2id here, and digests made by Kuzzle verify as they are; remove it"

// localPlugin is where Kuzzle keeps the settings that are strategies.local here.
const localPlugin = "plugins.kuzzle-plugin-auth-passport-local"

// moved sections of Kuzzle are read as another one: free key and name within.
var moved = map[string][2]string{localPlugin: {"strategies", "local"}}

// refusal finds why a path, or what it lies in, has no meaning here.
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
