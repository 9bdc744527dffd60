package network

import (
	"github.com/gokuzzle/kuzzle/kuzzle/api"
	"github.com/gokuzzle/kuzzle/kuzzle/fault/assert"
)

// fill completes a request with a payload, which it takes ownership of: a WebSocket
// message, or the body of POST /_query. Every key that is not a member of the
// request itself is an argument. The payload's token and volatile win over the
// headers.
func fill(req *api.Request, payload map[string]any) error {
	var err error
	if req.Controller, err = takeString(payload, "controller"); err != nil {
		return err
	}
	if req.Action, err = takeString(payload, "action"); err != nil {
		return err
	}
	if token := payload["jwt"]; token != nil {
		text, ok := token.(string)
		if !ok {
			return assert.InvalidType.New("jwt", "string")
		}
		if err := setToken(req, text); err != nil {
			return err
		}
	}
	if volatile := payload["volatile"]; volatile != nil {
		if err := setVolatile(req, volatile); err != nil {
			return err
		}
	}
	switch body := payload["body"].(type) {
	case nil:
	case map[string]any, []any:
		req.Body = body
	default:
		return assert.InvalidType.New("body", "object")
	}
	for _, own := range [...]string{"controller", "action", "jwt", "volatile", "body"} {
		delete(payload, own)
	}
	req.Args = payload
	return nil
}

func takeString(payload map[string]any, name string) (string, error) {
	switch value := payload[name].(type) {
	case nil:
		return "", nil
	case string:
		return value, nil
	}
	return "", assert.InvalidType.New(name, "string")
}

func setToken(req *api.Request, token string) error {
	if len(token) > MaxTokenBytes {
		return assert.InvalidArgument.New("jwt", "a token of this server")
	}
	req.Token, req.HasToken = token, true
	return nil
}

func setVolatile(req *api.Request, value any) error {
	volatile, ok := value.(map[string]any)
	if !ok {
		return assert.InvalidType.New("volatile", "object")
	}
	req.Volatile = volatile
	return nil
}

// asBody converts the value of an HTTP body. In Kuzzle's dialect, values that are
// falsy in JavaScript and the empty list count as no body.
func (x *exchange) asBody(value any) (any, error) {
	switch v := value.(type) {
	case nil:
		if x.dialect.EmptyObject {
			return map[string]any{}, nil
		}
		return nil, nil
	case map[string]any:
		return v, nil
	case []any:
		if len(v) == 0 && x.kuzzle() {
			return nil, nil
		}
		return v, nil
	}
	if !x.kuzzle() {
		return nil, assert.InvalidType.New("body", "object")
	}
	if value == false || value == "" || value == 0.0 {
		return nil, nil
	}
	return nil, assert.InvalidType.New("body", "object")
}
