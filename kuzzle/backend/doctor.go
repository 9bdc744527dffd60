package backend

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/gokuzzle/kuzzle/clerk/rules"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts"
	"github.com/gokuzzle/kuzzle/kuzzle/api"
	"github.com/gokuzzle/kuzzle/kuzzle/config"
	"github.com/gokuzzle/kuzzle/kuzzle/migration"
	"github.com/gokuzzle/kuzzle/kuzzle/network"
	"github.com/gokuzzle/kuzzle/kuzzle/servicekeys"
	"github.com/gokuzzle/kuzzle/kuzzle/storage"
	"github.com/gokuzzle/kuzzle/kuzzle/storage/elasticsearch"
	"github.com/gokuzzle/kuzzle/kuzzle/storage/sqlite"
	"github.com/gokuzzle/kuzzle/kuzzle/token"
	"github.com/gokuzzle/kuzzle/kuzzle/webhooks"
)

// Finding is a fact that an operator should know.
type Finding = storage.Finding

// Schema is the schema of a store's data, with its upgrades.
type Schema = storage.Schema

// Levels of a finding.
const (
	Note          = storage.Note
	Degraded      = storage.Degraded
	Misconfigured = storage.Misconfigured
)

// Checkup requests an examination of a server, after optional repairs and compaction.
type Checkup struct {
	Repair  bool `json:"repair,omitempty"`
	Compact bool `json:"compact,omitempty"`
}

// Examination answers a Checkup.
type Examination struct {
	Findings []Finding `json:"findings"`
	// Done lists the repairs and the freed space, one line each.
	Done []string `json:"done,omitempty"`
	// Store is the schema of the data with its upgrades; nil if it could not be read.
	Store *storage.Schema `json:"store,omitempty"`
}

// note adds findings that are not in the list yet.
func (e *Examination) note(found ...Finding) {
	for _, f := range found {
		if !slices.Contains(e.Findings, f) {
			e.Findings = append(e.Findings, f)
		}
	}
}

// Older reports whether a starting server would upgrade the data.
func (e *Examination) Older() bool { return e.Store != nil && e.Store.Older() }

// Fits reports whether no finding prevents a server from starting.
func (e *Examination) Fits() bool {
	return !slices.ContainsFunc(e.Findings, func(f Finding) bool { return f.Level == Misconfigured })
}

// Examine returns what a server would find if it started with a configuration,
// without starting one. It makes and upgrades nothing. If nothing prevents a start,
// New and a Checkup find the rest.
func Examine(ctx context.Context, cfg config.Config) Examination {
	var e Examination
	e.note(hostChecks(cfg)...)
	if clustered(cfg) {
		ctx, cancel := context.WithTimeout(ctx, openWithin)
		defer cancel()
		options := clusterOptions(cfg.Elasticsearch)
		e.note(elasticsearch.Examine(ctx, options)...)
		if has, err := elasticsearch.ReadSchema(ctx, options); err == nil && has.Number > 0 {
			e.Store = &has
		}
		e.noteOlder()
		return e
	}
	has, err := hasDatabase(cfg)
	switch {
	case err != nil:
		e.note(finding(Misconfigured, aboutDirectory, err.Error(), "run this as the user of the server"))
	case !has:
		e.note(finding(Misconfigured, aboutDirectory, "there is no database in "+cfg.Data, "name the data directory with --data; kuzzle serve makes a new one"))
	default:
		has, err := sqlite.ReadSchema(ctx, cfg.Data)
		if err != nil {
			e.note(refusal(err))
			return e
		}
		if e.Store = &has; !has.Older() {
			e.note(examineDatabase(ctx, cfg)...)
		}
		e.noteOlder()
	}
	return e
}

// noteOlder notes that the data is of an earlier version.
func (e *Examination) noteOlder() {
	if e.Older() {
		e.note(finding(Note, "store", fmt.Sprintf("the data has schema %d and this version writes %d: the next start upgrades it, and then earlier versions do not start on it", e.Store.Number, storage.LatestSchema()),
			"make a backup, then start the server; further problems are found afterwards"))
	}
}

func examineDatabase(ctx context.Context, cfg config.Config) []Finding {
	store, err := sqlite.Open(ctx, cfg.Data, sqlite.Options{})
	if err != nil {
		return []Finding{refusal(err)}
	}
	found := store.Examine(ctx)
	if err := store.Close(); err != nil {
		found = append(found, refusal(err))
	}
	return found
}

// rightKey is the remedy for a wrong master key.
const rightKey = "set KUZZLE_MASTER_KEY or KUZZLE_MASTER_KEY_FILE to that key, or put it back into " + token.MasterKeyFile

// refusal returns the finding for an error of New or of its first steps.
func refusal(err error) Finding {
	var locked *sqlite.LockedError
	var newer *storage.NewerError
	var setup *elasticsearch.SetupError
	var copying migration.Marker
	switch {
	case errors.As(err, &locked):
		return finding(Degraded, aboutDirectory, "another process has it open and does not answer: "+err.Error(), "stop that process, or wait until it has ended")
	case errors.Is(err, token.ErrWrongMasterKey):
		return finding(Misconfigured, aboutKey, "the given key is not the one that encrypted the data", rightKey)
	case errors.As(err, &newer), errors.As(err, &setup), errors.As(err, &copying):
		return Finding{Level: Misconfigured, About: "store", Problem: err.Error()}
	}
	return Finding{Level: Misconfigured, About: "start", Problem: "the server does not start: " + err.Error()}
}

// Refused returns the finding for an error of New.
func Refused(err error) Finding { return refusal(err) }

// Checkup repairs and compacts as requested, and then examines the server.
func (app *App) Checkup(ctx context.Context, in Checkup) (Examination, error) {
	d := &doctor{
		config: app.config, store: app.store, ring: app.ring, accounts: app.accounts, gate: app.gate,
		nodes: app.nodes, server: app.server, webhooks: app.webhooks, now: app.now,
		serviceKeys: app.serviceKeys, rules: &app.clerkRules,
	}
	return d.checkup(ctx, in)
}

// doctor examines a server that runs or could run.
type doctor struct {
	config   config.Config
	store    storage.Store
	ring     *token.Keyring
	accounts *accounts.Accounts
	gate     *gate
	nodes    *nodes
	server   *network.Server
	webhooks *webhooks.Webhooks
	now      func() time.Time

	serviceKeys *servicekeys.Keys
	rules       *rules.InForce
}

func (d *doctor) checkup(ctx context.Context, in Checkup) (Examination, error) {
	var e Examination
	if in.Repair {
		done, err := d.store.(storage.Caretaker).Mend(ctx)
		if err != nil {
			return e, fmt.Errorf("repair: %w", err)
		}
		if e.Done = done; len(done) == 0 {
			e.Done = append(e.Done, "nothing needed repair")
		}
	}
	if in.Compact {
		done, err := d.store.(storage.Caretaker).Compact(ctx, d.now())
		if err != nil {
			return e, fmt.Errorf("compact: %w", err)
		}
		e.Done = append(e.Done, fmt.Sprintf("%d documents had expired; the store now has %d bytes, before it had %d", done.Removed, done.After, done.Before))
	}
	e.note(hostChecks(d.config)...)
	if has, err := d.store.(storage.Caretaker).Schema(ctx); err == nil {
		e.Store = &has // other findings about the store have the reason
	}
	e.note(d.examineFirstStart(ctx)...)
	e.note(d.examineKey(ctx)...)
	e.note(d.store.(storage.Caretaker).Examine(ctx)...)
	e.note(d.examineUsers(ctx)...)
	e.note(d.otherServers()...)
	e.note(d.examineForwarders()...)
	e.note(d.examineTLS()...)
	e.note(d.examineWebhooks(ctx)...)
	e.note(d.examineFrontend(ctx)...)
	return e, nil
}

// examineForwarders reports proxies that are not trusted. It reports strangers'
// headers as well, because anybody can send one, and with a lower level.
func (d *doctor) examineForwarders() []Finding {
	var found []Finding
	for _, peer := range d.server.Forwarders() {
		level := Note
		if peer.IsLoopback() || peer.IsPrivate() {
			level = Degraded
		}
		found = append(found, finding(level, "proxies", peer.String()+" sends forwarding headers but is not trusted: all clients behind it count as one address",
			"if it is your proxy, add it to trustedProxies"))
	}
	return found
}

// examineTLS reports a client that asked by https where there is no certificate.
func (d *doctor) examineTLS() []Finding {
	peer, ok := d.server.SpokeTLS()
	if !ok {
		return nil
	}
	return []Finding{finding(Note, "TLS", peer.String()+" asked by https and was refused: the server has no certificate",
		"set http.tls.cert and http.tls.key, or ask a proxy that has a certificate, or ask by http")}
}

// waitsLong is how long a message may wait for a webhook endpoint before the finding
// is more than a note: messages to reachable endpoints are sent at once.
const waitsLong = 10 * time.Minute

// examineWebhooks reports messages that wait for webhook endpoints, and dead letters.
func (d *doctor) examineWebhooks(ctx context.Context) []Finding {
	all, err := d.webhooks.Standings(ctx)
	if err != nil {
		return []Finding{finding(Degraded, aboutWebhooks, "messages that wait for endpoints cannot be read: "+err.Error(), "see the findings about the store")}
	}
	var found []Finding
	atMost := func(n int) string {
		if n >= webhooks.MaxListed {
			return fmt.Sprintf("%d or more", n)
		}
		return strconv.Itoa(n)
	}
	for _, s := range all {
		if s.Waiting > 0 {
			level := Note
			if d.now().Sub(s.Since) >= waitsLong {
				level = Degraded
			}
			found = append(found, finding(level, aboutWebhooks, fmt.Sprintf("messages wait for the endpoint %s: %s, the first since %s", s.ID, atMost(s.Waiting), s.Since.UTC().Format(time.RFC3339)),
				"they are sent when a server runs and the endpoint answers; kuzzle webhooks list shows its address, the server's log its answers"))
		}
		if s.Dead > 0 {
			found = append(found, finding(Degraded, aboutWebhooks, fmt.Sprintf("dead letters of the endpoint %s: %s, the last because %s", s.ID, atMost(s.Dead), s.Reason),
				"kuzzle webhooks dead lists them, kuzzle webhooks replay sends them again"))
		}
	}
	return found
}

// examineFirstStart reports a server that dev leaves open.
func (d *doctor) examineFirstStart(ctx context.Context) []Finding {
	open, err := d.gate.open(ctx, &api.Peer{Operator: true})
	switch {
	case err != nil:
		return []Finding{finding(Degraded, aboutFirstStart, "the existence of an administrator cannot be read: "+err.Error(), "see the findings about the store")}
	case open:
		return []Finding{finding(Degraded, aboutFirstStart, "every program on this machine may do everything", "create the first administrator with "+commandLine(d.config)+", or start without dev")}
	}
	return nil
}

// otherServers lists the other servers that share the store.
func (d *doctor) otherServers() []Finding {
	var names []string
	for _, node := range d.nodes.all() {
		if !node.Self {
			names = append(names, node.Name)
		}
	}
	if len(names) == 0 {
		return nil
	}
	return []Finding{finding(Note, "servers", fmt.Sprintf("%d others share the store: %s", len(names), strings.Join(names, ", ")), "")}
}

// examineKey tries the master key on encrypted data.
func (d *doctor) examineKey(ctx context.Context) []Finding {
	_, err := d.ring.Keys(ctx)
	switch {
	case err == nil:
		return nil
	case errors.Is(err, token.ErrWrongMasterKey):
		return []Finding{finding(Misconfigured, aboutKey, "the given key is not the one that encrypted the data", rightKey)}
	case errors.Is(err, fs.ErrNotExist):
		return []Finding{finding(Misconfigured, aboutKey, "it is missing, and the data that it encrypted cannot be read", "put "+MasterKeyFile(d.config)+" back, or set KUZZLE_MASTER_KEY")}
	}
	return []Finding{finding(Degraded, aboutKey, "the signing keys cannot be read: "+err.Error(), "restore the last backup if the problem persists")}
}

// examineUsers reports remaining work on users.
func (d *doctor) examineUsers(ctx context.Context) []Finding {
	var found []Finding
	unseen := func(err error) {
		found = append(found, finding(Degraded, aboutUsers, "some parts could not be examined: "+err.Error(), "run this again"))
	}
	weak, err := countWeakDigests(ctx, d.accounts.Care)
	if err != nil {
		unseen(err)
	}
	if weak.Waiting > 0 {
		found = append(found, finding(Note, aboutUsers, fmt.Sprintf("%d imported digests are weak and encrypted, and wait to be wrapped in argon2id", weak.Waiting),
			`a running server wraps them while no login needs the hash pool, unless strategies.digest-import.wrap is "off"`))
	}
	if weak.Left > 0 {
		found = append(found, finding(Note, aboutUsers, fmt.Sprintf("%d imported digests are weak and encrypted, and stay so, as their import requested", weak.Left),
			"the first login of each user replaces the digest; import them again without --wrap off to wrap them"))
	}
	for _, of := range storage.Collections {
		progress, err := d.store.Indexing(ctx, of)
		switch {
		case err != nil:
			unseen(err)
		case !progress.Complete:
			found = append(found, finding(Note, aboutUsers, fmt.Sprintf("%d of %d documents of %s are indexed under the latest mapping", progress.Done, progress.Total, of),
				"a running server indexes the rest; searches miss them until then"))
		}
	}
	return found
}
