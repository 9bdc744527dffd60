package api

import (
	"encoding/json"
	"strconv"

	"github.com/google/uuid"

	"github.com/gokuzzle/kuzzle/kuzzle/fault"
	"github.com/gokuzzle/kuzzle/kuzzle/plainjson"
)

// Response is the answer to one request.
type Response struct {
	Status int
	// Result is the action's result; HasResult distinguishes null from a
	// missing key.
	Result    any
	HasResult bool
	Err       *fault.Error
	// Raw replaces the envelope.
	Raw *Raw
	// Cookies are the values of Set-Cookie headers, in order.
	Cookies []string
	// Header has further headers, in lower case in the envelope.
	Header map[string]string

	deprecations []deprecation
}

type deprecation struct {
	Version string `json:"version"`
	Message string `json:"message"`
}

// Appender is a result that writes its own JSON, for the most frequent answers.
type Appender interface {
	AppendJSON(dst []byte) ([]byte, error)
}

// Sized is a result that knows the approximate size of its JSON in bytes, so
// that a transport can reserve memory before it is written.
type Sized interface{ JSONSize() int }

// Size returns the approximate size of the answer's body in bytes, 0 if it is
// unknown.
func (res *Response) Size() int {
	if res.Raw != nil {
		return len(res.Raw.Body)
	}
	if sized, ok := res.Result.(Sized); ok {
		return sized.JSONSize()
	}
	return 0
}

// Append writes the answer's body in the dialect of the request. A result that
// cannot be encoded turns the answer into an unexpected error with its cause.
// So callers must read status and headers after Append.
func (res *Response) Append(dst []byte, req *Request, withRoom bool) []byte {
	out, err := res.append(dst, req, withRoom)
	if err != nil {
		res.refuse(req, ErrUnexpected.New(uuid.NewString()).Because(err))
		out, _ = res.append(dst, req, withRoom) // an error always encodes
	}
	return out
}

func (res *Response) append(dst []byte, req *Request, withRoom bool) ([]byte, error) {
	if res.Raw != nil {
		return res.Raw.append(dst, req, withRoom)
	}
	return req.dialect().Append(dst, req, res, withRoom)
}

// refuse replaces the answer by an error.
func (res *Response) refuse(req *Request, failure *fault.Error) {
	res.Err, res.Result, res.HasResult, res.Raw = failure, nil, true, nil
	res.Status = req.dialect().status(failure)
}

func (raw *Raw) append(dst []byte, req *Request, withRoom bool) ([]byte, error) {
	if !withRoom || raw.Value == nil {
		return append(dst, raw.Body...), nil
	}
	framed := make(map[string]any, len(raw.Value)+1)
	for key, value := range raw.Value {
		framed[key] = value
	}
	framed["room"] = req.ID
	return AppendJSON(dst, framed)
}

func appendEnvelope(dst []byte, req *Request, res *Response, withRoom bool) ([]byte, error) {
	dst = append(dst, `{"requestId":`...)
	dst = plainjson.AppendString(dst, req.ID)
	dst = append(dst, `,"status":`...)
	dst = strconv.AppendInt(dst, int64(res.Status), 10)
	dst = append(dst, `,"error":`...)
	if res.Err == nil {
		dst = append(dst, "null"...)
	} else {
		dst = AppendError(dst, res.Err)
	}
	dst = append(dst, `,"controller":`...)
	dst = appendName(dst, req.Controller)
	dst = append(dst, `,"action":`...)
	dst = appendName(dst, req.Action)
	dst = append(dst, `,"volatile":`...)
	if req.Volatile == nil {
		dst = append(dst, "null"...)
	} else {
		dst = appendJSON(dst, req.Volatile)
	}
	dst = append(dst, `,"headers":`...)
	if len(res.Header) == 0 {
		dst = append(dst, "{}"...)
	} else {
		dst = appendJSON(dst, res.Header)
	}
	for _, name := range [...]string{"index", "collection"} {
		if value, given := req.Args[name]; given {
			dst = append(dst, ',', '"')
			dst = append(dst, name...)
			dst = append(dst, '"', ':')
			dst = appendJSON(dst, value)
		}
	}
	if len(res.deprecations) > 0 {
		dst = append(dst, `,"deprecations":`...)
		dst = appendJSON(dst, res.deprecations)
	}
	if withRoom {
		dst = append(dst, `,"room":`...)
		dst = plainjson.AppendString(dst, req.ID)
	}
	if res.HasResult {
		dst = append(dst, `,"result":`...)
		var err error
		if dst, err = AppendJSON(dst, res.Result); err != nil {
			return nil, err
		}
	}
	return append(dst, '}'), nil
}

func appendName(dst []byte, name string) []byte {
	if name == "" {
		return append(dst, "null"...)
	}
	return plainjson.AppendString(dst, name)
}

// AppendError writes an error object in the form of Kuzzle's clients.
func AppendError(dst []byte, err *fault.Error) []byte {
	props := err.Props
	if props == nil {
		props = []any{}
	}
	shown := struct {
		Message string            `json:"message"`
		Status  int               `json:"status"`
		ID      string            `json:"id"`
		Code    int32             `json:"code"`
		Props   []any             `json:"props"`
		Errors  []json.RawMessage `json:"errors,omitempty"`
		Count   int               `json:"count,omitempty"`
	}{Message: err.Message(), Status: err.Status(), ID: err.ID(), Code: err.Code(), Props: props, Count: len(err.Errors)}
	for _, part := range err.Errors {
		shown.Errors = append(shown.Errors, AppendError(nil, part))
	}
	return appendJSON(dst, shown)
}

// appendJSON encodes a value of a JSON decoder or of a type of this package;
// this cannot fail.
func appendJSON(dst []byte, value any) []byte {
	out, err := AppendJSON(dst, value)
	if err != nil {
		return append(dst, "null"...)
	}
	return out
}

// AppendJSON encodes a value in the form that clients read. It returns the
// error, or the panic as an error, of a value's own marshaller.
func AppendJSON(dst []byte, value any) (out []byte, err error) {
	switch v := value.(type) {
	case nil:
		return append(dst, "null"...), nil
	case string:
		return plainjson.AppendString(dst, v), nil
	case bool:
		return strconv.AppendBool(dst, v), nil
	}
	defer func() {
		if cause := recover(); cause != nil {
			out, err = nil, panicked(cause)
		}
	}()
	if v, ok := value.(Appender); ok {
		return v.AppendJSON(dst)
	}
	return plainjson.Append(dst, value)
}
