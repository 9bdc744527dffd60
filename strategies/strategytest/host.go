package strategytest

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"maps"
	"net/http"
	"net/netip"
	"slices"
	"sync"
	"time"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"

	"github.com/gokuzzle/kuzzle/kuzzle/digest"
	"github.com/gokuzzle/kuzzle/strategies"
)

// User is the owner of credentials.
type User struct {
	Kuid            string
	Profiles, Roles []string
}

// account is a user with the stored credentials.
type account struct {
	User
	records []strategies.Record
	epoch   int
}

// Host is an in-memory backend for tests. It is safe for concurrent use. [Host.Mount] adds
// strategies. Each strategy sees only its own records, and those of the password family if it
// belongs to it.
type Host struct {
	// Full, if set, is the error that Hash returns instead of hashing.
	Full error
	// Maker is returned by Passwords: argon2id at its cheapest, unless it is set before a strategy
	// is mounted.
	Maker digest.Maker
	// Challenges are the logins that wait for a second factor.
	Challenges *Challenges

	// entering guards the field used too, with the values that logins used up.
	entering sync.Mutex
	used     map[string]bool
	mu       sync.Mutex
	now      time.Time
	mounted  []*mounted
	accounts map[string]*account
	claims   map[strategies.Identifier]string
	flows    map[string]*keptFlow
	// tickets maps issued tickets to the users they log in.
	tickets map[string]string
	calls   []string
	hashes  int
	// sent counts messages, sending those under way, outside the requests to the world outside.
	sent, sending, outside int
	notified               []map[string]string
	limits                 limits
	from                   peer
	logs                   bytes.Buffer
	logger                 *slog.Logger
}

// mounted is a strategy with its view of the host.
type mounted struct {
	*Host
	strategy strategies.Strategy
}

// NewHost returns an empty backend. Its clock starts at noon of 1 January 2030, UTC, and moves only
// by [Host.Advance].
func NewHost() *Host {
	h := &Host{
		now:      time.Date(2030, 1, 1, 12, 0, 0, 0, time.UTC),
		Maker:    digest.Hasher{Memory: 64, Passes: 1, Lanes: 1},
		accounts: map[string]*account{},
		claims:   map[strategies.Identifier]string{},
		flows:    map[string]*keptFlow{},
		tickets:  map[string]string{},
		used:     map[string]bool{},
	}
	h.Challenges = &Challenges{h: h, waiting: map[string]*waiting{}}
	h.logger = slog.New(slog.NewJSONHandler(&lockedWriter{h: h}, nil))
	return h
}

// Mount builds a strategy and adds it. Do not call it while the host is in use.
func (h *Host) Mount(build strategies.New, cfg json.RawMessage) (strategies.Strategy, error) {
	view := &mounted{Host: h}
	strategy, err := build(cfg, view)
	if err != nil {
		return nil, err
	}
	view.strategy = strategy
	h.mounted = append(h.mounted, view)
	return strategy, nil
}

// peer is the client of all requests.
type peer struct {
	addr   netip.Addr
	header http.Header
}

// From makes all further requests come from a client with this address and these headers. A
// strategy sees the headers that it names.
func (h *Host) From(addr netip.Addr, header http.Header) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.from = peer{addr, header}
}

func (h *Host) find(name string) (*mounted, error) {
	for _, one := range h.mounted {
		if one.strategy.Name() == name {
			return one, nil
		}
	}
	return nil, fmt.Errorf("strategytest: the strategy %q is not mounted", name)
}

// Advance moves the clock.
func (h *Host) Advance(by time.Duration) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.now = h.now.Add(by)
}

// Now implements strategies.Host.
func (h *Host) Now() time.Time {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.now
}

// Log implements strategies.Host.
func (h *Host) Log() *slog.Logger { return h.logger }

// Logged returns everything that was logged, as JSON lines.
func (h *Host) Logged() string {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.logs.String()
}

type lockedWriter struct{ h *Host }

// Write appends to the host's log.
func (w *lockedWriter) Write(line []byte) (int, error) {
	w.h.mu.Lock()
	defer w.h.mu.Unlock()
	return w.h.logs.Write(line)
}

// Client implements strategies.Host. In tests no outside address answers.
func (h *Host) Client() *http.Client {
	return &http.Client{Transport: refusing{h}}
}

type refusing struct{ h *Host }

// RoundTrip refuses every request.
func (at refusing) RoundTrip(r *http.Request) (*http.Response, error) {
	at.h.mu.Lock()
	defer at.h.mu.Unlock()
	if at.h.sending == 0 {
		at.h.outside++
	}
	return nil, fmt.Errorf("strategytest: %s cannot be reached from a test", r.URL.Host)
}

// Passwords implements strategies.Host.
func (h *Host) Passwords() digest.Maker { return h.Maker }

// Hash implements strategies.Host.
func (h *Host) Hash(ctx context.Context, cost strategies.Cost, fn func()) error {
	h.note(fmt.Sprintf("Hash %d/%d", cost.Memory, max(cost.Lanes, 1)))
	if err := ctx.Err(); err != nil {
		return err
	}
	h.mu.Lock()
	full := h.Full
	if full == nil {
		h.hashes++
	}
	h.mu.Unlock()
	if full == nil {
		fn()
	}
	return full
}

// Hashes returns how often something was hashed.
func (h *Host) Hashes() int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.hashes
}

func (h *Host) note(call string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.calls = append(h.calls, call)
}

// Calls returns and forgets the calls of strategies to their host, in order.
func (h *Host) Calls() []string {
	h.mu.Lock()
	defer h.mu.Unlock()
	calls := h.calls
	h.calls = nil
	return calls
}

// Snapshot returns the whole stored state in a form that can be compared. It holds secrets.
func (h *Host) Snapshot() string {
	h.mu.Lock()
	defer h.mu.Unlock()
	var out bytes.Buffer
	for _, kuid := range sortedKeys(h.accounts) {
		one := h.accounts[kuid]
		fmt.Fprintf(&out, "%+v epoch %d\n", one.User, one.epoch)
		for _, rec := range one.records {
			fmt.Fprintf(&out, "  %s\n", dump(rec))
		}
	}
	claims := make([]string, 0, len(h.claims))
	for id, kuid := range h.claims {
		claims = append(claims, fmt.Sprintf("%s %q -> %s\n", id.Kind, id.Value, kuid))
	}
	slices.Sort(claims)
	fmt.Fprint(&out, claims)
	for _, token := range sortedKeys(h.flows) {
		fmt.Fprintf(&out, "%s %+v\n", token, *h.flows[token])
	}
	return out.String()
}

func dump(rec strategies.Record) string {
	return fmt.Sprintf("%s/%s %+v %q %v %v %v %s", rec.Strategy, rec.ID, rec.Identifiers,
		[]byte(rec.Secret), rec.Public, rec.CreatedAt, rec.UpdatedAt, rec.UpdatedBy)
}

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }

// claimOf returns the claim for an identifier, the same for all spellings of a name.
func claimOf(id strategies.Identifier) strategies.Identifier {
	id.Value = norm.NFKC.String(cases.Fold().String(norm.NFKC.String(id.Value)))
	return id
}
