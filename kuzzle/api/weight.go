package api

import "context"

// DefaultWeight is how many bytes a request may weigh from a caller who is not
// known, for actions that declare nothing else.
const DefaultWeight = 1 << 20

// Allowance is how many bytes a request for the action may weigh before its
// caller is known. A transport asks before it decodes what it has received; the
// answer for an action that does not exist is [DefaultWeight].
func (d *Dispatcher) Allowance(req *Request) int64 {
	h := req.handler
	if h == nil {
		h = d.Table.find(req)
	}
	if h == nil {
		return DefaultWeight
	}
	return h.weight
}

// CheckWeight refuses a request that weighs more than its allowance, unless its
// token is somebody's. It is for transports that have not decoded the request
// yet: of req they need the action, the token and the peer.
func (d *Dispatcher) CheckWeight(ctx context.Context, req *Request, weight int64) error {
	allowance := d.Allowance(req)
	if weight <= allowance {
		return nil
	}
	caller, err := d.authenticator(req).Authenticate(ctx, req)
	if err != nil {
		return err
	}
	if caller.Anonymous() {
		return ErrTooHeavy.New(allowance, req.Controller, req.Action)
	}
	return nil
}
