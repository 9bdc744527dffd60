package network

import (
	"errors"
	"io"
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
	x.req.Stream = &upload{from: bounded{from: x.r.Body, left: limit, excess: excess}}
	// The body may take as long as the action, which reads it.
	x.server.allowReading(x.w, x.server.opts.RequestTimeout)
	return nil
}

// upload is a body while an action reads it. Its errors are answers.
type upload struct {
	from bounded
	err  error
}

func (u *upload) Read(p []byte) (int, error) {
	if u.err != nil {
		return 0, u.err
	}
	n, err := u.from.Read(p)
	if err != nil && !errors.Is(err, io.EOF) {
		err = unreadable(err)
	}
	u.err = err
	return n, err
}
