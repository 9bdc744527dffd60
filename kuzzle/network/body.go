package network

import (
	"compress/gzip"
	"compress/zlib"
	"errors"
	"io"
	"mime"
	"net/http"
	"os"
	"slices"
	"strings"
	"time"
)

// The kinds of bodies.
const (
	typeJSON      = "application/json"
	typeForm      = "application/x-www-form-urlencoded"
	typeMultipart = "multipart/form-data"
)

// readBody reads and decodes the body of an HTTP request; nil when it is empty.
func (s *Server) readBody(w http.ResponseWriter, r *http.Request) (any, error) {
	kind, parameters, err := s.contentType(r)
	if err != nil {
		return nil, err
	}
	if r.ContentLength == 0 {
		return nil, nil
	}
	if r.ContentLength > s.opts.MaxRequestSize {
		return nil, ErrTooLarge.New()
	}
	layers, err := s.encodings(r.Header["Content-Encoding"])
	if err != nil {
		return nil, err
	}
	buffer := takeBuffer()
	defer giveBuffer(buffer)
	if err := s.receive(w, r, layers, buffer); err != nil {
		return nil, err
	}
	if len(*buffer) == 0 {
		return nil, nil
	}
	switch kind {
	case typeForm:
		return decodeForm(*buffer)
	case typeMultipart:
		return decodeMultipart(*buffer, parameters["boundary"], s.opts.MaxFormFileSize)
	}
	value, err := decodeJSON(*buffer, s.opts.MaxDepth)
	if err != nil {
		return nil, badBody(*buffer, err)
	}
	return value, nil
}

func badBody(body []byte, cause error) error {
	start := []rune(string(body[:min(len(body), 200)]))
	refusal := ErrBadBody.New(strings.ToValidUTF8(string(start[:min(len(start), 50)]), "\uFFFD"))
	if errors.Is(cause, errTooDeep) || errors.Is(cause, errNotUTF8) {
		refusal = refusal.Saying("The body cannot be parsed: %s.", cause)
	}
	return refusal
}

// contentType checks the Content-Type header; without one a body is JSON.
func (s *Server) contentType(r *http.Request) (kind string, parameters map[string]string, err error) {
	header := first(r.Header, "Content-Type")
	if header == "" || header == typeJSON {
		return typeJSON, nil, nil
	}
	kind, rest, _ := strings.Cut(header, ";")
	kind = strings.TrimSpace(kind)
	known := kind == typeJSON || kind == typeForm || kind == typeMultipart ||
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

// encodings lists the layers round a body, innermost first.
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

// receive reads a body into a buffer, each of its layers bounded: a small body
// that unfolds into a large one costs no more than a large one.
func (s *Server) receive(w http.ResponseWriter, r *http.Request, layers []string, buffer *[]byte) error {
	defer s.allowReading(w, s.opts.RequestTimeout)
	body := io.Reader(&bounded{from: r.Body, left: s.opts.MaxRequestSize})
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
		body = &bounded{from: body, left: s.opts.MaxRequestSize}
	}
	if r.ContentLength > int64(cap(*buffer)) {
		*buffer = make([]byte, 0, r.ContentLength)
	}
	if err := fillBuffer(buffer, body); err != nil {
		return unreadable(err)
	}
	return nil
}

// allowReading bounds how long the connection may be read from now on: a client
// that sends its body drop by drop, read or skipped, is cut off. While a request
// runs net/http reads on to notice that the client has left, and must not take
// the end of that time for it.
func (s *Server) allowReading(w http.ResponseWriter, running time.Duration) {
	// Not every ResponseWriter knows deadlines; Serve's does.
	_ = http.NewResponseController(w).SetReadDeadline(deadlineIn(running + s.opts.ReadTimeout))
}

func unreadable(err error) error {
	switch {
	case errors.Is(err, ErrTooLarge):
		return ErrTooLarge.New()
	case errors.Is(err, os.ErrDeadlineExceeded):
		return ErrTooSlow.New()
	case errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, io.EOF):
		return ErrBadMessage.New("the body ends too early")
	}
	return ErrBadMessage.New("the body is corrupt").Because(err)
}

// bounded reads up to a number of bytes and then fails, rather than ends.
type bounded struct {
	from io.Reader
	left int64
}

func (b *bounded) Read(p []byte) (int, error) {
	if int64(len(p)) > b.left+1 {
		p = p[:b.left+1]
	}
	n, err := b.from.Read(p)
	if b.left -= int64(n); b.left < 0 {
		return 0, ErrTooLarge
	}
	return n, err
}

// fillBuffer is io.ReadAll into a buffer that is used again.
func fillBuffer(buffer *[]byte, from io.Reader) error {
	b := *buffer
	for {
		if len(b) == cap(b) {
			b = append(b, 0)[:len(b)]
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
