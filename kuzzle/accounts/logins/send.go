package logins

import (
	"context"
	"time"

	"github.com/gokuzzle/kuzzle/kuzzle/fault"
	"github.com/gokuzzle/kuzzle/strategies"
)

// ErrTooManySends means that more messages are requested than can be sent. The message was not
// sent.
var ErrTooManySends = fault.Declare(0x400a0010, "security.login.too_many_messages", 503, "Too many messages are being sent right now. Try again in a moment.")

const (
	// sendsAtOnce is the number of messages that may be under way; sendWithin is how long each may
	// take.
	sendsAtOnce = 64
	sendWithin  = 30 * time.Second
)

// Send implements strategies.Host.
func (h host) Send(ctx context.Context, recipient string, send func(context.Context) error) error {
	select {
	case h.ls.sends <- struct{}{}:
	default:
		return ErrTooManySends.New().RetryIn(time.Second)
	}
	leave := func() { <-h.ls.sends }
	let, err := h.ls.attempts.Send(ctx, recipient)
	if err != nil || send == nil || !let {
		leave()
		return err
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), sendWithin)
	go func() { // ends within sendWithin, and Close waits for it
		defer leave()
		defer cancel()
		defer func() {
			if r := recover(); r != nil {
				h.Log().ErrorContext(ctx, "a strategy panicked while it sent a message", "panic", r)
			}
		}()
		if err := send(ctx); err != nil {
			h.Log().WarnContext(ctx, "a message was not sent", "cause", err)
		}
	}()
	return nil
}

// Notify implements strategies.Host. The limits per name and caller apply now; the recipient's
// limit applies when the message is sent.
func (h host) Notify(ctx context.Context, notice strategies.Notice) error {
	if h.ls.Notify == nil {
		return strategies.ErrNotifyOff.New()
	}
	key, err := h.ls.names.Naming().ClaimKey(h.name, notice.Name)
	if err != nil {
		key = ""
	}
	part, err := h.ls.attempts.Ask(ctx, key, notice.Name.Value, h.name+":"+notice.Kind)
	if err != nil {
		return err
	}
	return h.ls.Notify(ctx, h.name, notice, part)
}

// sent waits until no message is under way.
func (ls *Logins) sent(ctx context.Context) error {
	for range sendsAtOnce {
		select {
		case ls.sends <- struct{}{}:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return nil
}
