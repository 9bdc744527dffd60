package frontend

import (
	"bufio"
	"context"
	"encoding/base64"
	"errors"
	"io"
	"strings"

	"github.com/gokuzzle/kuzzle/clerk/edge"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/pictures"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/users"
	"github.com/gokuzzle/kuzzle/kuzzle/api"
)

// encodedType is the type of a body that is a data URL, or its base64 text.
const encodedType = "application/octet-stream"

// ImageBody returns the body of actions that set an image: a form, or base64 text.
func ImageBody() api.Body {
	body := edge.ImageBody()
	body.Types = append(body.Types, encodedType)
	return body
}

// SetImage sets an owner's image to the one of a request.
func SetImage(ctx context.Context, req *api.Request, by users.Actor, all *pictures.Pictures, owner string) error {
	if strings.HasPrefix(req.Headers.Get("Content-Type"), encodedType) && req.Stream != nil {
		return edge.SetImageOf(ctx, decoded(req.Stream), by, all, owner)
	}
	return edge.SetImage(ctx, req, by, all, owner)
}

// decoded returns the content of base64 text, which may follow the head of a data URL.
func decoded(from io.Reader) io.Reader {
	text := bufio.NewReaderSize(from, headOfURL)
	if head, _ := text.Peek(headOfURL); strings.HasPrefix(string(head), "data:") {
		if end := strings.IndexByte(string(head), ','); end >= 0 {
			_, _ = text.Discard(end + 1) // it was peeked
		}
	}
	return plain{base64.NewDecoder(base64.StdEncoding, text)}
}

// plain refuses text that is no base64, or ends early.
type plain struct{ text io.Reader }

// Read implements io.Reader.
func (p plain) Read(b []byte) (int, error) {
	n, err := p.text.Read(b)
	var corrupt base64.CorruptInputError
	if errors.As(err, &corrupt) || errors.Is(err, io.ErrUnexpectedEOF) {
		err = edge.BodyNoImage.New()
	}
	return n, err
}

// headOfURL is the longest head of a data URL that is read over, in bytes.
const headOfURL = 256
