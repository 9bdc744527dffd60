package registry

import (
	"net/http"
	"slices"

	"github.com/gokuzzle/kuzzle/strategies"
)

// Strategies lists the names of the strategies there are, sorted behind local.
func (reg *Registry) Strategies() []string { return slices.Clone(reg.names) }

// StrategyActions lists the actions that strategies add.
func (reg *Registry) StrategyActions() []strategies.Action {
	var all []strategies.Action
	for _, name := range reg.names {
		if with, ok := reg.Strategy(name).(strategies.Actions); ok {
			all = append(all, with.Actions()...)
		}
	}
	return all
}

// Show returns the fields that a strategy shows of a record, and the kuid.
func (reg *Registry) Show(r strategies.Record, kuid string) map[string]any {
	shown := reg.Strategy(r.Strategy).Info(r)
	if shown == nil {
		shown = strategies.Credentials{}
	}
	shown["kuid"] = kuid
	return shown
}

// CredentialFields lists the names of a strategy's credential fields.
func (reg *Registry) CredentialFields(strategy string) ([]string, error) {
	if err := reg.CheckStrategy(strategy); err != nil {
		return nil, err
	}
	if with, ok := reg.Strategy(strategy).(strategies.Fields); ok {
		return with.Fields(), nil
	}
	return []string{}, nil
}

// Searchable lists the fields by which a strategy's credentials can be searched: the kinds of
// identifiers that all strategies share, and the strategy's own.
func (reg *Registry) Searchable(strategy string) []string {
	fields := []string{"username", "email", "phone"}
	if with, ok := reg.Strategy(strategy).(strategies.Searcher); ok {
		fields = append(fields, with.SearchFields()...)
	}
	slices.Sort(fields)
	return slices.Compact(fields)
}

// CheckStrategy refuses the name of an unknown strategy.
func (reg *Registry) CheckStrategy(name string) error {
	if reg.Strategy(name) == nil {
		return ErrUnknownStrategy.New(name)
	}
	return nil
}

// Redirects reports whether a strategy's login may come by a redirect.
func (reg *Registry) Redirects(name string) bool {
	_, redirects := reg.Strategy(name).(strategies.Redirector)
	return redirects
}

// LoginForm is a value of what a strategy takes of a login; described is false where the
// strategy does not say.
func (reg *Registry) LoginForm(name string) (form any, described bool) {
	if with, ok := reg.Strategy(name).(strategies.LoginForm); ok {
		return with.LoginForm(), true
	}
	return map[string]any{}, false
}

// Headers lists the request headers that a strategy reads.
func (reg *Registry) Headers(name string) []string { return reg.headers[name] }

// KeepHeaders copies the headers that any strategy reads, and User-Agent, from a request that opens
// a connection, since later requests on the connection have no headers.
func (reg *Registry) KeepHeaders(sent http.Header) http.Header {
	var names []string
	for _, name := range reg.names {
		names = append(names, reg.headers[name]...)
	}
	return strategies.KeepHeaders(sent, append(names, "User-Agent"))
}
