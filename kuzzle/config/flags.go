package config

import (
	"maps"
	"strings"
)

// Flags are the flags of every command that needs a configuration; embed them
// in a command of package cli and give its program [FlagTexts].
type Flags struct {
	Config    string `placeholder:"FILE" help:"${config_help}"`
	Listen    string `placeholder:"${listen_default}" help:"${listen_help}"`
	PublicURL string `name:"public-url" placeholder:"URL" help:"${public_url_help}"`
	Data      string `placeholder:"${data_default}" help:"${data_help}"`

	Elasticsearch string `placeholder:"URL,…" help:"${elasticsearch_help}"`

	Set map[string]string `mapsep:"none" placeholder:"KEY=VALUE" help:"Sets any other key, such as --set security.authToken.expiresIn=2h. May be repeated."`
}

// FlagTexts are the texts that the tags of [Flags] name.
func FlagTexts() map[string]string {
	vars := map[string]string{"config_help": "Configuration file: JSON, comments allowed (" + configVariable + ")."}
	for flag, path := range shortFlags {
		key := keys().byPath[path]
		flag = strings.ReplaceAll(flag, "-", "_")
		vars[flag+"_default"] = key.standard
		vars[flag+"_help"] = key.Help + " (" + key.Env() + ")"
	}
	return vars
}

// Opening is the flag of kuzzle serve that sets the key dev; its help is
// ${dev_help}.
type Opening struct {
	Dev bool `help:"${dev_help}"`
}

// shortFlags maps flags to the one key that each sets.
var shortFlags = map[string]string{"listen": "listen", "public-url": "publicUrl", "data": "data", "elasticsearch": "elasticsearch.addresses", devKey: devKey}

const devKey = "dev"

// Add adds the flag, if given, to the other sources.
func (o Opening) Add(to Sources) Sources {
	if o.Dev {
		to.Flags[devKey] = "true"
	}
	return to
}

// Sources returns the flags together with the environment.
func (f Flags) Sources(env []string) Sources {
	values := map[string]string{}
	maps.Copy(values, f.Set)
	for flag, value := range map[string]string{"listen": f.Listen, "public-url": f.PublicURL, "data": f.Data, "elasticsearch": f.Elasticsearch} {
		if value != "" {
			values[shortFlags[flag]] = value
		}
	}
	return Sources{File: f.Config, Env: env, Flags: values}
}

func flagName(path string) string {
	for flag, short := range shortFlags {
		if short == path {
			return "--" + flag
		}
	}
	return "--set " + strings.TrimSpace(path)
}
