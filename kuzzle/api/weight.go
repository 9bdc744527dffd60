package api

import "context"

// DefaultWeight is the maximum weight in bytes of a request from an unknown
// caller, for actions that declare no other.
const DefaultWeight = 1 << 20

// Allowance returns the maximum weight in bytes of a request for the action
// before its caller is known. A transport asks before it decodes a message. For
// an action that does not exist it is [DefaultWeight].
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
// token is valid. It is for transports that have not decoded the request yet:
// it needs the action, the token and the peer of req.
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
