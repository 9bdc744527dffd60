// Package settings keeps in the store what administrators set while servers run.
//
// A setting is declared once, in config.Config, with its default and its bounds;
// those that are marked live there may be set here too. A value of the
// configuration file, the environment or a flag pins a setting: it wins, and to set
// the setting in the store is refused with the place that pins it. Else the value
// in the store counts, else the default.
//
// All values are one document, so that they go together. Each server reads it at
// the start and whenever it is told of a change, and gives the effective
// configuration to whoever has to obey it. This package acts on no setting itself,
// and starts no goroutine.
package settings
