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

// stream passes the unread body to the action. It refuses compressed bodies,
// because the work of decompressing a text of unknown length has no bound.
func (x *exchange) stream(kind string) error {
	layers, err := x.server.encodings(x.r.Header["Content-Encoding"])
	if err != nil {
		return err
	}
	if len(layers) > 0 {
		return ErrUnsupportedCompression.New(layers[0]).Saying("The body of this action must not be compressed: send it as it is.")
	}
	limit, excess := x.limit()
	if x.r.ContentLength > limit {
		return excess
	}
	x.req.ContentType = kind
	x.req.Stream = &upload{x: x, from: bounded{from: x.r.Body, left: limit, excess: excess}}
	// The body may take as long as the action that reads it.
	x.server.allowReading(x.w, x.server.opts.RequestTimeout)
	return nil
}

// upload is a body while an action reads it. Its errors can be answered.
type upload struct {
	x    *exchange
	from bounded
	// begun is set once the budget has given the bytes that the action holds.
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

// sendStream writes an answer whose body is generated while it is written. After
// it began, only the end of the connection can tell the client of an error.
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

// download is a body while it is written. The time limit applies to each write,
// so a client may read slowly but may not stop.
type download struct {
	to       http.ResponseWriter
	patience time.Duration
	// ended is set when others need the memory that the body holds.
	ended atomic.Bool
	// failed is set when the client stopped reading.
	failed bool
}

var errCut = errors.New("network: the reader was too slow")

// cut ends the download without waiting.
func (d *download) cut() {
	d.ended.Store(true)
	_ = http.NewResponseController(d.to).SetWriteDeadline(past)
}

func (d *download) Write(p []byte) (int, error) {
	// Some ResponseWriters have no deadlines; Serve's has them.
	_ = http.NewResponseController(d.to).SetWriteDeadline(deadlineIn(d.patience))
	if d.ended.Load() {
		d.failed = true
		return 0, errCut
	}
	n, err := d.to.Write(p)
	d.failed = d.failed || err != nil
	return n, err
}
