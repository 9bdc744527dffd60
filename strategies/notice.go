package strategies

import (
	"context"
	"time"

	"github.com/gokuzzle/kuzzle/kuzzle/fault"
)

// ErrNotifyOff is the error of Host.Notify on a server without a channel for messages to users.
var ErrNotifyOff = fault.Declare(0x40050007, "security.notify.off", 412,
	"This server sends no messages to users. Its operator must set notify.mail.")

// Notice is a message that a client asked for by a name, before the backend knows whether a user
// has that name.
type Notice struct {
	// Kind names the message's text, such as password-reset.
	Kind string
	// Name is the name that the client gave.
	Name Identifier
	// For is how long the backend tries to deliver the message.
	For time.Duration
}

// NoticeWriter is implemented by strategies that call Host.Notify.
type NoticeWriter interface {
	// WriteNotice returns the values for the text of a message to the user who has the name now. It
	// is called when the message is sent, perhaps more than once for one notice, so that a token
	// among the values is stored nowhere else. ok is false if the user gets no message.
	WriteNotice(ctx context.Context, kind string, found Found) (values map[string]string, ok bool, err error)
}

// NoticeTexts is implemented by strategies whose notices have their own texts.
type NoticeTexts interface {
	// NoticeTexts are templates by the names of their files, written as those of Go's
	// text/template with names, {{if}}, {{else}}, {{end}}, and, or, not, eq and ne alone:
	// KIND.mail.txt, of which the first line is the subject and the second is empty,
	// and KIND.sms.txt. They may name .Name, which is what the user is called, or the
	// address where nobody proved that it is the user's, and of the values of
	// WriteNotice .Token, .Link and .Until. Put nothing into a value that a user chose:
	// the message may go to a stranger. A file of the same name in the operator's
	// folder notify.texts takes the place of one.
	NoticeTexts() map[string]string
}
