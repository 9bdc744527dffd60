package strategytest

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/netip"
	"slices"

	"github.com/gokuzzle/kuzzle/kuzzle/fault"
	"github.com/gokuzzle/kuzzle/kuzzle/throttle"
	"github.com/gokuzzle/kuzzle/strategies"
)

// client is the address of all requests of the suite.
var client = netip.MustParseAddr("192.0.2.1")

// limits applies the backend's limits for guesses, steps and messages. Without logins, tests may
// fail as often as they like.
type limits struct{ logins *throttle.Logins }

// limit switches the host's limits on.
func (f fixture) limit() { f.limits.logins = throttle.NewLogins(throttle.Config{Now: f.Now}) }

// attempt is a login under way.
type attempt struct {
	begun   *throttle.Attempt
	sought  bool
	stepped bool
}

type attemptKey struct{}

// admit asks the limits, once per login, at the first look-up of a user.
func (m *mounted) admit(ctx context.Context, account string) (err error) {
	at, ok := ctx.Value(attemptKey{}).(*attempt)
	if !ok || at.sought {
		return nil
	}
	at.sought = true
	if m.limits.logins != nil {
		at.begun, err = m.limits.logins.Begin(ctx, throttle.Keys{Account: account, Addr: client})
	}
	return err
}

// begun returns the current attempt, which leads to a step.
func begun(ctx context.Context) *throttle.Attempt {
	at, ok := ctx.Value(attemptKey{}).(*attempt)
	if !ok {
		return nil
	}
	at.stepped = true
	return at.begun
}

// send counts a message to a recipient.
func (l *limits) send(ctx context.Context, recipient string) (let bool, err error) {
	if at := begun(ctx); l.logins != nil {
		return throttle.MessagesOf(l.logins).Send(ctx, at, throttle.Source{Addr: client}, recipient)
	}
	return true, nil
}

// ask counts a notice to the user with a name.
func (l *limits) ask(ctx context.Context, name, kind string) error {
	at := begun(ctx)
	if l.logins == nil {
		return nil
	}
	if at != nil {
		if err := l.logins.Step(ctx, at, client); err != nil {
			return err
		}
	}
	_, err := throttle.MessagesOf(l.logins).Ask(ctx, throttle.Keys{Account: name, Addr: client}, kind)
	return err
}

// settle reports a login's result to the limits.
func (l *limits) settle(ctx context.Context, at *attempt, out strategies.Outcome, err error) error {
	defer at.begun.Abandoned()
	failure, isFault := fault.From(err)
	switch {
	case err == nil && out.Next != nil:
		if !at.stepped && l.logins != nil {
			if err := l.logins.Step(ctx, at.begun, client); err != nil {
				return err
			}
		}
		return at.begun.Stepped(ctx, false)
	case err == nil && out.Kuid != "":
		return at.begun.Succeeded(ctx)
	case isFault && (errors.Is(err, strategies.ErrRefused) || failure.Status() == http.StatusUnauthorized || failure.Status() == http.StatusForbidden):
		if instead := at.begun.Failed(ctx); instead != nil {
			return instead
		}
	}
	return err
}

// Send implements strategies.Host. It sends immediately, so that tests see the message.
func (m *mounted) Send(ctx context.Context, recipient string, send func(context.Context) error) error {
	m.note(fmt.Sprintf("Send named=%t", recipient != ""))
	if let, err := m.limits.send(ctx, recipient); err != nil || send == nil || !let {
		return err
	}
	m.mu.Lock()
	m.sent++
	m.sending++
	m.mu.Unlock()
	defer func() {
		m.mu.Lock()
		defer m.mu.Unlock()
		m.sending--
	}()
	if err := send(ctx); err != nil {
		m.logger.Warn("a message was not sent", "cause", err)
	}
	return nil
}

// Notify implements strategies.Host. It writes the message immediately, so that tests see it in
// [Host.Notified].
func (m *mounted) Notify(ctx context.Context, notice strategies.Notice) error {
	m.note("Notify " + notice.Kind)
	if err := m.limits.ask(ctx, notice.Name.Value, m.strategy.Name()+":"+notice.Kind); err != nil {
		return err
	}
	values, ok, err := m.written(context.Background(), notice)
	if err != nil || !ok {
		return err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.notified = append(m.notified, values)
	return nil
}

// written returns the strategy's values for the user of a name. The backend asks for them later, so
// they do not count as work of the request.
func (m *mounted) written(ctx context.Context, notice strategies.Notice) (map[string]string, bool, error) {
	writer, ok := m.strategy.(strategies.NoticeWriter)
	if !ok {
		return nil, false, fmt.Errorf("strategytest: the strategy %q does not implement NoticeWriter", m.strategy.Name())
	}
	m.mu.Lock()
	found, ok, err := m.found(m.claims[claimOf(notice.Name)])
	calls := len(m.calls)
	m.mu.Unlock()
	if err != nil || !ok {
		return nil, false, err
	}
	values, ok, err := writer.WriteNotice(ctx, notice.Kind, found)
	m.mu.Lock()
	defer m.mu.Unlock()
	m.calls = m.calls[:min(calls, len(m.calls))]
	return values, ok, err
}

// Notice returns the values that a strategy writes for a requested notice of a kind to the user of
// a name; ok is false if nobody gets one.
func (h *Host) Notice(ctx context.Context, strategy, kind string, name strategies.Identifier) (values map[string]string, ok bool) {
	one, err := h.find(strategy)
	if err == nil {
		values, ok, err = one.written(ctx, strategies.Notice{Kind: kind, Name: name})
	}
	if err != nil {
		h.logger.Warn("a notice was not written", "cause", err)
	}
	return values, ok && err == nil
}

// FlowsOf returns the flows of a strategy.
func (h *Host) FlowsOf(strategy string) strategies.Flows { return flows{h, strategy} }

// Notified returns the values of the messages by Host.Notify, in order.
func (h *Host) Notified() []map[string]string {
	h.mu.Lock()
	defer h.mu.Unlock()
	return slices.Clone(h.notified)
}

// Sent returns the number of messages by Host.Send.
func (h *Host) Sent() int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.sent
}
