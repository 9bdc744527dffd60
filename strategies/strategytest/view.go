package strategytest

import (
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"crypto/sha256"
	"fmt"
	"slices"

	"github.com/gokuzzle/kuzzle/strategies"
)

var _ strategies.Host = (*mounted)(nil)

// FindByIdentifier implements strategies.Host.
func (m *mounted) FindByIdentifier(ctx context.Context, id strategies.Identifier) (strategies.Found, bool, error) {
	m.note("FindByIdentifier " + id.Kind)
	if err := m.admit(ctx, claimOf(id).Kind+":"+claimOf(id).Value); err != nil {
		return strategies.Found{}, false, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.found(m.claims[claimOf(id)])
}

// Find implements strategies.Host.
func (m *mounted) Find(ctx context.Context, kuid string) (strategies.Found, bool, error) {
	m.note("Find")
	if err := m.admit(ctx, "kuid:"+kuid); err != nil {
		return strategies.Found{}, false, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.found(kuid)
}

func (m *mounted) found(kuid string) (strategies.Found, bool, error) {
	one := m.accounts[kuid]
	if one == nil {
		return strategies.Found{}, false, nil
	}
	return strategies.Found{
		Kuid: kuid, Profiles: slices.Clone(one.Profiles), Records: m.visible(one),
	}, true, nil
}

// RolesOf implements strategies.Host. It returns the roles of the users who have exactly these
// profiles.
func (m *mounted) RolesOf(_ context.Context, profiles []string) ([]string, error) {
	m.note("RolesOf")
	m.mu.Lock()
	defer m.mu.Unlock()
	var roles []string
	for _, one := range m.accounts {
		if slices.Equal(one.Profiles, profiles) {
			roles = append(roles, one.Roles...)
		}
	}
	slices.Sort(roles)
	return slices.Compact(roles), nil
}

// visible returns the strategy's own records, or those of the password family.
func (m *mounted) visible(one *account) []strategies.Record {
	var records []strategies.Record
	for _, rec := range one.records {
		if rec.Strategy == m.strategy.Name() || m.isFamily() && m.verifierOf(rec.Strategy) != nil {
			records = append(records, clone(rec))
		}
	}
	return records
}

func (m *mounted) isFamily() bool {
	_, ok := m.strategy.(strategies.PasswordVerifier)
	return ok
}

func (h *Host) verifierOf(name string) strategies.PasswordVerifier {
	for _, one := range h.mounted {
		if verifier, ok := one.strategy.(strategies.PasswordVerifier); ok && one.strategy.Name() == name {
			return verifier
		}
	}
	return nil
}

// VerifyPassword implements strategies.Host.
func (m *mounted) VerifyPassword(ctx context.Context, found strategies.Found, ok bool, _ strategies.Identifier, password string) (strategies.Verdict, error) {
	m.note("VerifyPassword")
	if !ok || len(found.Records) == 0 {
		verifier := m.verifierOf(m.strategy.Name())
		if verifier == nil {
			return strategies.Wrong, fmt.Errorf("strategytest: %s does not implement PasswordVerifier", m.strategy.Name())
		}
		_, err := verifier.VerifyPassword(ctx, verifier.Decoy(), password)
		return strategies.Wrong, err
	}
	rec := found.Records[0]
	verifier := m.verifierOf(rec.Strategy)
	if verifier == nil {
		return strategies.Wrong, fmt.Errorf("strategytest: %s does not implement PasswordVerifier", rec.Strategy)
	}
	return verifier.VerifyPassword(ctx, rec, password)
}

// Accept implements strategies.Host.
func (m *mounted) Accept(ctx context.Context, found strategies.Found, verdict strategies.Verdict, password string) (strategies.Outcome, error) {
	for _, one := range m.Host.mounted {
		if keeper, ok := one.strategy.(strategies.PasswordKeeper); ok {
			return keeper.Accept(ctx, found, verdict, password)
		}
	}
	return strategies.Outcome{Kuid: found.Kuid, Factor: "password"}, nil
}

// Create implements strategies.Host.
func (m *mounted) Create(ctx context.Context, content map[string]any, in strategies.Credentials) (strategies.Found, error) {
	m.note("Create")
	user := User{Kuid: "created-" + rand.Text()}
	ids, _ := content["profileIds"].([]any)
	for _, id := range ids {
		if text, ok := id.(string); ok {
			user.Profiles = append(user.Profiles, text)
		}
	}
	err := m.CreateUser(ctx, user, strategies.Actor{Kuid: "-1"}, map[string]strategies.Credentials{m.strategy.Name(): in})
	if err != nil {
		return strategies.Found{}, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	found, _, err := m.found(user.Kuid)
	return found, err
}

// Seal implements strategies.Host.
func (m *mounted) Seal(plain []byte) ([]byte, error) {
	aead, err := m.aead()
	if err != nil {
		return nil, err
	}
	return aead.Seal(nil, nil, plain, nil), nil
}

// Open implements strategies.Host.
func (m *mounted) Open(sealed []byte) ([]byte, error) {
	aead, err := m.aead()
	if err != nil {
		return nil, err
	}
	return aead.Open(nil, nil, sealed, nil)
}

func (m *mounted) aead() (cipher.AEAD, error) {
	block, err := aes.NewCipher(m.sealKey())
	if err != nil {
		return nil, err
	}
	return cipher.NewGCMWithRandomNonce(block)
}

// sealKey is the strategy's own key, so that no other strategy can open its values.
func (m *mounted) sealKey() []byte {
	key := sha256.Sum256([]byte(m.strategy.Name()))
	return key[:]
}

// Flows implements strategies.Host.
func (m *mounted) Flows() strategies.Flows { return flows{m.Host, m.strategy.Name()} }

// Subject implements strategies.Host.
func (m *mounted) Subject(_ context.Context, kuid string, by strategies.Actor, reason strategies.Reason) (strategies.Subject, error) {
	m.note("Subject")
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.subject(kuid, by, reason)
}

func (m *mounted) subject(kuid string, by strategies.Actor, reason strategies.Reason) (strategies.Subject, error) {
	one := m.accounts[kuid]
	if one == nil {
		return strategies.Subject{}, fmt.Errorf("strategytest: there is no user %q", kuid)
	}
	who := strategies.Subject{Kuid: kuid, Profiles: slices.Clone(one.Profiles), Roles: slices.Clone(one.Roles),
		Records: m.visible(one), By: by, Reason: reason}
	for _, rec := range one.records {
		who.Identifiers = append(who.Identifiers, rec.Identifiers...)
	}
	return who, nil
}

// Peer implements strategies.Host.
func (m *mounted) Peer(ctx context.Context) strategies.Peer {
	var names []string
	if with, ok := m.strategy.(strategies.Headers); ok {
		names = with.Headers()
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	from := strategies.NewPeer(m.from.addr, "http", m.from.header, names)
	from.Link, _ = ctx.Value(linkKey{}).(bool)
	return from
}

// Login implements strategies.Host.
func (m *mounted) Login(_ context.Context, out strategies.Outcome, _ string) (strategies.Session, *strategies.Step, error) {
	m.note("Login")
	session, err := m.session(m.strategy.Name(), out)
	return session, nil, err
}
