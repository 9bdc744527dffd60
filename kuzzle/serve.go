package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"github.com/gokuzzle/kuzzle/kuzzle/backend"
	"github.com/gokuzzle/kuzzle/kuzzle/config"
	"github.com/gokuzzle/kuzzle/kuzzle/platform"
)

type serve struct {
	config.Flags
	config.Opening
}

// Help is shown below the flags.
func (serve) Help() string {
	return "SIGINT and SIGTERM finish accepted requests and stop; a second signal stops at once. SIGHUP opens the audit log again, for logrotate."
}

// Run serves until the context ends.
func (s *serve) Run(ctx context.Context, _ console) error {
	app, err := backend.New(backend.FromSources(s.Add(s.Sources(os.Environ()))))
	if err != nil {
		return err
	}
	defer onHangup(app)()
	defer paceCollections()()
	memory, hashes := app.Bounds()
	limitMemory(memory)
	defer returnMemory(memory)()
	defer addThread(hashes.Follow)()
	err = app.Run(ctx)
	if platform.AddressInUse(err) {
		return fmt.Errorf("%w; stop the program that listens there, or choose another address with --listen", err)
	}
	return err
}

// onHangup opens the audit log again at each SIGHUP, until stop is called.
func onHangup(app *backend.App) (stop func()) {
	hangups, ended := make(chan os.Signal, 1), make(chan struct{})
	signal.Notify(hangups, syscall.SIGHUP)
	go func() {
		defer close(ended)
		for range hangups {
			app.ReopenAudit()
		}
	}()
	return func() {
		signal.Stop(hangups)
		close(hangups)
		<-ended
	}
}
