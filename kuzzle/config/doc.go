// Package config is the one place where a setting has a name, a default and a
// meaning.
//
// [Config] is a struct whose tags declare every key: the json names joined by
// dots are its path (Kuzzle's documented keys keep theirs), help says what it
// does, default what it is when nobody says otherwise, min, max and enum what
// it may be; a field of type [Secret] is masked wherever it is shown, and one with
// live may be set in the store too (package settings). The few
// defaults that other packages own are theirs, see [Default]. Everything else
// derives from that: reading the file, the environment and the flags ([Load]),
// telling where a value came from ([Origins]), printing ([Config.Report]), and
// what server:getConfig may show ([Config.Public]).
//
// Later sources win: defaults, then the file, the environment, the flags. What
// is wrong is told all at once, each time with key, value and remedy.
//
// The package gives values and never acts on them: it opens no socket and creates
// no file. Strategies read their own settings out of strategies.<name>, so this
// package knows none of them.
package config
