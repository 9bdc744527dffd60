// Package config declares every setting: its name, its default and its meaning.
//
// [Config] is a struct whose tags declare every key. The json names, joined by
// dots, are the key's path; Kuzzle's documented keys keep their paths. The tag
// help describes the key, default is its default, and min, max and enum bound its
// values. A field of type [Secret] is masked in all output. A key with the tag
// live may also be set in the store (package settings). A few defaults belong to
// other packages, see [Default]. Everything else derives from the tags: reading
// the file, the environment and the flags ([Load]), the origin of values
// ([Origins]), printing ([Config.Report]), and the answer of server:getConfig
// ([Config.Public]).
//
// Later sources win: defaults, then the file, the environment, the flags. All
// problems are reported at once, each with key, value and remedy.
//
// The package returns values and does not act on them: it opens no socket and
// creates no file. Strategies read their own settings from strategies.<name>, so
// this package knows none of them.
package config
