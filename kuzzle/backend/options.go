package backend

import (
	"context"
	"io"
	"io/fs"
	"log/slog"
	"net/http"
	"os"
	"time"

	"github.com/gokuzzle/kuzzle/kuzzle/api"
	"github.com/gokuzzle/kuzzle/kuzzle/config"
	"github.com/gokuzzle/kuzzle/kuzzle/events"
	"github.com/gokuzzle/kuzzle/kuzzle/network"
	"github.com/gokuzzle/kuzzle/kuzzle/storage"
	"github.com/gokuzzle/kuzzle/kuzzle/version"
	"github.com/gokuzzle/kuzzle/strategies"
)

// Option configures New.
type Option func(*builder) error

// builder collects options.
type builder struct {
	config      config.Config
	origins     config.Origins
	strategies  map[string]strategies.New
	controllers []api.Controller
	mounts      []network.Mount
	log         *slog.Logger
	terminal    io.Writer
	now         func() time.Time
	version     string
	dev         bool
	// store wraps the store of requests; tests only.
	store func(storage.Store) storage.Store
}

// FromEnvironment reads the configuration from the process's environment and from
// the file that KUZZLE_CONFIG names. Without it and WithConfig, New uses the
// defaults.
func FromEnvironment() Option { return FromSources(config.Sources{Env: os.Environ()}) }

// FromSources reads the configuration from the given sources.
func FromSources(from config.Sources) Option {
	return func(b *builder) (err error) {
		b.config, b.origins, err = config.Load(from)
		return err
	}
}

// WithConfig uses a configuration that the program made itself.
func WithConfig(cfg config.Config) Option {
	return func(b *builder) error {
		b.config, b.origins = cfg, nil
		return nil
	}
}

// Use adds a strategy, or replaces the registered one of that name. Its
// configuration is the section strategies.<name>.
func Use(name string, build strategies.New) Option {
	return func(b *builder) error {
		b.strategies[name] = build
		return nil
	}
}

// Handle adds a controller of the program. Roles treat it like a plugin's. A
// controller with its own dialect is reachable in that dialect only, below its
// prefix.
func Handle(c api.Controller) Option {
	return func(b *builder) error {
		c.Plugin = true
		b.controllers = append(b.controllers, c)
		return nil
	}
}

// Files serves a folder of files at a path beside the API, such as the pages of an
// application at "/app", all with the given headers. The files must implement
// io.Seeker, as those of packages os and embed do.
func Files(path string, files fs.FS, header http.Header) Option {
	return func(b *builder) error {
		b.mounts = append(b.mounts, network.Mount{Path: path, Files: files, Header: header})
		return nil
	}
}

// WithLog writes the log to log instead of standard error.
func WithLog(log *slog.Logger) Option {
	return func(b *builder) error {
		b.log = log
		return nil
	}
}

// Dev opens the server to this machine until the first administrator exists, as
// kuzzle serve --dev does; see the setting dev. Serve then refuses a listener that
// is not on loopback. Dev does not open Dispatch: the program's own calls have the
// rights of their Token, or every right with Peer.Operator.
func Dev() Option {
	return func(b *builder) error {
		b.dev = true
		return nil
	}
}

// WithTerminal sets the writer for texts that a person reads and that must not be
// logged; nil for none. The default is standard output, if that is a terminal.
func WithTerminal(w io.Writer) Option {
	return func(b *builder) error {
		b.terminal = w
		return nil
	}
}

// Version is the release of this server.
const Version = version.Number

// WithVersion sets the program's version in answers of server:info.
func WithVersion(version string) Option {
	return func(b *builder) error {
		b.version = version
		return nil
	}
}

// WithClock replaces the clock, for tests.
func WithClock(now func() time.Time) Option {
	return func(b *builder) error {
		b.now = now
		return nil
	}
}

// On adds a listener to requests; see api.Dispatcher.On. It must be called before
// the first request.
func (app *App) On(event string, listen api.Listener) { app.dispatcher.On(event, listen) }

// Subscribe calls a function with the domain's events of one name, or of all names
// for events.All.
func (app *App) Subscribe(name string, tell func(context.Context, events.Event)) (cancel func()) {
	return app.bus.Subscribe(name, tell)
}
