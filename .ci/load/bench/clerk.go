package main

import (
	"os"
	"path/filepath"
)

// Limits of the processor time of a request of Clerk's API, in ms.
const (
	clerkCreateCPU, clerkGetCPU, clerkListCPU = 0.25, 0.08, 0.40
	clerkBrowserCPU                           = 0.30
	// An RS256 signature alone takes longer than this: about 1 ms in Go, and 0.25 ms in OpenSSL.
	clerkTokenCPU = 0.15
)

// clerkKey is the key of a server that answers Clerk's clients.
const clerkKey = "sk_test_measured_on_this_machine"

// clerk measures a separate server that also answers Clerk's clients.
func (b *bench) clerk() (err error) {
	own := &bench{bin: b.bin, scenarios: b.scenarios, turn: b.turn, turns: b.turns, dir: filepath.Join(b.dir, "clerk")}
	if err := os.Mkdir(own.dir, 0o700); err != nil {
		return err
	}
	if own.ours, err = own.launchOurs("KUZZLE_CLERK_SECRET_KEY="+clerkKey, "KUZZLE_CLERK_RATE_LIMIT=off", "KUZZLE_CLERK_FRONTEND=on"); err != nil {
		return err
	}
	defer own.stop()
	if err := own.setUp("clerk_setup", "base=http://"+own.ours.address, "secret="+clerkKey); err != nil {
		return err
	}
	for _, p := range []struct {
		what, scenario string
		most           float64
	}{
		{"`GET /v1/users/{id}`", "clerk_get", clerkGetCPU},
		{"`GET /v1/users`, 50 of them", "clerk_list", clerkListCPU},
		{"`POST /v1/users`, mail address and bcrypt digest, " + creators + " at once", "clerk_create", clerkCreateCPU},
		{"`GET /v1/client` of a browser with a session", "clerk_browser", clerkBrowserCPU},
		{"`POST /v1/client/sessions/{id}/tokens`, with an RS256 signature", "clerk_token", clerkTokenCPU},
	} {
		all, err := own.inTurn(func() (result, error) { return own.load(p.scenario, own.ours, "-c", creators) })
		if err != nil {
			return err
		}
		b.table.costs(p.what, all[0], p.most)
	}
	return nil
}
