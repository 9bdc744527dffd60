package network

import (
	"bytes"
	"io"
	"runtime"
	"strconv"
	"strings"

	"compress/gzip"
	"compress/zlib"

	"github.com/gokuzzle/kuzzle/kuzzle/api"
)

// compressAbove is the size in bytes from which answers are compressed.
const compressAbove = 256

// compressor holds the writers of compressed answers. One takes most of a
// megabyte, so there are as many as cores. When all are busy, answers are sent
// uncompressed, which suits a busy server anyway.
type compressor struct {
	gzip, deflate chan flateWriter
}

type flateWriter interface {
	io.WriteCloser
	Reset(io.Writer)
}

func newCompressor() *compressor {
	cores := runtime.GOMAXPROCS(0)
	c := &compressor{gzip: make(chan flateWriter, cores), deflate: make(chan flateWriter, cores)}
	for range cores {
		c.gzip <- nil
		c.deflate <- nil
	}
	return c
}

// compress shortens an answer if the client accepts it and the answer has no
// secret: the length of compressed secrets reveals something of their content.
// Answers of other dialects are not compressed, because their actions do not
// declare secrets.
func (x *exchange) compress(res *api.Response, body []byte) []byte {
	header := x.r.Header["Accept-Encoding"]
	if len(body) < compressAbove || len(header) == 0 || x.server.opts.NoCompression ||
		len(res.Cookies) > 0 || x.req.AnswersSecret() || !x.kuzzle() {
		return body
	}
	name := preferred(header)
	if name == "" {
		return body
	}
	// A body that does not become shorter grows a little and is then sent
	// uncompressed.
	if !x.share.TryGrow(int64(len(body))) {
		return body
	}
	defer x.server.heavily(len(body))()
	short, ok := x.server.compressor.run(name, body)
	if !ok {
		return body
	}
	h := x.w.Header()
	h["Content-Encoding"] = []string{name}
	h.Add("Vary", "Accept-Encoding")
	return short
}

func (c *compressor) run(name string, body []byte) ([]byte, bool) {
	writers := c.gzip
	if name == "deflate" {
		writers = c.deflate
	}
	var writer flateWriter
	select {
	case writer = <-writers:
	default:
		return nil, false
	}
	defer func() { writers <- writer }()
	out := bytes.NewBuffer(make([]byte, 0, len(body)/2))
	if writer == nil {
		writer = newFlateWriter(name)
	}
	writer.Reset(out)
	if _, err := writer.Write(body); err != nil {
		return nil, false
	}
	if err := writer.Close(); err != nil {
		return nil, false
	}
	return out.Bytes(), true
}

func newFlateWriter(name string) flateWriter {
	// The level is valid, so neither call can fail.
	if name == "deflate" {
		writer, _ := zlib.NewWriterLevel(io.Discard, zlib.BestSpeed)
		return writer
	}
	writer, _ := gzip.NewWriterLevel(io.Discard, gzip.BestSpeed)
	return writer
}

// preferred returns gzip or deflate by the client's q values, or "" for neither.
func preferred(header []string) string {
	gzipQ, deflateQ, rest := -1.0, -1.0, -1.0
	for _, entry := range strings.Split(strings.Join(header, ","), ",") {
		name, parameters, _ := strings.Cut(entry, ";")
		q := quality(parameters)
		switch strings.ToLower(strings.TrimSpace(name)) {
		case "gzip":
			gzipQ = q
		case "deflate":
			deflateQ = q
		case "*":
			rest = q
		}
	}
	if gzipQ < 0 {
		gzipQ = rest
	}
	if deflateQ < 0 {
		deflateQ = rest
	}
	switch {
	case gzipQ > 0 && gzipQ >= deflateQ:
		return "gzip"
	case deflateQ > 0:
		return "deflate"
	}
	return ""
}

func quality(parameters string) float64 {
	for _, parameter := range strings.Split(parameters, ";") {
		name, value, _ := strings.Cut(parameter, "=")
		if strings.TrimSpace(name) != "q" {
			continue
		}
		q, err := strconv.ParseFloat(strings.TrimSpace(value), 64)
		if err != nil {
			return 0
		}
		return q
	}
	return 1
}
