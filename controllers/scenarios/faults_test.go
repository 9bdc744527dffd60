package scenarios

import (
	"testing"

	"github.com/gokuzzle/kuzzle/kuzzle/fault"
)

// lenient lists the faults with another status than in Kuzzle: a refusal of the client's input is
// no mistake of the server, a lost race can be tried again, and an unknown kuid is a failed login.
var lenient = map[string]int{
	"security.user.no_profile":          400,
	"security.cookie.unsupported":       400,
	"security.token.verification_error": 400,
	"plugin.strategy.unknown_kuid":      401,
	"services.storage.too_many_changes": 409,
}

// Every declared fault with one of Kuzzle's ids has Kuzzle's code and status. Every other fault has
// a code outside the ranges of Kuzzle and of plugin authors.
func TestFaultsAreKuzzles(t *testing.T) {
	type theirs struct {
		ID           string
		Code, Status int
	}
	var known struct {
		Errors      []theirs
		PluginLocal struct{ Errors []theirs } `json:"plugin_local"`
	}
	fixture(t, "errors.json", &known)
	byID := map[string]theirs{}
	for _, e := range append(known.Errors, known.PluginLocal.Errors...) {
		byID[e.ID] = e
	}
	// A whole server imports all packages that declare faults.
	newBench(t)
	shared := 0
	for _, kind := range fault.Catalogue() {
		want, known := byID[kind.ID()]
		if !known {
			if kind.Code() < 0x40000000 || kind.Code() >= fault.PluginCodes {
				t.Errorf("%s has the code %#x: ids of our own lie from 0x40000000 to below %#x, where those of plugins begin", kind.ID(), kind.Code(), fault.PluginCodes)
			}
			continue
		}
		shared++
		if status, differs := lenient[kind.ID()]; differs {
			want.Status = status
		}
		if int(kind.Code()) != want.Code || kind.Status() != want.Status {
			t.Errorf("%s: got code %d status %d, want %d %d", kind.ID(), kind.Code(), kind.Status(), want.Code, want.Status)
		}
	}
	if shared < 60 {
		t.Errorf("only %d faults are Kuzzle's", shared)
	}
}
