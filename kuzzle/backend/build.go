package backend

import (
	"cmp"
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/gokuzzle/kuzzle/clerk/hooks"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/users"
	"github.com/gokuzzle/kuzzle/kuzzle/api"
	"github.com/gokuzzle/kuzzle/kuzzle/audit"
	"github.com/gokuzzle/kuzzle/kuzzle/bootstrap"
	"github.com/gokuzzle/kuzzle/kuzzle/budget"
	"github.com/gokuzzle/kuzzle/kuzzle/config"
	"github.com/gokuzzle/kuzzle/kuzzle/digest"
	"github.com/gokuzzle/kuzzle/kuzzle/events"
	"github.com/gokuzzle/kuzzle/kuzzle/kuid"
	"github.com/gokuzzle/kuzzle/kuzzle/migration"
	"github.com/gokuzzle/kuzzle/kuzzle/network"
	"github.com/gokuzzle/kuzzle/kuzzle/outbound"
	"github.com/gokuzzle/kuzzle/kuzzle/publishable"
	"github.com/gokuzzle/kuzzle/kuzzle/refusals"
	"github.com/gokuzzle/kuzzle/kuzzle/rights"
	"github.com/gokuzzle/kuzzle/kuzzle/servicekeys"
	"github.com/gokuzzle/kuzzle/kuzzle/settings"
	"github.com/gokuzzle/kuzzle/kuzzle/storage"
	"github.com/gokuzzle/kuzzle/kuzzle/throttle"
	"github.com/gokuzzle/kuzzle/kuzzle/token"
	"github.com/gokuzzle/kuzzle/kuzzle/token/signing"
	"github.com/gokuzzle/kuzzle/kuzzle/webhooks"
	"github.com/gokuzzle/kuzzle/kuzzle/weighing"
	"github.com/gokuzzle/kuzzle/profiles"
	"github.com/gokuzzle/kuzzle/strategies"
)

// build creates the parts of the server, beginning with the store.
func (app *App) build(ctx context.Context, b *builder) (err error) {
	cfg := app.config
	app.budget = budget.New(cmp.Or(int64(cfg.Memory.Budget), budget.Default()))
	if app.node, err = nodeName(); err != nil {
		return err
	}
	if app.sealer, err = loadMasterKey(cfg); err != nil {
		return err
	}
	if err := app.openStore(ctx); err != nil {
		return err
	}
	if err := migration.Unfinished(ctx, app.store); err != nil {
		return err
	}
	app.nodes = newNodes(app.store, app.node)
	app.ring = token.NewKeyring(keyStore{app.store, keysSetting}, app.sealer, app.now)
	app.signer = signing.New(signing.Options{
		Store: keyStore{app.store, serviceKeysSetting}, Sealer: app.sealer, Issuer: publishable.Issuer(cfg.FrontendAPI()), Now: app.now,
	})
	app.pool = digest.NewPool(digest.Limits{
		// Hashes take memory from the budget, at most half of it.
		Memory: min(int64(cfg.Hashing.Memory), app.budget.Limit()/2), Claim: app.budget.Claim,
		Workers: cfg.Hashing.Workers, Waiting: cfg.Hashing.Queue, Wait: cfg.Hashing.MaxWait.Std(),
	})
	if err := app.openThrottle(cfg); err != nil {
		return err
	}
	app.bus = events.NewBus(app.log, app.now)
	if app.audit, err = openAudit(cfg, app.terminal, app.log, app.bus); err != nil {
		return err
	}
	app.links = newLinks(app.node, app.now)
	if !cfg.Server.Protocols.WebSocket.RealtimeNotifications {
		app.links.close() // closed links push nothing
	}
	standard, err := standard(cfg.Security.Standard)
	if err != nil {
		return err
	}
	app.kept = weighing.Store{Store: app.store}
	if b.store != nil {
		app.kept = b.store(app.kept)
	}
	if cfg.Dev {
		_, shared := app.store.(storage.Shared)
		app.kept = &closing{Store: app.kept, alone: !shared}
	}
	app.rights = rights.New(app.kept, app.catalogue(), standard, app.bus, app.now)
	app.rights.Bound(int(app.config.Limits.Content))
	app.rights.Demand(profiles.FactorPolicy(cfg.Factors.Policy), governing())
	app.rights.SetFreshness(app.nodes.freshness(cfg.Elasticsearch.Strict))
	app.rights.Beside(app.nodes.others)
	app.webhooks = webhooks.New(webhooks.Options{
		Store: app.store, Sealer: app.sealer, Client: outbound.Client(cfg.Webhooks.PrivateAddresses), Private: cfg.Webhooks.PrivateAddresses, Others: app.notifies(),
		TryFor: cfg.Webhooks.TryFor.Std(), MaxWaiting: cfg.Webhooks.MaxWaiting, Node: app.node, Now: app.now, Log: app.log,
	})
	if app.serviceKeys, err = servicekeys.New(servicekeys.Options{
		Store: app.kept, Fresh: app.nodes.freshness(cfg.Elasticsearch.Strict), Fixed: cfg.Clerk.SecretKey.Reveal(), Derive: app.sealer.Derive, Now: app.now,
	}); err != nil {
		return fmt.Errorf("clerk.secretKey: %w", err)
	}
	if err := app.buildAccounts(b); err != nil {
		return err
	}
	app.openHistory()
	if err := app.openImports(); err != nil {
		return err
	}
	app.settings = settings.New(app.kept, app.config, b.origins, app.obey, app.log)
	if err := app.openNotices(); err != nil {
		return err
	}
	app.boot = &bootstrap.Token{Store: app.store, AdminExists: app.accounts.Users.AdminExists, Now: app.now}
	app.inviter = &inviter{
		config: cfg, log: app.log, terminal: app.terminal, accounts: app.accounts, boot: app.boot, listening: &app.listening,
	}
	app.bus.Subscribe(events.SecurityReset, app.inviter.forgetBootstrap)
	of := &persons{
		rights: app.rights.Compiler, sessions: app.accounts.Sessions, registry: app.accounts.Registry, failsafe: cfg.Plugins.Common.FailsafeMode,
		factors: profiles.FactorPolicy(cfg.Factors.Policy), enrolling: app.accounts.Registry.FactorActions(),
	}
	app.gate = &gate{
		accounts: app.accounts, persons: of, nobody: &person{users.Anonymous, of}, rates: throttle.NewRate(app.now, time.Second),
		links: app.links, boot: app.boot, cookies: cfg.HTTP.CookieAuthentication, dev: cfg.Dev,
	}
	app.gate.rates.Divide(app.nodes.share)
	if err := app.buildAPI(b); err != nil {
		return err
	}
	refusals.New(app.bus, app.now).Follow(app.On)
	return app.prepare(ctx)
}

// prepare writes the initial data of a fresh server and completes work that an
// earlier run could not finish.
func (app *App) prepare(ctx context.Context) error {
	if err := app.settings.Refresh(ctx); err != nil {
		return err
	}
	if err := app.webhooks.Refresh(ctx); err != nil {
		return err
	}
	if err := app.accounts.Names.FixNaming(ctx); err != nil {
		return err
	}
	if err := app.accounts.Care.ResumeReset(ctx); err != nil {
		return err
	}
	_, err := app.store.Get(ctx, storage.Profiles, profiles.Anonymous)
	if errors.Is(err, storage.ErrNotFound) {
		err = app.rights.Bootstrap(ctx)
	}
	return err
}

// passwords returns the configured algorithm for new digests.
func passwords(cfg config.Passwords) (digest.Maker, error) {
	made, err := digest.Passwords{
		Hasher: cfg.Hasher, BcryptCost: cfg.BcryptCost, Argon2id: digest.Hasher{
			Memory: uint32(cfg.Argon2Memory >> 10), Passes: uint32(cfg.Argon2Passes), Lanes: uint8(cfg.Argon2Lanes),
		},
	}.Maker()
	if err != nil {
		return nil, fmt.Errorf("passwords: %w", err)
	}
	return made, nil
}

func (app *App) buildAccounts(b *builder) error {
	cfg := app.config
	made, err := passwords(cfg.Passwords)
	if err != nil {
		return err
	}
	outbox := hooks.New(app.webhooks, app.sealer.Derive)
	app.accounts = accounts.New(accounts.Options{
		Store: app.kept, Rights: app.rights, Sealer: app.sealer, Sessions: token.NewSessions(app.ring),
		Pool: app.pool, Passwords: made, Logins: app.logins, Client: outbound.Client(false), Notify: app.notify, Sender: codes{app}, Codes: codes{app}, Tickets: invitations{app}.options(), Log: app.log, Now: app.now,
		Events: app.bus, Outbox: told{outbox, app}, Ended: app.links.ended,
		RestrictedProfiles: cfg.Security.RestrictedProfileIDs, ServiceProfiles: cfg.Clerk.Profiles, ServiceKey: app.serviceKeys.Standing,
		OwnContent: int(cfg.Limits.OwnContent), MaxContent: int(cfg.Limits.Content),
		MaxWrites: cfg.Limits.DocumentsWriteCount, KeepTokensOnPasswordChange: !cfg.Security.RevokeTokensOnPasswordChange,
		KeepKeysOnRevocation: !cfg.Security.APIKey.RevokeWithTokens,
		CaseSensitive:        cfg.Identifiers.CaseSensitive, LookAlikes: users.LookAlikes(cfg.Identifiers.LookAlikes),
		Uncontained: !cfg.Rights.Containment, Fresh: app.nodes.freshness(cfg.Elasticsearch.Strict),
		FactorPolicy: profiles.FactorPolicy(cfg.Factors.Policy), FactorFresh: cfg.Factors.Fresh.Std(),
	})
	outbox.Tell(app.accounts, clerkMaker(app), clerkShapes(app))
	for _, name := range slices.Sorted(maps.Keys(b.strategies)) {
		settings, err := strategySettings(cfg, name)
		if err == nil {
			err = app.accounts.Use(name, b.strategies[name], settings)
		}
		if err != nil && (!errors.Is(err, strategies.ErrNotConfigured) || cfg.Strategies[name] != nil) {
			return fmt.Errorf("strategies.%s: %w", name, err)
		}
	}
	for name := range cfg.Strategies {
		if b.strategies[name] == nil {
			return fmt.Errorf("strategies.%s: there is no strategy of that name; the strategies are: %s", name, strings.Join(app.accounts.Registry.Strategies(), ", "))
		}
	}
	return nil
}

// openAudit opens the audit log and subscribes it to all events; nil if it is off.
func openAudit(of config.Config, terminal io.Writer, log *slog.Logger, bus *events.Bus) (*audit.Log, error) {
	file := of.Audit.File
	if file == "off" {
		return nil, nil
	}
	cfg := audit.Config{Log: log, Path: file}
	switch {
	case file == "-":
		cfg.Path, cfg.Out = "", terminal
	case !filepath.IsAbs(file):
		cfg.Path = filepath.Join(of.Data, file)
	}
	opened, err := audit.Open(cfg)
	if err == nil {
		bus.Subscribe(events.All, opened.Handle)
	}
	return opened, err
}

func loginLimits(cfg config.Logins, now func() time.Time) throttle.Config {
	limits := throttle.Defaults()
	limits.Now = now
	limits.Pair.Free, limits.Pair.First = cfg.FreeFailures, cfg.FirstDelay.Std()
	limits.Pair.Max, limits.Pair.Forgive = cfg.MaxDelay.Std(), cfg.ForgiveEvery.Std()
	limits.SignUp.Free = cfg.FreeSignUps
	limits.Remember, limits.Accounts, limits.Addresses = cfg.KnownFor.Std(), cfg.Tracked, cfg.Tracked
	return limits
}

// standard returns the built-in roles and profiles, overridden by the configured
// ones.
func standard(cfg config.Standard) (rights.Standard, error) {
	s := rights.Builtin()
	for id, text := range cfg.Roles {
		var body map[string]any
		if err := json.Unmarshal(text, &body); err != nil {
			return s, fmt.Errorf("security.standard.roles.%s: a role must be an object: %w", id, err)
		}
		s.Roles[id] = body
	}
	for id, text := range cfg.Profiles {
		var body map[string]any
		if err := json.Unmarshal(text, &body); err != nil {
			return s, fmt.Errorf("security.standard.profiles.%s: a profile must be an object: %w", id, err)
		}
		s.Profiles[id] = body
	}
	return s, nil
}

// nodeName returns the name of this process in answers and logs.
func nodeName() (string, error) {
	id, err := kuid.New(kuid.Human)
	return "knode-" + strings.TrimPrefix(id, "kuid-"), err
}

func (app *App) networkOptions() (network.Options, error) {
	cfg := app.config
	origins, err := network.NewOrigins(cfg.HTTP.AllowOrigin, cfg.HTTP.AllowOriginUseRegExp)
	var encrypted *tls.Config
	if cfg.HTTP.TLS.Cert != "" {
		certificate, unusable := network.LoadCertificate(cfg.HTTP.TLS.Cert, cfg.HTTP.TLS.Key, app.log)
		if unusable != nil {
			return network.Options{}, errors.Join(err, unusable)
		}
		encrypted = certificate.Config()
	}
	web, ws := cfg.Server.Protocols.HTTP, cfg.Server.Protocols.WebSocket
	return network.Options{
		TLS: encrypted, Budget: app.budget, MaxNodes: cfg.Server.MaxJSONNodes,
		MaxRequestSize: int64(cfg.Server.MaxRequestSize), MaxEncodingLayers: web.MaxEncodingLayers,
		MaxFormFileSize: int64(web.MaxFormFileSize), AdditionalContentTypes: web.AdditionalContentTypes,
		NoCompression: !web.AllowCompression, Origins: origins,
		AllowMethods: list(cfg.HTTP.AllowMethods), AllowHeaders: list(cfg.HTTP.AllowHeaders),
		CookieAuthentication: cfg.HTTP.CookieAuthentication, TrustedProxies: cfg.TrustedProxies, Node: app.node,
		WebSocket: network.WebSocketOptions{
			Disabled: !ws.Enabled, IdleTimeout: ws.IdleTimeout.Std(), RateLimit: ws.RateLimit, Compression: ws.Compression,
		},
		MaxConnections: cfg.Limits.Connections, MaxPerAddress: cfg.Limits.ConnectionsPerAddress,
		RequestTimeout: cfg.Limits.RequestTimeout.Std(),
		ShutdownGrace:  cfg.Server.ShutdownTimeout.Std(), Ready: app.Ready,
		KeepHeaders: app.accounts.Registry.KeepHeaders,
		OnClose:     func(peer *api.Peer) { app.links.detach(peer) }, Log: app.log,
	}, err
}

func list(text string) []string {
	return strings.FieldsFunc(text, func(c rune) bool { return c == ',' || c == ' ' })
}
