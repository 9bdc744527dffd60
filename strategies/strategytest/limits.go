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

// client is where all requests of the suite come from.
var client = netip.MustParseAddr("192.0.2.1")

// limit has the host slow guesses, steps and messages down as the backend does.
// Without it tests may fail as often as they like.
func (h *Host) limit() { h.limits = throttle.NewLogins(throttle.Config{Now: h.Now}) }

// attempt is a login under way.
type attempt struct {
	begun   *throttle.Attempt
	sought  bool
	stepped bool
}

type attemptKey struct{}

// admit asks once per login whether it may go on, when somebody is looked up.
func (m *mounted) admit(ctx context.Context, account string) (err error) {
	at, ok := ctx.Value(attemptKey{}).(*attempt)
	if !ok || at.sought {
		return nil
	}
	at.sought = true
	if m.limits != nil {
		at.begun, err = m.limits.Begin(ctx, throttle.Keys{Account: account, Addr: client})
	}
	return err
}

// step counts a step or a message.
func (h *Host) step(ctx context.Context, recipient string) error {
	at, ok := ctx.Value(attemptKey{}).(*attempt)
	if !ok {
		at = &attempt{}
	}
	at.stepped = true
	if h.limits == nil {
		return nil
	}
	return h.limits.Step(ctx, at.begun, client, recipient)
}

// settle tells the limits how a login ended.
func (h *Host) settle(ctx context.Context, at *attempt, out strategies.Outcome, err error) error {
	defer at.begun.Abandoned()
	failure, isFault := fault.From(err)
	switch {
	case err == nil && out.Next != nil:
		if !at.stepped {
			if err := h.step(ctx, ""); err != nil {
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

// Send implements strategies.Host. It sends at once, so that tests see it.
func (m *mounted) Send(ctx context.Context, recipient string, send func(context.Context) error) error {
	m.note(fmt.Sprintf("Send named=%t", recipient != ""))
	if err := m.step(ctx, recipient); err != nil || send == nil {
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

// Notify implements strategies.Host. It writes the message at once, so that tests
// see it in [Host.Notified].
func (m *mounted) Notify(ctx context.Context, notice strategies.Notice) error {
	m.note("Notify " + notice.Kind)
	if err := m.step(ctx, m.strategy.Name()+":"+notice.Kind+":"+notice.Name.Value); err != nil {
		return err
	}
	writer, ok := m.strategy.(strategies.NoticeWriter)
	if !ok {
		return fmt.Errorf("strategytest: the strategy %q is no NoticeWriter", m.strategy.Name())
	}
	ctx = context.WithoutCancel(ctx)
	found, ok, err := m.FindByIdentifier(ctx, notice.Name)
	if err != nil || !ok {
		return err
	}
	values, ok, err := writer.WriteNotice(ctx, notice.Kind, found)
	if err != nil || !ok {
		return err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.notified = append(m.notified, values)
	return nil
}

// Notified are the values of the messages that Host.Notify led to, in order.
func (h *Host) Notified() []map[string]string {
	h.mu.Lock()
	defer h.mu.Unlock()
	return slices.Clone(h.notified)
}

// Sent is how many messages went by Host.Send.
func (h *Host) Sent() int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.sent
}
