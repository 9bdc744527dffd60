package main

import (
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/gokuzzle/kuzzle/kuzzle/freeport"
)

// cheap are settings under which a password costs next to nothing, since it is
// not the hashing that is tested here.
var cheap = [][2]string{{"KUZZLE_PASSWORDS__ARGON2_MEMORY", "8KB"}, {"KUZZLE_PASSWORDS__ARGON2_PASSES", "1"}}

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){
		"kuzzle":  main,
		"kz-http": func() { os.Exit(httpCommand(os.Args[1:], os.Stdout, os.Stderr)) },
	})
}

// TestScripts runs the scripts that document the command.
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata/script",
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		Setup:               setServer,
		Cmds:                map[string]func(*testscript.TestScript, bool, []string){"signal": signalServer},
	})
}

// setServer sets the common environment of a script's servers.
func setServer(env *testscript.Env) error {
	earlier, err := filepath.Abs(filepath.Join("storage", "sqlite", "testdata"))
	if err != nil {
		return err
	}
	env.Setenv("EARLIER", earlier) // databases that earlier versions wrote
	address, err := freeport.Address()
	env.Setenv("KUZZLE_LISTEN", address)
	env.Setenv("KUZZLE_DATA", filepath.Join(env.WorkDir, "data"))
	for _, setting := range cheap {
		env.Setenv(setting[0], setting[1])
	}
	return err
}

// signalServer is: signal HUP|TERM. It signals the background commands.
func signalServer(ts *testscript.TestScript, neg bool, args []string) {
	signals := map[string]os.Signal{"HUP": syscall.SIGHUP, "TERM": syscall.SIGTERM}
	if neg || len(args) != 1 || signals[args[0]] == nil {
		ts.Fatalf("usage: signal HUP|TERM")
	}
	for _, cmd := range ts.BackgroundCmds() {
		ts.Check(cmd.Process.Signal(signals[args[0]]))
	}
}
