package settings

import (
	"context"

	"github.com/gokuzzle/kuzzle/controllers/kuzzleview"
	"github.com/gokuzzle/kuzzle/kuzzle/api"
)

// strategy is a strategy in the program.
type strategy struct {
	Name string `json:"name"`
	// On is false if the configuration lacks the strategy's required settings.
	On           bool     `json:"on"`
	SecondFactor bool     `json:"secondFactor"`
	Fields       []string `json:"fields"`
}

func (c *controller) listStrategies(context.Context, *api.Request, api.None) (kuzzleview.Counted[strategy], error) {
	var all []strategy
	registry := c.Accounts.Registry
	for _, name := range c.Strategies {
		one := strategy{Name: name, On: registry.Strategy(name) != nil, SecondFactor: registry.SecondFactor(name) != nil, Fields: []string{}}
		if one.On {
			var err error
			if one.Fields, err = registry.CredentialFields(name); err != nil {
				return kuzzleview.Counted[strategy]{}, err
			}
		}
		all = append(all, one)
	}
	return kuzzleview.Count(all), nil
}
