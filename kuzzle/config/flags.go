package config

import (
	"maps"
	"strings"
)

// Flags are the flags of every command that needs a configuration; embed them
// in a kong command and give kong [FlagVars], which holds the texts.
type Flags struct {
	Config string            `placeholder:"FILE" help:"${config_help}"`
	Listen string            `placeholder:"${listen_default}" help:"${listen_help}"`
	Data   string            `placeholder:"${data_default}" help:"${data_help}"`
	Set    map[string]string `mapsep:"none" placeholder:"KEY=VALUE" help:"Gives any other key, such as --set security.authToken.expiresIn=2h. May be repeated."`
}

// FlagVars are the texts that the tags of [Flags] name.
func FlagVars() map[string]string {
	vars := map[string]string{"config_help": "Configuration file: JSON, comments allowed (" + configVariable + ")."}
	for _, name := range shortFlags {
		key := keys().byPath[name]
		vars[name+"_default"] = key.standard
		vars[name+"_help"] = key.Help + " (" + key.Env + ")"
	}
	return vars
}

// shortFlags are the keys that have a flag of their own.
var shortFlags = []string{"listen", "data"}

// Sources are the flags together with the environment.
func (f Flags) Sources(env []string) Sources {
	values := map[string]string{}
	maps.Copy(values, f.Set)
	if f.Listen != "" {
		values["listen"] = f.Listen
	}
	if f.Data != "" {
		values["data"] = f.Data
	}
	return Sources{File: f.Config, Env: env, Flags: values}
}

func flagName(path string) string {
	for _, name := range shortFlags {
		if name == path {
			return "--" + name
		}
	}
	return "--set " + strings.TrimSpace(path)
}
