package network

import (
	"bytes"
	"compress/gzip"
	"compress/zlib"
	"context"
	"errors"
	"io"
	"mime"
	"net/http"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/gokuzzle/kuzzle/kuzzle/api"
	"github.com/gokuzzle/kuzzle/kuzzle/budget"
	"github.com/gokuzzle/kuzzle/kuzzle/fault"
)

// Kinds of bodies.
const (
	typeJSON      = "application/json"
	typeForm      = "application/x-www-form-urlencoded"
	typeMultipart = "multipart/form-data"
)

// readBody reads and decodes the body of an HTTP request; it returns nil for an
// empty one. whole tells that the body names the action.
func (x *exchange) readBody(whole bool) (any, error) {
	s := x.server
	if slices.Contains(x.dialect.Bodiless, x.r.Method) {
		return nil, nil
	}
	takes := x.req.Takes()
	types := takes.Types
	if types == nil {
		types = x.dialect.Accepts
	}
	if takes.Stream && x.r.ContentLength == 0 {
		return nil, x.stream("") // an empty body may have any type
	}
	kind, parameters, err := s.contentType(x.r, types)
	if err != nil {
		return nil, err
	}
	if takes.Stream {
		return nil, x.stream(kind)
	}
	if x.r.ContentLength == 0 {
		return nil, nil
	}
	limit, excess := x.limit()
	if x.r.ContentLength > limit {
		return nil, excess
	}
	layers, err := s.encodings(x.r.Header["Content-Encoding"])
	if err != nil {
		return nil, err
	}
	most, excess, err := x.mostText(limit, excess, len(layers) > 0)
	if err != nil {
		return nil, err
	}
	buffer := takeBuffer()
	defer giveBuffer(buffer)
	before := x.share.Held()
	if err := x.receive(layers, buffer, most, excess); err != nil {
		return nil, err
	}
	if len(*buffer) == 0 {
		return nil, nil
	}
	if whole {
		x.req.Size = int64(len(*buffer))
	}
	text := x.share.Held() - before
	value, err := x.decode(kind, parameters, *buffer, whole)
	// The text is dropped, the decoded value stays.
	x.share.Shrink(x.share.Held() - text)
	return value, err
}

// limit returns the maximum size in bytes of the action's body, and the error for a
// larger one.
func (x *exchange) limit() (bytes int64, excess error) {
	if own := x.req.Takes().Limit; own > 0 {
		return own, api.ErrBodyTooLarge.New(own, x.req.Controller, x.req.Action)
	}
	return x.server.opts.MaxRequestSize, ErrTooLarge
}

// mostText returns how many bytes of a body are read, as sent and as decompressed,
// and the error for a longer body: the whole limit, or less for a caller that may
// send less.
func (x *exchange) mostText(whole int64, tooLarge error, compressed bool) (most int64, excess, err error) {
	allowance := x.server.dispatcher.Allowance(&x.req)
	known := x.r.ContentLength >= 0 && !compressed
	if allowance >= whole || known && x.r.ContentLength <= allowance {
		return whole, tooLarge, nil
	}
	err = x.server.dispatcher.CheckWeight(x.r.Context(), &x.req, max(x.r.ContentLength, allowance+1))
	if !known && errors.Is(err, api.ErrTooHeavy) {
		return allowance, err, nil
	}
	return whole, tooLarge, err
}

// decode decodes a body once the budget has room for the value.
func (x *exchange) decode(kind string, parameters map[string]string, body []byte, whole bool) (any, error) {
	s, ctx := x.server, x.r.Context()
	switch kind {
	case typeForm:
		pairs := bytes.Count(body, []byte("&")) + 1
		if pairs > s.opts.MaxNodes {
			return nil, ErrTooManyNodes.New(s.opts.MaxNodes)
		}
		if err := s.admit(ctx, formWeight(pairs, len(body)), nil, &x.req, false, &x.share); err != nil {
			return nil, err
		}
		defer s.heavily(len(body))()
		return decodeForm(body)
	case typeMultipart:
		// Each part is copied, encoded, and has headers.
		if err := s.admit(ctx, 4*int64(len(body)), nil, &x.req, false, &x.share); err != nil {
			return nil, err
		}
		defer s.heavily(len(body))()
		return decodeMultipart(body, parameters["boundary"], s.opts.MaxFormFileSize, s.opts.MaxNodes)
	}
	err := s.weighed(ctx, body, &x.req, whole, &x.share)
	if errors.Is(err, errTooMany) {
		return nil, ErrTooManyNodes.New(s.opts.MaxNodes)
	}
	if _, refused := fault.From(err); refused {
		return nil, err
	}
	var value any
	if err == nil {
		done := s.heavily(int(x.share.Held() - baseWeight))
		value, err = decodeJSON(body)
		done()
	}
	if err != nil {
		return nil, badBody(err)
	}
	return value, nil
}

// badBody reports the fault of a body but never its content: the body may be a
// login.
func badBody(cause error) error { return ErrBadBody.New(cause.Error()) }

// contentType checks the Content-Type header; without the header a body is JSON.
// taken are the accepted types, nil for the server's.
func (s *Server) contentType(r *http.Request, taken []string) (kind string, parameters map[string]string, err error) {
	header := first(r.Header, "Content-Type")
	if taken == nil && (header == "" || header == typeJSON) {
		return typeJSON, nil, nil
	}
	if header == "" {
		header = typeJSON
	}
	kind, rest, _ := strings.Cut(header, ";")
	kind = strings.TrimSpace(kind)
	if taken != nil && !slices.Contains(taken, kind) {
		return "", nil, ErrUnsupportedContent.New(printable(kind)).
			Saying("The Content-Type %q is not supported here: send %s.", printable(kind), strings.Join(taken, " or "))
	}
	known := taken != nil || kind == typeJSON || kind == typeForm || kind == typeMultipart ||
		slices.Contains(s.opts.AdditionalContentTypes, kind)
	if !known {
		return "", nil, ErrUnsupportedContent.New(printable(kind))
	}
	if strings.TrimSpace(rest) == "" {
		return kind, nil, nil
	}
	if _, parameters, err = mime.ParseMediaType(header); err != nil {
		return "", nil, ErrUnsupportedContent.New(printable(header))
	}
	if charset, given := parameters["charset"]; given && !strings.EqualFold(charset, "utf-8") {
		return "", nil, ErrUnsupportedCharset.New(printable(charset))
	}
	return kind, parameters, nil
}

// encodings lists the encodings of a body, innermost first.
func (s *Server) encodings(headers []string) ([]string, error) {
	if len(headers) == 0 {
		return nil, nil
	}
	names := strings.Split(strings.Join(headers, ","), ",")
	if len(names) > s.opts.MaxEncodingLayers {
		return nil, ErrTooManyEncodings.New()
	}
	var layers []string
	for _, name := range names {
		switch name = strings.ToLower(strings.TrimSpace(name)); name {
		case "identity", "":
		case "gzip", "deflate":
			if s.opts.NoCompression {
				return nil, ErrCompressionDisabled.New()
			}
			layers = append(layers, name)
		default:
			return nil, ErrUnsupportedCompression.New(printable(name))
		}
	}
	return layers, nil
}

// receive reads a body into a buffer and bounds each of its layers: a small body
// that decompresses to a large one costs no more than a large one.
func (x *exchange) receive(layers []string, buffer *[]byte, most int64, excess error) error {
	s, ctx := x.server, x.r.Context()
	body := io.Reader(&bounded{from: x.r.Body, left: most, excess: excess})
	err := fillBuffer(ctx, buffer, body, max(x.r.ContentLength, 0), &x.share)
	s.allowReading(x.w, s.opts.RequestTimeout)
	if err != nil {
		return unreadable(err)
	}
	x.consumed = true
	if len(layers) == 0 || len(*buffer) == 0 {
		return nil
	}
	return x.unfold(layers, buffer, most, excess)
}

// unfold replaces the text in a buffer by its decompressed form. The whole text is
// there and the budget has room for the largest result, so unfold never waits.
func (x *exchange) unfold(layers []string, buffer *[]byte, most int64, excess error) error {
	packed := *buffer
	longest := most
	if len(layers) == 1 {
		longest = min(most, int64(len(packed))*maxUnfolding)
	}
	before := x.share.Held()
	// A buffer that grew by doubling may be twice as large as its content.
	if err := grow(x.r.Context(), &x.share, int64(len(layers))*layerWeight+2*longest); err != nil {
		return err
	}
	defer x.server.heavily(int(longest))()
	body := io.Reader(bytes.NewReader(packed))
	for _, layer := range slices.Backward(layers) {
		var err error
		if layer == "gzip" {
			body, err = gzip.NewReader(body)
		} else {
			body, err = zlib.NewReader(body)
		}
		if err != nil {
			return unreadable(err)
		}
		body = &bounded{from: body, left: most, excess: excess}
	}
	var covered budget.Share
	unfolded := takeBuffer()
	defer giveBuffer(unfolded)
	if err := fillBuffer(x.r.Context(), unfolded, body, 0, &covered); err != nil {
		return unreadable(err)
	}
	*buffer, *unfolded = *unfolded, packed
	x.share.Shrink(before + int64(cap(*buffer)))
	return nil
}

// maxUnfolding is the maximum factor by which deflated text grows when
// decompressed.
const maxUnfolding = 1032

// allowReading sets the time until which the connection may be read. A client that
// sends its body too slowly is cut off, whether the body is read or skipped. While
// a request runs, net/http keeps reading to notice that the client left. It must
// not mistake this deadline for that.
func (s *Server) allowReading(w http.ResponseWriter, running time.Duration) {
	// Some ResponseWriters have no deadlines; Serve's has them.
	_ = http.NewResponseController(w).SetReadDeadline(deadlineIn(running + s.opts.ReadTimeout))
}

func unreadable(err error) error {
	if refusal, known := fault.From(err); known {
		return refusal
	}
	switch {
	case errors.Is(err, os.ErrDeadlineExceeded):
		return ErrTooSlow.New()
	case errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, io.EOF):
		return ErrBadMessage.New("the body ends too early")
	}
	return ErrBadMessage.New("the body is corrupt").Because(err)
}

// bounded reads up to a number of bytes and then fails with excess instead of
// io.EOF.
type bounded struct {
	from   io.Reader
	left   int64
	excess error
}

func (b *bounded) Read(p []byte) (int, error) {
	if int64(len(p)) > b.left+1 {
		p = p[:b.left+1]
	}
	n, err := b.from.Read(p)
	if b.left -= int64(n); b.left < 0 {
		return 0, b.excess
	}
	return n, err
}

// firstBuffer is the size of the first buffer for a text of announced length. The
// buffer grows only with the text.
const firstBuffer = 64 << 10

// fillBuffer works like io.ReadAll with a reused buffer. The share grows before the
// buffer does. announced is the announced length of the text, 0 if unknown.
func fillBuffer(ctx context.Context, buffer *[]byte, from io.Reader, announced int64, share *budget.Share) error {
	b := *buffer
	for {
		if len(b) == cap(b) || cap(b) < firstBuffer && announced > int64(cap(b)) {
			size := max(2*cap(b), newBuffer)
			if announced > int64(len(b)) {
				size = min(int(announced)+1, max(size, firstBuffer)) // one more byte to detect the end
			}
			if err := grow(ctx, share, int64(size-cap(b))); err != nil {
				return err
			}
			b = append(make([]byte, 0, size), b...)
		}
		n, err := from.Read(b[len(b):cap(b)])
		b = b[:len(b)+n]
		*buffer = b
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
	}
}
