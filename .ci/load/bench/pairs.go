package main

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"time"
)

// Minimum share of the other's rate, and maximum processor time in ms.
const (
	nowShare, meShare, wsShare   = 0.60, 0.40, 0.50
	loginShare, createShare      = 0.90, 0.50
	meCPU, createCPU             = 0.06, 0.20
	idleMiB, loadedMiB           = 30, 60
	connectionMiB                = 30.0 / 1024
	argon2MiB, argon2MostWorkers = 19, 3
	floodShare, floodP99         = 0.85, 25
	startTimes                   = 3
)

// hashMemoryKept is how long the memory still includes that of the setup's
// logins.
const hashMemoryKept = 5 * time.Second

// start launches both servers and makes users and tokens.
func (b *bench) start() (err error) {
	if b.ours, err = b.launchOurs(); err != nil {
		return err
	}
	if err := b.setUp("setup", "base=http://"+b.ours.address, "ws=ws://"+b.ours.address, "password="+password); err != nil {
		return err
	}
	text, err := os.ReadFile(b.varsFile)
	if err != nil {
		return err
	}
	var vars struct {
		Tokens []string `json:"tokens"`
	}
	if err := json.Unmarshal(text, &vars); err != nil {
		return err
	}
	base := "http://" + b.ours.address
	if b.bare, err = b.launchBare(vars.Tokens[0], base+"/_now", base+"/_me"); err != nil {
		return err
	}
	b.vars = append(b.vars, "floor=http://"+b.bare.address, "floor_ws=ws://"+b.bare.address+"/ws")
	time.Sleep(hashMemoryKept)
	return nil
}

// setUp sends the requests of a setup, whose variables scenarios then have.
func (b *bench) setUp(setup string, vars ...string) error {
	b.varsFile, b.vars = filepath.Join(b.dir, "vars.json"), vars
	args := []string{"-setup", filepath.Join(b.scenarios, setup+".json"), "-vars-out", b.varsFile}
	for _, set := range b.vars {
		args = append(args, "-var", set)
	}
	if out, err := exec.Command(filepath.Join(b.bin, "load"), args...).CombinedOutput(); err != nil {
		return fmt.Errorf("%s: %w: %s", setup, err, out)
	}
	return nil
}

func (b *bench) stop() {
	b.ours.stop()
	b.bare.stop()
}

// rates measures requests that read from memory.
func (b *bench) rates() error {
	for _, p := range []struct {
		what, ours, other, path, beside string
		share, cpu                      float64
	}{
		{"`GET /_now`", "now", "http_floor", "/_now", "bare net/http, same bytes and headers:", nowShare, 0},
		{"`GET /_me`, bearer token", "me", "http_floor", "/_me", "bare net/http, same bytes and headers:", meShare, meCPU},
		{"`auth:getCurrentUser` over WebSocket", "ws_me", "ws_floor", "", "bare gorilla echo:", wsShare, 0},
	} {
		mine, its, err := b.pair(
			func() (result, error) { return b.load(p.ours, b.ours) },
			func() (result, error) { return b.load(p.other, b.bare, "-var", "path="+p.path) },
		)
		if err != nil {
			return err
		}
		b.table.compare(p.what, mine, its, p.beside, p.share, p.cpu)
		b.loaded(mine)
	}
	return nil
}

func (b *bench) logins() error {
	all, err := b.inTurn(
		func() (result, error) { return b.load("login", b.ours) },
		func() (result, error) { return b.argon2id("library") },
		func() (result, error) { return b.argon2id("server") },
	)
	if err == nil {
		b.table.compare("`POST /_login/local`", all[0], all[1], libraryAlone, loginShare, 0)
		b.table.compare("the same", all[0], all[2], serverAlone, 0, 0)
	}
	return err
}

// Comparisons for logins.
const (
	libraryAlone = "golang.org/x/crypto's argon2id alone on all cores:"
	serverAlone  = "our own argon2id alone on all cores:"
)

func (b *bench) argon2id(by string) (result, error) {
	return b.command("baseline", "argon2id", b.turn.String(), by)
}

// creators is the number of concurrent creations, here and in the comparison.
const creators = "16"

func (b *bench) creations() error {
	for _, p := range []struct{ what, scenario, bare string }{
		{"`POST /users/_create`, credentials `{}`, " + creators + " at once", "create_bare", "base=http://" + b.bare.address},
		{"`security:createUser` over WebSocket, credentials `{}`, " + creators + " at once", "ws_create", "ws=ws://" + b.bare.address + "/ws/create"},
	} {
		alone := func(kind string) measure {
			return func() (result, error) { return b.command("baseline", "commit", b.turn.String(), b.raw, kind, creators) }
		}
		all, err := b.inTurn(
			func() (result, error) { return b.load(p.scenario, b.ours, "-c", creators) },
			alone("searchable"), alone("plain"),
			func() (result, error) { return b.load(p.scenario, b.bare, "-c", creators, "-var", p.bare) },
		)
		if err != nil {
			return err
		}
		b.table.compare(p.what, all[0], all[1], "SQLite alone, group commit, a row and its index entries:", createShare, createCPU)
		b.table.compare("the same", all[0], all[2], "SQLite alone, group commit, one row a user:", createShare, createCPU)
		b.table.compare("the same", all[0], all[3], "bare server before that group commit, a row and its index entries:", 0, 0)
		b.loaded(all[0])
	}
	return nil
}

// reads have no bar of their own: another measurement shows that they do not
// grow.
func (b *bench) reads() error {
	for _, p := range [][2]string{
		{"`GET /users/:_id`", "get_user"}, {"`POST /users/_search`, exact filter", "search_exact"}, {"`POST /users/_search`, cursor page of 50", "cursor_page"},
	} {
		mine, err := b.load(p[1], b.ours)
		if err != nil {
			return err
		}
		b.table.add(row{what: p[0], ours: rate(mine.RPS), cpu: milliseconds(mine.CPU)})
		b.loaded(mine)
	}
	b.table.most("memory loaded, without logins", b.peak, loadedMiB, "MiB", "")
	return nil
}

func (b *bench) loaded(r result) { b.peak = max(b.peak, r.Peak) }
