package network

import (
	"errors"
	"io"
	"net/http"
	"strconv"
	"sync/atomic"
	"time"

	"github.com/gokuzzle/kuzzle/kuzzle/api"
)

// stream hands the body to the action unread. It comes as it is, since nothing
// bounds the work of unfolding a text that nobody has yet.
func (x *exchange) stream(kind string) error {
	layers, err := x.server.encodings(x.r.Header["Content-Encoding"])
	if err != nil {
		return err
	}
	if len(layers) > 0 {
		return ErrUnsupportedCompression.New(layers[0]).Saying("The body of this action is not taken compressed: send it as it is.")
	}
	limit, excess := x.limit()
	if x.r.ContentLength > limit {
		return excess
	}
	x.req.ContentType = kind
	x.req.Stream = &upload{x: x, from: bounded{from: x.r.Body, left: limit, excess: excess}}
	// The body may take as long as the action, which reads it.
	x.server.allowReading(x.w, x.server.opts.RequestTimeout)
	return nil
}

// upload is a body while an action reads it. Its errors are answers.
type upload struct {
	x    *exchange
	from bounded
	// begun is set once the budget has given what the action holds.
	begun bool
	err   error
}

func (u *upload) Read(p []byte) (int, error) {
	if u.err != nil {
		return 0, u.err
	}
	if !u.begun {
		if u.err = grow(u.x.r.Context(), &u.x.share, u.x.req.Takes().Holds); u.err != nil {
			return 0, u.err
		}
		u.begun = true
	}
	n, err := u.from.Read(p)
	if err != nil && !errors.Is(err, io.EOF) {
		err = unreadable(err)
	}
	u.err = err
	return n, err
}

// sendStream writes an answer whose body is made while it is written. Nothing can
// tell the client of an error then but the end of the connection.
func (x *exchange) sendStream(status int, body *api.Stream) {
	x.w.Header()["Content-Length"] = []string{strconv.FormatInt(body.Length, 10)}
	x.w.WriteHeader(status)
	to := &download{to: x.w, patience: x.server.opts.WriteTimeout}
	reader := x.server.opts.Budget.Writing(to.cut)
	err := body.Write(x.r.Context(), to)
	x.server.opts.Budget.Done(reader)
	if err == nil {
		return
	}
	if !to.failed {
		x.server.opts.Log.ErrorContext(x.r.Context(), "an answer ended too early", "request", x.req.ID,
			"controller", x.req.Controller, "action", x.req.Action, "cause", err)
	}
	panic(http.ErrAbortHandler)
}

// download is a body while it is written. Each write may take so long, so that a
// client may read slowly and may not stop.
type download struct {
	to       http.ResponseWriter
	patience time.Duration
	// ended is set when somebody else needs what the body holds.
	ended atomic.Bool
	// failed is set when the client read no more.
	failed bool
}

var errCut = errors.New("network: the reader was too slow")

// cut ends it without waiting.
func (d *download) cut() {
	d.ended.Store(true)
	_ = http.NewResponseController(d.to).SetWriteDeadline(past)
}

func (d *download) Write(p []byte) (int, error) {
	// Not every ResponseWriter knows deadlines; Serve's does.
	_ = http.NewResponseController(d.to).SetWriteDeadline(deadlineIn(d.patience))
	if d.ended.Load() {
		d.failed = true
		return 0, errCut
	}
	n, err := d.to.Write(p)
	d.failed = d.failed || err != nil
	return n, err
}
