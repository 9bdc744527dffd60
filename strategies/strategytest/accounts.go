package strategytest

import (
	"bytes"
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/gokuzzle/kuzzle/strategies"
)

// CreateUser does the work of createUser: every strategy checks, then every strategy seals, then
// everything is written or nothing.
func (h *Host) CreateUser(ctx context.Context, user User, by strategies.Actor, credentials map[string]strategies.Credentials) error {
	h.mu.Lock()
	taken := h.accounts[user.Kuid] != nil
	h.mu.Unlock()
	if taken {
		return fmt.Errorf("strategytest: the user %q exists already", user.Kuid)
	}
	drafts := map[string]strategies.Draft{}
	for _, name := range sortedKeys(credentials) {
		one, err := h.find(name)
		if err != nil {
			return err
		}
		who := strategies.Subject{Kuid: user.Kuid, Profiles: user.Profiles, Roles: user.Roles, By: by, Reason: strategies.Create}
		if drafts[name], err = one.strategy.Check(ctx, who, credentials[name]); err != nil {
			return err
		}
		if err := h.probe(user.Kuid, drafts[name].Identifiers()); err != nil {
			return err
		}
	}
	made := account{User: user}
	for _, name := range sortedKeys(credentials) {
		rec, err := drafts[name].Seal(ctx)
		if err != nil {
			return err
		}
		made.records = append(made.records, h.stamped(rec, name, by, nil))
	}
	return h.commit(&made)
}

// Create does the work of createCredentials.
func (h *Host) Create(ctx context.Context, kuid, name string, by strategies.Actor, in strategies.Credentials) error {
	return h.change(ctx, kuid, name, by, in, strategies.Create)
}

// Update does the work of updateCredentials.
func (h *Host) Update(ctx context.Context, kuid, name string, by strategies.Actor, changes strategies.Credentials) error {
	return h.change(ctx, kuid, name, by, changes, strategies.Update)
}

func (h *Host) change(ctx context.Context, kuid, name string, by strategies.Actor, in strategies.Credentials, reason strategies.Reason) error {
	one, err := h.find(name)
	if err != nil {
		return err
	}
	who, err := one.Subject(ctx, kuid, by, reason)
	if err != nil {
		return err
	}
	draft, err := one.strategy.Check(ctx, who, in)
	if err != nil {
		return err
	}
	if err := h.probe(kuid, draft.Identifiers()); err != nil {
		return err
	}
	rec, err := draft.Seal(ctx)
	if err != nil {
		return err
	}
	changed, err := h.copied(kuid)
	if err != nil {
		return err
	}
	h.put(changed, name, rec, by)
	return h.commit(changed)
}

// Validate does the work of validateCredentials; kuid may be empty.
func (h *Host) Validate(ctx context.Context, kuid, name string, by strategies.Actor, in strategies.Credentials) error {
	one, err := h.find(name)
	if err != nil {
		return err
	}
	who := strategies.Subject{By: by, Reason: strategies.Validate}
	if kuid != "" {
		if who, err = one.Subject(ctx, kuid, by, strategies.Validate); err != nil {
			return err
		}
	}
	draft, err := one.strategy.Check(ctx, who, in)
	if err != nil {
		return err
	}
	return h.probe(kuid, draft.Identifiers())
}

// Delete does the work of deleteCredentials.
func (h *Host) Delete(ctx context.Context, kuid, name string, by strategies.Actor, in strategies.Credentials) error {
	one, err := h.find(name)
	if err != nil {
		return err
	}
	who, err := one.Subject(ctx, kuid, by, strategies.Update)
	if err != nil {
		return err
	}
	if deleter, ok := one.strategy.(strategies.Deleter); ok {
		if err := deleter.CheckDelete(ctx, who, in); err != nil {
			return err
		}
	}
	changed, err := h.copied(kuid)
	if err != nil {
		return err
	}
	changed.records = slices.DeleteFunc(changed.records, func(rec strategies.Record) bool {
		return slices.ContainsFunc(who.Records, func(own strategies.Record) bool {
			return own.Strategy == rec.Strategy && own.ID == rec.ID
		})
	})
	return h.commit(changed)
}

// LogIn does the work of auth:login, and also returns the outcome.
func (h *Host) LogIn(ctx context.Context, name string, in strategies.Credentials) (strategies.Session, strategies.Outcome, error) {
	one, err := h.find(name)
	if err != nil {
		return strategies.Session{}, strategies.Outcome{}, err
	}
	at := &attempt{}
	ctx = context.WithValue(ctx, attemptKey{}, at)
	out, err := one.strategy.Authenticate(ctx, in)
	if refusal := h.limits.settle(ctx, at, out, err); refusal != nil {
		return strategies.Session{}, strategies.Outcome{}, refusal
	}
	if err != nil || out.Kuid == "" {
		return strategies.Session{}, out, err
	}
	session, err := h.session(name, out)
	return session, out, err
}

// FollowLink is LogIn by a GET, like a followed link.
func (h *Host) FollowLink(ctx context.Context, name string, in strategies.Credentials) (strategies.Session, strategies.Outcome, error) {
	return h.LogIn(context.WithValue(ctx, linkKey{}, true), name, in)
}

type linkKey struct{}

// Confirm does the work of auth:login for a second factor that finishes a login.
func (h *Host) Confirm(ctx context.Context, kuid, name string, in strategies.Credentials) (strategies.Outcome, error) {
	one, err := h.find(name)
	if err != nil {
		return strategies.Outcome{}, err
	}
	factor, ok := one.strategy.(strategies.SecondFactor)
	if !ok {
		return strategies.Outcome{}, fmt.Errorf("strategytest: %s is not a second factor", name)
	}
	h.mu.Lock()
	found, _, _ := one.found(kuid)
	h.mu.Unlock()
	out, err := factor.Confirm(ctx, found, in)
	if err == nil {
		_, err = h.session(name, out)
	}
	return out, err
}

// Record returns a user's first record of a strategy.
func (h *Host) Record(kuid, name string) (strategies.Record, bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if one := h.accounts[kuid]; one != nil {
		for _, rec := range one.records {
			if rec.Strategy == name {
				return clone(rec), true
			}
		}
	}
	return strategies.Record{}, false
}

// Holder returns the user who holds a name.
func (h *Host) Holder(name strategies.Identifier) (kuid string, ok bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	kuid, ok = h.claims[claimOf(name)]
	return kuid, ok
}

// Epoch returns how often the user's sessions were ended.
func (h *Host) Epoch(kuid string) int {
	h.mu.Lock()
	defer h.mu.Unlock()
	if one := h.accounts[kuid]; one != nil {
		return one.epoch
	}
	return 0
}

// Act runs one of a strategy's own actions.
func (h *Host) Act(ctx context.Context, name, action string, call strategies.Call) (any, error) {
	one, err := h.find(name)
	if err != nil {
		return nil, err
	}
	if actor, ok := one.strategy.(strategies.Actions); ok {
		for _, own := range actor.Actions() {
			if own.Name == action {
				return own.Run(ctx, call)
			}
		}
	}
	return nil, fmt.Errorf("strategytest: %s has no action %q", name, action)
}

func (h *Host) session(name string, out strategies.Outcome) (strategies.Session, error) {
	h.entering.Lock() // of two logins with one record, the second sees the first one's write
	defer h.entering.Unlock()
	changed, err := h.copied(out.Kuid)
	if err != nil {
		return strategies.Session{}, err
	}
	if out.Once != "" && h.used[out.Once] {
		return strategies.Session{}, strategies.ErrTicketUsed.New()
	}
	for _, gone := range out.Drop {
		if !slices.ContainsFunc(changed.records, func(rec strategies.Record) bool { return same(rec, gone, name) }) {
			return lost(out)
		}
		changed.records = slices.DeleteFunc(changed.records, func(rec strategies.Record) bool { return same(rec, gone, name) })
	}
	epoch := changed.epoch
	for _, rec := range out.Put {
		h.put(changed, name, rec, strategies.Actor{Kuid: out.Kuid, Self: true})
	}
	if changed.epoch = epoch; out.Revoke {
		changed.epoch++
	}
	if err := h.commit(changed); err != nil && out.Must {
		return strategies.Session{}, err
	}
	h.used[out.Once] = true
	return strategies.Session{Kuid: out.Kuid, JWT: "jwt-" + out.Kuid}, nil
}

// same reports whether a record is still stored as it was read.
func same(rec, read strategies.Record, name string) bool {
	if read.Strategy != "" {
		name = read.Strategy
	}
	return rec.Strategy == name && rec.ID == read.ID && bytes.Equal(rec.Secret, read.Secret)
}

// lost returns the error of a login whose records were changed by another login meanwhile.
func lost(out strategies.Outcome) (strategies.Session, error) {
	if out.Must {
		return strategies.Session{}, fmt.Errorf("strategytest: a record of %s was changed meanwhile", out.Kuid)
	}
	return strategies.Session{Kuid: out.Kuid, JWT: "jwt-" + out.Kuid}, nil
}

// put replaces or adds a record. It ends the sessions if the secret changed.
func (h *Host) put(one *account, name string, rec strategies.Record, by strategies.Actor) {
	if rec.Strategy != "" {
		name = rec.Strategy
	}
	for i, old := range one.records {
		if old.Strategy == name && old.ID == rec.ID {
			if !bytes.Equal(old.Secret, rec.Secret) {
				one.epoch++
			}
			one.records[i] = h.stamped(rec, name, by, &old)
			return
		}
	}
	one.records = append(one.records, h.stamped(rec, name, by, nil))
}

func (h *Host) stamped(rec strategies.Record, name string, by strategies.Actor, old *strategies.Record) strategies.Record {
	rec = clone(rec)
	if rec.Strategy == "" {
		rec.Strategy = name
	}
	rec.UpdatedAt, rec.UpdatedBy, rec.CreatedAt = h.Now(), by.Kuid, h.Now()
	if old != nil {
		rec.CreatedAt = old.CreatedAt
	}
	return rec
}

func (h *Host) probe(kuid string, ids []strategies.Identifier) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.refuseTaken(kuid, ids)
}

func (h *Host) refuseTaken(kuid string, ids []strategies.Identifier) error {
	for _, id := range ids {
		if owner, taken := h.claims[claimOf(id)]; taken && owner != kuid {
			return strategies.ErrTaken.New(id.Kind)
		}
	}
	return nil
}

func (h *Host) copied(kuid string) (*account, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	one := h.accounts[kuid]
	if one == nil {
		return nil, fmt.Errorf("strategytest: there is no user %q", kuid)
	}
	changed := *one
	changed.records = nil
	for _, rec := range one.records {
		changed.records = append(changed.records, clone(rec))
	}
	return &changed, nil
}

// commit writes an account and its claims, or nothing.
func (h *Host) commit(changed *account) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, rec := range changed.records {
		if err := h.refuseTaken(changed.Kuid, rec.Identifiers); err != nil {
			return err
		}
	}
	maps.DeleteFunc(h.claims, func(_ strategies.Identifier, owner string) bool { return owner == changed.Kuid })
	for _, rec := range changed.records {
		for _, id := range rec.Identifiers {
			h.claims[claimOf(id)] = changed.Kuid
		}
	}
	h.accounts[changed.Kuid] = changed
	return nil
}

func clone(rec strategies.Record) strategies.Record {
	rec.Identifiers = slices.Clone(rec.Identifiers)
	rec.Secret = slices.Clone(rec.Secret)
	rec.Public = maps.Clone(rec.Public)
	return rec
}

// Adopt takes over all users of another host, like a server that restarts with another
// configuration.
func (h *Host) Adopt(other *Host) {
	other.mu.Lock()
	defer other.mu.Unlock()
	h.mu.Lock()
	defer h.mu.Unlock()
	h.accounts, h.claims, h.flows, h.now = maps.Clone(other.accounts), maps.Clone(other.claims), maps.Clone(other.flows), other.now
}
