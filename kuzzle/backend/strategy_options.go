package backend

import (
	"encoding/json"
	"maps"

	"github.com/gokuzzle/kuzzle/kuzzle/config"
	"github.com/gokuzzle/kuzzle/strategies"
	localstrategy "github.com/gokuzzle/kuzzle/strategies/local"
)

// StrategyOptions returns the settings of all registered strategies, with the defaults of
// those that are not set. Unknown settings stay as they are given: New refuses them.
func StrategyOptions(cfg config.Config) config.Free {
	all := config.Free{}
	maps.Copy(all, cfg.Strategies)
	for _, name := range strategies.Registered() {
		settings, err := strategySettings(cfg, name)
		if err == nil {
			settings, err = strategies.EffectiveConfig(name, settings)
		}
		if err == nil && settings != nil {
			all[name] = settings
		}
	}
	return all
}

// strategySettings returns the settings for making a strategy.
func strategySettings(cfg config.Config, name string) (json.RawMessage, error) {
	settings := cfg.Strategies[name]
	if cfg.Dev && name == localstrategy.Name {
		return localstrategy.ForDevelopment(settings)
	}
	return settings, nil
}
