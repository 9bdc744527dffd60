package notify

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
	"unicode/utf8"
)

// Channel is a way to reach people.
type Channel string

// The channels.
const (
	Mail Channel = "mail"
	SMS  Channel = "sms"
)

// Message is one message to one recipient.
type Message struct {
	Channel Channel
	// Kind is the name of the message's text, such as password-changed.
	Kind string
	// To is a mail address or a phone number.
	To string
	// Subject is empty for short messages.
	Subject string
	Text    string
}

// Sender sends messages. Send returns nil when the message was handed over, else
// the reason. An error that wraps [ErrRefused] means that no further try can
// succeed. A Sender is safe for concurrent use and stops with its context.
type Sender interface {
	Send(ctx context.Context, m Message) error
}

// Mask hides most of a mail address or a phone number: j…@example.com, …67.
func Mask(to string) string {
	name, domain, mail := strings.Cut(to, "@")
	switch {
	case mail && name != "":
		first, _ := utf8.DecodeRuneInString(name)
		return string(first) + "…@" + domain
	case len(to) > 4:
		return "…" + to[len(to)-2:]
	}
	return "…"
}

// Log is a sender that only writes to the log. With Open, for development, the log
// has the whole message, else only the fact that there was one.
type Log struct {
	Log  *slog.Logger
	Open bool
}

var _ Sender = Log{}

// Send implements Sender.
func (l Log) Send(ctx context.Context, m Message) error {
	if l.Open {
		l.Log.InfoContext(ctx, "a message was only logged, not sent", "channel", m.Channel, "kind", m.Kind, "to", m.To, "subject", m.Subject, "text", m.Text)
		return nil
	}
	l.Log.WarnContext(ctx, fmt.Sprintf("a message was not sent, because notify.%s is log; change it to send messages", m.Channel), "kind", m.Kind, "to", Mask(m.To))
	return nil
}

// Channels sends each message with the sender of its channel.
type Channels map[Channel]Sender

var _ Sender = Channels{}

// Send implements Sender.
func (c Channels) Send(ctx context.Context, m Message) error {
	sender := c[m.Channel]
	if sender == nil {
		return fmt.Errorf("there is no sender for %s: %w", m.Channel, ErrRefused)
	}
	return sender.Send(ctx, m)
}
