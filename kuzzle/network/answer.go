package network

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"github.com/gokuzzle/kuzzle/kuzzle/api"
	"github.com/gokuzzle/kuzzle/kuzzle/budget"
)

// fixedHeaders are header values that all answers share. net/http gets the
// slices themselves; they are never changed.
type fixedHeaders struct {
	node, acceptEncoding, allowHeaders, allowMethods []string
}

var (
	headerJSON     = []string{"application/json"}
	headerIdentity = []string{"identity"}
	headerNoStore  = []string{"no-store"}
	headerNoSniff  = []string{"nosniff"}
	headerOrigin   = []string{"Origin"}
	headerAny      = []string{"*"}
	headerClose    = []string{"close"}
	headerTrue     = []string{"true"}
)

// date has the header of the current second. net/http would format it for each answer.
type date struct{ last atomic.Pointer[datedHeader] }

type datedHeader struct {
	second int64
	text   []string
}

func (d *date) now() []string {
	now := time.Now()
	header := d.last.Load()
	if header == nil || header.second != now.Unix() {
		header = &datedHeader{now.Unix(), []string{now.UTC().Format(http.TimeFormat)}}
		d.last.Store(header)
	}
	return header.text
}

func newFixedHeaders(o *Options) fixedHeaders {
	f := fixedHeaders{
		acceptEncoding: []string{"gzip,deflate,identity"},
		allowHeaders:   []string{strings.Join(o.AllowHeaders, ",")},
		allowMethods:   []string{strings.Join(o.AllowMethods, ",")},
	}
	if o.Node != "" {
		f.node = []string{o.Node}
	}
	if o.NoCompression {
		f.acceptEncoding = headerIdentity
	}
	return f
}

// answer writes a response in its dialect.
func (x *exchange) answer(res *api.Response) {
	body := takeBuffer()
	defer giveBuffer(body)
	if err := x.server.write(x.r.Context(), body, &x.req, res, false, &x.share); err != nil {
		if !x.req.ReadOnly() {
			// An error answer would tell the client that nothing was done.
			panic(http.ErrAbortHandler)
		}
		res = api.Refuse(&x.req, faultOf(err))
		*body = x.server.render((*body)[:0], &x.req, res, false)
	}
	if streamed(res) {
		if err := grow(x.r.Context(), &x.share, res.Raw.Stream.Holds); err != nil {
			res = api.Refuse(&x.req, faultOf(err))
			*body = x.server.render((*body)[:0], &x.req, res, false)
		}
	}
	if x.pretty && (res.Raw == nil || res.Raw.ContentType == typeJSON) {
		*body = x.indent(*body)
	}
	x.last()
	h := x.w.Header()
	if x.dialect.CORS == nil {
		x.server.cors(h, &x.peer, false)
	} else {
		x.server.plain(h)
		x.dialect.CORS(h, x.r.Header, &x.peer)
	}
	h["Content-Type"] = x.contentType(res)
	if x.kuzzle() {
		h["X-Kuzzle-Request-Id"] = []string{x.req.ID}
		if node := x.server.fixed.node; node != nil {
			h["X-Kuzzle-Node"] = node
		}
	}
	if x.dialect.Header != nil {
		x.dialect.Header(h, &x.req, res)
	}
	if x.private(res) {
		h["Cache-Control"] = headerNoStore
	}
	for name, value := range res.Header {
		h.Set(name, value)
	}
	if len(res.Cookies) > 0 {
		h["Set-Cookie"] = res.Cookies
	}
	if res.Err != nil && res.Err.RetryAfter > 0 {
		h["Retry-After"] = []string{seconds(res.Err.RetryAfter)}
	}
	if streamed(res) {
		x.sendStream(res.Status, res.Raw.Stream)
		return
	}
	x.send(res.Status, x.compress(res, *body))
}

// streamed reports whether an answer's body is generated while it is written.
func streamed(res *api.Response) bool { return res.Raw != nil && res.Raw.Stream != nil }

func (x *exchange) contentType(res *api.Response) []string {
	switch {
	case res.Raw != nil && res.Raw.ContentType == "":
		return nil // the answer has no body
	case res.Raw != nil:
		return []string{res.Raw.ContentType}
	case x.dialect.ContentType != "":
		return []string{x.dialect.ContentType}
	}
	return headerJSON
}

// spareText is the size of an answer's envelope beside its result.
const spareText = 1 << 10

// write renders an answer into a buffer once the memory budget has room for it,
// and resizes the share to match. It returns an error if there is no room.
func (s *Server) write(ctx context.Context, into *[]byte, req *api.Request, res *api.Response, withRoom bool, share *budget.Share) error {
	size := res.Size()
	if size > budget.Small-spareText {
		// Other requests may hold the same value as this answer, so waiting
		// costs nothing.
		if err := grow(ctx, share, int64(size+spareText)+baseWeight-share.Held()); err != nil {
			return err
		}
		*into = slices.Grow((*into)[:0], size+spareText)
	}
	done := s.heavily(max(size, int(share.Held()-baseWeight)))
	*into = s.render(*into, req, res, withRoom)
	done()
	forget(req, res)
	if err := hold(ctx, share, *into); err != nil {
		*into = nil
		return err
	}
	return nil
}

// render writes the body of an answer. A result that cannot be encoded is a
// mistake of the program: the answer becomes an error, and the log gets the
// cause.
func (s *Server) render(dst []byte, req *api.Request, res *api.Response, withRoom bool) []byte {
	before := res.Err
	dst = res.Append(dst, req, withRoom)
	if res.Err != before {
		s.opts.Log.Error("a result could not be encoded", "reference", res.Err.Props, "request", req.ID,
			"controller", req.Controller, "action", req.Action, "cause", res.Err.Cause)
	}
	return dst
}

// forget drops the values that an answer was made of, so that a slow reader
// holds only the written answer.
func forget(req *api.Request, res *api.Response) {
	req.Args, req.Body, req.Volatile, res.Result = nil, nil, nil, nil
}

// private reports whether caches must not store an answer. Only the two answers
// that describe the API may be stored.
func (x *exchange) private(res *api.Response) bool {
	return res.Raw == nil && !(x.req.Controller == "server" && x.req.Action == "publicApi")
}

// seconds rounds up: a client that comes back too early is refused again.
func seconds(wait time.Duration) string {
	return strconv.FormatInt(int64(max(1, (wait+time.Second-1)/time.Second)), 10)
}

// indent formats an answer for reading, if the memory budget has room: a deeply
// nested answer becomes a hundred times as long.
func (x *exchange) indent(body []byte) []byte {
	size := indented(body)
	// A growing buffer holds its old and its new memory.
	if x.share.Grow(x.r.Context(), 2*size) != nil {
		return body
	}
	defer x.server.heavily(int(size))()
	out := bytes.NewBuffer(make([]byte, 0, size))
	if err := json.Indent(out, body, "", indentation); err != nil {
		return body
	}
	return out.Bytes()
}

const indentation = "  "

// indented returns the maximum size of an indented answer.
func indented(body []byte) int64 {
	size, depth := int64(len(body)), int64(0)
	for i := 0; i < len(body); i++ {
		switch body[i] {
		case '"':
			i = endOfString(body, i)
		case '{', '[':
			depth++
			size += 1 + depth*int64(len(indentation))
		case '}', ']':
			depth--
			size += 1 + depth*int64(len(indentation))
		case ',':
			size += 1 + depth*int64(len(indentation))
		case ':':
			size++
		}
	}
	return size
}

// refuseBody answers a request whose body cannot be read. In Kuzzle's dialect
// the answer is the error object itself, without an envelope. The connection
// closes, because the rest of the body precedes the next request.
func (x *exchange) refuseBody(err error) {
	failure := faultOf(err)
	h := x.w.Header()
	if !x.consumed && (failure.Status() == http.StatusRequestTimeout || failure.Status() == http.StatusRequestEntityTooLarge) {
		h["Connection"] = headerClose
	}
	if !x.kuzzle() {
		x.refuse(failure)
		return
	}
	x.server.cors(h, &x.peer, true)
	h["Content-Type"] = headerJSON
	h["Cache-Control"] = headerNoStore
	if failure.RetryAfter > 0 {
		h["Retry-After"] = []string{seconds(failure.RetryAfter)}
	}
	x.send(failure.Status(), api.AppendError(nil, failure))
}

func (x *exchange) send(status int, body []byte) {
	// The length of a short body net/http knows by itself, at less cost.
	if len(body) > shortBody && status != http.StatusNoContent && status != http.StatusNotModified {
		x.w.Header()["Content-Length"] = []string{strconv.Itoa(len(body))}
	}
	x.w.WriteHeader(status)
	var reader *budget.Reader
	if x.server.opts.Budget.Watches(len(body)) {
		reader = x.server.opts.Budget.Writing(func() {
			_ = http.NewResponseController(x.w).SetWriteDeadline(past)
		})
	}
	// An error here means that the client left, so nobody reads the answer.
	_, _ = x.w.Write(body)
	x.server.opts.Budget.Done(reader)
}

// shortBody is less than what net/http keeps before it writes a header.
const shortBody = 2000

// plain sets what every answer carries.
func (s *Server) plain(h http.Header) {
	h["Accept-Encoding"] = s.fixed.acceptEncoding
	h["Content-Encoding"] = headerIdentity
	h["X-Content-Type-Options"] = headerNoSniff
	h["Date"] = s.date.now()
}

// cors sets what every answer carries, and for browsers what pages of other origins may do.
// Credentials are only for origins that were named, never for those that "*" lets in.
// Without an origin nobody reads the two long lists.
func (s *Server) cors(h http.Header, peer *api.Peer, bare bool) {
	if peer.Origin != "" || bare {
		h["Access-Control-Allow-Headers"] = s.fixed.allowHeaders
		h["Access-Control-Allow-Methods"] = s.fixed.allowMethods
	}
	s.plain(h)
	all := s.opts.Origins.All()
	if bare && all && !peer.OriginTrusted {
		h["Access-Control-Allow-Origin"] = headerAny
		return
	}
	if !all || peer.Origin != "" {
		h["Vary"] = headerOrigin
	}
	if peer.Origin == "" || !s.opts.Origins.Allowed(peer.Origin) {
		return
	}
	h["Access-Control-Allow-Origin"] = []string{peer.Origin}
	if s.opts.CookieAuthentication && peer.OriginTrusted {
		h["Access-Control-Allow-Credentials"] = headerTrue
	}
}
