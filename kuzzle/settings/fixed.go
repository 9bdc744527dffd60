package settings

import (
	"encoding/json"
	"slices"
	"strings"

	"github.com/gokuzzle/kuzzle/kuzzle/config"
)

// Fixed returns the settings of a configuration that cannot be set while the server
// runs, from sections with these prefixes, with the values of standard as defaults.
// Secrets are masked.
func Fixed(cfg, standard config.Config, from config.Origins, sections ...string) []Setting {
	defaults := map[string]json.RawMessage{}
	for _, entry := range standard.Report(nil) {
		defaults[entry.Key] = entry.Value
	}
	var all []Setting
	for _, entry := range cfg.Report(from) {
		key, known := config.Find(entry.Key)
		if known && key.Live || !slices.ContainsFunc(sections, func(section string) bool { return strings.HasPrefix(entry.Key, section) }) {
			continue
		}
		told := Setting{Key: entry.Key, Value: entry.Value, Default: defaults[entry.Key], From: entry.From, Fixed: true}
		if known {
			told.Bounds, told.Help = key.Bounds(), key.Help
		}
		all = append(all, told)
	}
	return all
}
