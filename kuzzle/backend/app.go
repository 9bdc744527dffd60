package backend

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"os"
	"sync"
	"sync/atomic"
	"time"

	clerkrules "github.com/gokuzzle/kuzzle/clerk/rules"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts"
	"github.com/gokuzzle/kuzzle/kuzzle/api"
	"github.com/gokuzzle/kuzzle/kuzzle/audit"
	"github.com/gokuzzle/kuzzle/kuzzle/bootstrap"
	"github.com/gokuzzle/kuzzle/kuzzle/budget"
	"github.com/gokuzzle/kuzzle/kuzzle/config"
	"github.com/gokuzzle/kuzzle/kuzzle/counters"
	"github.com/gokuzzle/kuzzle/kuzzle/digest"
	"github.com/gokuzzle/kuzzle/kuzzle/events"
	"github.com/gokuzzle/kuzzle/kuzzle/history"
	"github.com/gokuzzle/kuzzle/kuzzle/importer/jobs"
	"github.com/gokuzzle/kuzzle/kuzzle/metrics"
	"github.com/gokuzzle/kuzzle/kuzzle/network"
	"github.com/gokuzzle/kuzzle/kuzzle/rights"
	"github.com/gokuzzle/kuzzle/kuzzle/servicekeys"
	"github.com/gokuzzle/kuzzle/kuzzle/settings"
	"github.com/gokuzzle/kuzzle/kuzzle/storage"
	"github.com/gokuzzle/kuzzle/kuzzle/throttle"
	"github.com/gokuzzle/kuzzle/kuzzle/token"
	"github.com/gokuzzle/kuzzle/kuzzle/token/signing"
	"github.com/gokuzzle/kuzzle/kuzzle/webhooks"
	"github.com/gokuzzle/kuzzle/strategies"

	// The built-in strategies register themselves.
	_ "github.com/gokuzzle/kuzzle/strategies/backupcode"
	_ "github.com/gokuzzle/kuzzle/strategies/digestimport"
	_ "github.com/gokuzzle/kuzzle/strategies/external"
	_ "github.com/gokuzzle/kuzzle/strategies/legacyhttp"
	_ "github.com/gokuzzle/kuzzle/strategies/local"
	_ "github.com/gokuzzle/kuzzle/strategies/ticket"
	_ "github.com/gokuzzle/kuzzle/strategies/totp"
)

// App is a whole server. It answers Dispatch as soon as New has returned it;
// Run also serves the network. If Run is not used, Close must be called.
type App struct {
	config   config.Config
	log      *slog.Logger
	terminal io.Writer
	now      func() time.Time
	started  time.Time
	version  string
	node     string

	budget *budget.Budget
	store  storage.Store
	// kept is the store as packages that write for requests use it.
	kept storage.Store
	// owned is the data directory if the store is not in it.
	owned  io.Closer
	sealer *token.Sealer
	ring   *token.Keyring
	// signer signs tokens that other services verify.
	signer *signing.Signer
	pool   *digest.Pool
	// weak is the count of WeakDigests after the last round of upkeep.
	weak   atomic.Pointer[WeakDigests]
	logins *throttle.Logins
	// windows limit requests with service keys; nil without a limit.
	windows  *throttle.Windows
	bus      *events.Bus
	audit    *audit.Log
	history  *history.History
	counters *counters.Counters
	rights   *rights.Store
	accounts *accounts.Accounts
	metrics  *metrics.Metrics
	imports  *jobs.Jobs
	settings *settings.Settings
	// clerkRules are the rules of the settings for users of Clerk's API.
	clerkRules clerkrules.InForce
	notices    *notices
	webhooks   *webhooks.Webhooks
	// serviceKeys are the keys of an application's servers.
	serviceKeys *servicekeys.Keys

	table      *api.Table
	dispatcher *api.Dispatcher
	server     *network.Server
	gate       *gate
	links      *links
	boot       *bootstrap.Token
	inviter    *inviter
	nodes      *nodes

	// listening is the address on which Serve answers.
	listening atomic.Pointer[net.Addr]
	ready     sync.Once
	// unready is the id of the last error of Ready, "" for nil.
	unready atomic.Pointer[string]
	close   sync.Once
}

// New opens the data directory and returns a server for it. One process at a
// time owns a data directory. Errors describe the fault and the remedy.
func New(opts ...Option) (*App, error) {
	b := builder{config: config.Default(), strategies: map[string]strategies.New{}, terminal: os.Stdout, now: time.Now, version: Version}
	for _, name := range strategies.Registered() {
		b.strategies[name], _ = strategies.Lookup(name)
	}
	for _, option := range opts {
		if err := option(&b); err != nil {
			return nil, err
		}
	}
	if b.origins == nil {
		b.origins = config.Given(b.config)
	}
	b.config.Dev = b.config.Dev || b.dev
	if b.log == nil {
		b.log = newLog(b.config.Log, os.Stderr)
	}
	app := &App{config: b.config, log: b.log, terminal: b.terminal, now: b.now, started: b.now(), version: b.version}
	app.weak.Store(new(WeakDigests))
	if err := app.build(context.Background(), &b); err != nil {
		return nil, errors.Join(err, app.Close())
	}
	return app, nil
}

// Dispatch answers a request as if it came over the network. Without a Peer the
// request is the program's own and has the rights of its Token; set
// Peer.Operator to call with every right. Arguments and body may be of any Go
// types that JSON can express; see api.Request.Plain.
func (app *App) Dispatch(ctx context.Context, req *api.Request) *api.Response {
	app.ready.Do(app.dispatcher.Ready)
	if req.Peer == nil {
		req.Peer = &api.Peer{Protocol: api.Embedded}
	}
	if req.Peer.Protocol == api.Embedded {
		req.Plain()
	}
	if !req.Peer.Operator {
		app.joinNodes()
	}
	return app.dispatcher.Dispatch(ctx, req)
}

// Close finishes accepted requests, stops everything and releases the data
// directory.
func (app *App) Close() error {
	var failed []error
	app.close.Do(func() {
		ctx, cancel := context.WithTimeout(context.Background(), closeTimeout)
		defer cancel()
		if app.dispatcher != nil {
			app.dispatcher.Close()
		}
		if app.links != nil {
			app.links.close()
		}
		if app.nodes != nil {
			app.leaveNodes()
		}
		if app.imports != nil {
			failed = append(failed, app.imports.Close())
		}
		if app.accounts != nil {
			failed = append(failed, app.accounts.Close(ctx))
		}
		if app.pool != nil {
			failed = append(failed, app.pool.Close(ctx))
		}
		if app.signer != nil {
			app.signer.Close()
		}
		if app.audit != nil {
			failed = append(failed, app.audit.Close(ctx))
		}
		if app.history != nil {
			if err := app.history.Flush(ctx); err != nil {
				app.log.WarnContext(ctx, "the last events of users were not stored", "cause", err)
			}
		}
		if app.store != nil {
			failed = append(failed, app.store.Close())
		}
		if app.owned != nil {
			failed = append(failed, app.owned.Close())
		}
	})
	return errors.Join(failed...)
}

// closeTimeout is how long Close waits for strategies and the audit log.
const closeTimeout = 10 * time.Second

func newLog(cfg config.Log, w io.Writer) *slog.Logger {
	var level slog.Level
	if err := level.UnmarshalText([]byte(cfg.Level)); err != nil {
		level = slog.LevelInfo
	}
	options := &slog.HandlerOptions{Level: level}
	if cfg.Format == "json" {
		return slog.New(slog.NewJSONHandler(w, options))
	}
	return slog.New(slog.NewTextHandler(w, options))
}
