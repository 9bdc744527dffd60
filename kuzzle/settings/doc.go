// Package settings stores settings that administrators change while servers run.
//
// config.Config declares each setting once, with its default and its bounds; the
// settings marked live may also be set here. A value from the configuration file,
// the environment or a flag pins a setting: it wins, and changing the setting in
// the store is refused with the source that pins it. Otherwise the value in the
// store counts, else the default.
//
// All values are one document, so that they stay consistent. Each server reads it
// at the start and after each change, and passes the effective configuration to a
// function that applies it. This package applies no setting itself and starts no
// goroutine.
package settings
