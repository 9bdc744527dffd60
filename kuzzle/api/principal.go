package api

import "context"

// Kind is what a principal stands for.
type Kind uint8

// The kinds.
const (
	// KindAnonymous is nobody in particular.
	KindAnonymous Kind = iota
	KindUser
	// KindService is a key of the instance's own, such as an application's server
	// has. It stands for the instance and is never a user.
	KindService
)

// Principal is who makes a request, for those who ask what it may do, how often,
// and in whose name: Rights, Limiter, the audit log and the domain.
type Principal interface {
	Kind() Kind
	// Name is how the audit log calls it: a user's kuid, a service's name.
	Name() string
	// Allowed reports whether it may run a canonical action with the request's
	// arguments.
	Allowed(ctx context.Context, req *Request, controller, action string) (bool, error)
	// Rate is how many requests it may make in a second, 0 for any number, and the
	// key that they are counted by.
	Rate(ctx context.Context, req *Request) (key string, perSecond int, err error)
}

// Service is the principal of a key that stands for the instance. It may do
// everything that its dialect has actions for.
type Service struct {
	name, key string
	perSecond int
}

// NewService makes one of a name, and the number of requests that it may make in
// a second, 0 for any number. The name is shown in the audit log.
func NewService(name string, perSecond int) *Service {
	// No kuid begins like this, so that no user can use the service's rate up.
	return &Service{name: name, key: "\x00service " + name, perSecond: perSecond}
}

// Caller is the service as the caller of a request.
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
