package api

import "context"

// Kind is the kind of a principal.
type Kind uint8

// The kinds.
const (
	// KindAnonymous is a caller without an identity.
	KindAnonymous Kind = iota
	KindUser
	// KindService is a key of the instance, such as an application's server holds.
	// It stands for the instance and is never a user.
	KindService
)

// Principal is the party that makes a request. Rights, Limiter, the audit log and
// the domain ask it for its permissions, its rate and its name.
type Principal interface {
	Kind() Kind
	// Name is the name in the audit log: a user's kuid or a service's name.
	Name() string
	// Allowed reports whether the principal may run a canonical action with the
	// request's arguments.
	Allowed(ctx context.Context, req *Request, controller, action string) (bool, error)
	// Rate returns the number of requests that the principal may make in a second,
	// 0 for no limit, and the key under which they are counted.
	Rate(ctx context.Context, req *Request) (key string, perSecond int, err error)
}

// Service is the principal of a key that stands for the instance. It may run every
// action of its dialect.
type Service struct {
	name, key string
	perSecond int
}

// NewService returns a service with a name and a maximum number of requests a
// second, 0 for no limit. The audit log shows the name.
func NewService(name string, perSecond int) *Service {
	// No kuid begins like this. So no user can use up the service's rate.
	return &Service{name: name, key: "\x00service " + name, perSecond: perSecond}
}

// Caller returns the service as the caller of a request.
func (s *Service) Caller() Caller {
	return Caller{Kuid: AnonymousKuid, Via: ViaService, Principal: s}
}

// Kind implements Principal.
func (s *Service) Kind() Kind { return KindService }

// Name implements Principal.
func (s *Service) Name() string { return s.name }

// Allowed implements Principal.
func (s *Service) Allowed(context.Context, *Request, string, string) (bool, error) { return true, nil }

// Rate implements Principal.
func (s *Service) Rate(context.Context, *Request) (key string, perSecond int, err error) {
	return s.key, s.perSecond, nil
}
